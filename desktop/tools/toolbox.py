"""The tools there are: every module of this folder that ends with `TOOL = ...`."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

import desktop.tools
from desktop.tools.tool import Tool


@cache
def tools() -> dict[str, Tool]:
    """Tool id to tool, in the order of the toolbox."""
    modules = (
        importlib.import_module(f"desktop.tools.{module.name}")
        for module in pkgutil.iter_modules(desktop.tools.__path__)
        if module.name not in ("toolbox", "workbench")
    )
    found: list[Tool] = [module.TOOL for module in modules if hasattr(module, "TOOL")]
    return {tool.id: tool for tool in sorted(found, key=lambda tool: tool.place)}
