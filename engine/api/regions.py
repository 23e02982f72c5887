"""Regions: places of the canvas with a sentence of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.api.form import Json
from engine.api.mask import MaskInput


@dataclass(frozen=True)
class RegionInput:
    """Where a sentence counts, and how much beside the prompt of the whole picture."""

    prompt: str
    """In the whole language of prompts, `AND` excepted."""
    mask: MaskInput
    """Of another size than the canvas it is scaled to it. A soft value is a soft share."""
    weight: float = 1.0
    """0 to 1: how much of what is drawn where the mask is full goes by this sentence; the rest by the whole
    picture's. Where regions meet, they share."""
    extra: Mapping[str, Json] = field(default_factory=dict)
