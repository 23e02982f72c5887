"""The families there are: every module of this folder that ends with `FAMILY = ...`."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

import engine.families
from engine.families.family import Family


@cache
def families() -> dict[str, Family]:
    """Family id to family. Importing them costs no torch."""
    modules = (
        importlib.import_module(f"engine.families.{module.name}")
        for module in pkgutil.iter_modules(engine.families.__path__)
        if module.name != "registry"
    )
    found: list[Family] = [module.FAMILY for module in modules if hasattr(module, "FAMILY")]
    return {family.id: family for family in found}
