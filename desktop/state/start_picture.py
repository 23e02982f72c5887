"""Pictures that a request starts from: opened, made small enough, described. For the disk pool."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.api.images import ImageInput, Pixels, read_only

MOST_PIXELS = 4 << 20
"""2048 x 2048: more than any model here reads, and what the journal keeps of each job stays small."""


def open_start(path: Path) -> ImageInput:
    """The picture file `path`, scaled down where it is very large. Raises `EngineError`."""
    # Pillow is loaded with the first picture, not with the window
    from engine.library.pictures import open_picture

    return as_start(open_picture(path).pixels, path.name)


def as_start(pixels: Pixels, name: str) -> ImageInput:
    """`pixels` (H x W x 3) in full, or scaled down in its own proportions to `MOST_PIXELS`."""
    height, width = pixels.shape[:2]
    if height * width > MOST_PIXELS:
        pixels = _scaled(pixels, (MOST_PIXELS / (height * width)) ** 0.5)
    return ImageInput.of(read_only(pixels), name)


def _scaled(pixels: Pixels, factor: float) -> Pixels:
    # as above
    from PIL import Image

    height, width = pixels.shape[:2]
    size = (max(1, int(width * factor)), max(1, int(height * factor)))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))
