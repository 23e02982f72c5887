"""Build hook: the translations are compiled into the package."""

from __future__ import annotations

import runpy
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class TranslationsHook(BuildHookInterface):
    def initialize(self, version: str, build_data: dict) -> None:
        root = Path(self.root)
        # by path: the build runs this file alone, without the package around it
        compiler = runpy.run_path(str(root / "resources" / "compile_translations.py"))
        for path in compiler["compile_translations"](root / "resources" / "translations"):
            build_data["artifacts"].append(path.relative_to(root).as_posix())
