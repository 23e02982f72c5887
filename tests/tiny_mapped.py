"""Tiny folders of models whose own network reads a map, beside those of `tiny_families`.

To add one, add what makes its pipeline to `MAPPED`, with the family that must recognise it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
from tiny_families import changed, flux_dev
from tiny_other import cogview4

from engine.api.images import ImageInput


def flux_control() -> Any:
    parts = {name: part for name, part in flux_dev().components.items() if part is not None}
    transformer = changed(parts["transformer"], in_channels=32)
    return diffusers.FluxControlPipeline(**{**parts, "transformer": transformer})


def cogview4_control() -> Any:
    parts = cogview4().components
    transformer = changed(parts["transformer"], in_channels=8)
    return diffusers.CogView4ControlPipeline(**{**parts, "transformer": transformer})


MAPPED: dict[str, tuple[Callable[[], Any], str]] = {
    "flux1-canny-dev": (flux_control, "flux1"), "cogview4-control": (cogview4_control, "cogview4"),
}  # fmt: skip


def mapped_folder(name: str, folder: Path) -> Path:
    """The diffusers folder of that entry of `MAPPED`."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        MAPPED[name][0]().save_pretrained(folder)
    (folder / "lienzo.json").write_text(json.dumps({"width": 64, "height": 64}))
    return folder


def disc(x: int = 32, y: int = 32, side: int = 64) -> ImageInput:
    """A map: white on black."""
    rows, columns = np.mgrid[0:side, 0:side]
    inside = (columns - x) ** 2 + (rows - y) ** 2 < 400
    return ImageInput.of(np.repeat((inside * 255).astype(np.uint8)[..., None], 3, axis=2), "disc.png")
