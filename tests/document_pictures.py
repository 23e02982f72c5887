"""Pictures for documents in tests, and what a document shows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from desktop.raster.blend import view_of
from desktop.raster.rect import Rect
from desktop.raster.tiles import Tiles
from desktop.state.document import rendering
from desktop.state.document.document import Document


def noise(seed: int, rect: Rect = Rect(0, 0, 700, 500)) -> Tiles:
    """Every colour and every transparency, premultiplied."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (rect.height, rect.width, 4)).astype(np.uint16)
    pixels[..., :3] = pixels[..., :3] * pixels[..., 3:] // 255
    tiles = Tiles()
    tiles.write(rect, pixels.astype(np.uint8))
    return tiles


def seen(document: Document) -> NDArray[np.uint8]:
    """The canvas from the cached tiles."""
    return view_of(document.composite.image(document.canvas)).copy()


def fresh(document: Document) -> NDArray[np.uint8]:
    """The canvas composed without any cache."""
    return rendering.flattened(document.root, document.canvas)
