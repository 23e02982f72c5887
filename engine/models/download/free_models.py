"""The list of openly licensed models that Lienzo runs, from `resources/models/free.json`."""

from __future__ import annotations

import importlib.resources
import json
from typing import TypedDict


class FreeModel(TypedDict):
    """One entry. Sizes are rounded; the exact ones are asked for before a download."""

    repository: str
    """owner/name on Hugging Face."""
    file: str
    """One file of it; empty for the whole model."""
    title: str
    title_es: str
    """The same in Spanish, where it is more than a name."""
    kind: str
    """A `FileKind`."""
    family: str
    licence: str
    gigabytes: float
    needs: str
    needs_es: str


def free_models() -> list[FreeModel]:
    file = importlib.resources.files("resources").joinpath("models/free.json")
    return json.loads(file.read_text("utf-8"))
