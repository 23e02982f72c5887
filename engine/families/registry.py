"""The families there are: every module of this folder that ends with `FAMILY = ...` or `FAMILIES = ...`."""

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
    found: list[Family] = []
    for module in modules:
        found += [module.FAMILY] if hasattr(module, "FAMILY") else getattr(module, "FAMILIES", ())
    return {family.id: family for family in found}
