"""Compiles resources/translations/*.ts to .qm with Qt's own lrelease; the build and the tests use it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def compile_translations(folder: Path) -> list[Path]:
    """The `.qm` files made in `folder`, one for each `.ts`; raises where a `.ts` is broken."""
    import PySide6  # in the build's own environment, and only while it compiles

    name = "lrelease.exe" if sys.platform == "win32" else "lrelease"
    home = Path(PySide6.__file__).parent
    tool = next(path for path in (home / name, home / "Qt" / "libexec" / name) if path.exists())
    made = []
    for source in sorted(folder.glob("*.ts")):
        target = source.with_suffix(".qm")
        subprocess.run([tool, "-silent", source, "-qm", target], check=True)
        made.append(target)
    return made


if __name__ == "__main__":  # in a checkout, where the window is to speak Spanish
    for translation in compile_translations(Path(__file__).parent / "translations"):
        sys.stdout.write(f"{translation}\n")
