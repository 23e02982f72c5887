"""Pictures of any proportions, at a few sizes of about the same area: none is squeezed, little is cut off.

Aspect-ratio bucketing, as NovelAI described it in 2022.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.api.images import Extent, Pixels, read_only

LARGEST_RATIO = 2.0
"""Longer pictures lose their ends."""


def bucket_sizes(side: int, multiple: int) -> tuple[Extent, ...]:
    """Sizes of about `side * side` pixels, each side a multiple of `multiple`; the square comes first."""
    square = max(multiple, round(side / multiple) * multiple)
    sizes = {Extent(square, square): None}
    width = square + multiple
    while True:
        height = max(multiple, round(square * square / width / multiple) * multiple)
        if width / height > LARGEST_RATIO:
            return tuple(sizes)
        sizes[Extent(width, height)] = sizes[Extent(height, width)] = None
        width += multiple


def bucket_of(extent: Extent, sizes: Iterable[Extent]) -> Extent:
    """The size whose proportions are nearest."""
    ratio = math.log(extent.width / extent.height)
    return min(sizes, key=lambda size: abs(math.log(size.width / size.height) - ratio))


def fitted(pixels: Pixels, size: Extent) -> Pixels:
    """`pixels` scaled to cover `size`, what stands over cut off on both sides alike."""
    height, width = pixels.shape[:2]
    scale = max(size.width / width, size.height / height)
    across, down = min(width, size.width / scale), min(height, size.height / scale)
    left, top = (width - across) / 2, (height - down) / 2
    # only what stays is scaled: of a strip of 32 x 30,000 pixels the rest would take gigabytes
    box = (left, top, left + across, top + down)
    return read_only(np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS, box)))


def as_floats(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """H x W x 3 bytes to 3 x H x W from -1 to 1, as an autoencoder reads them."""
    return np.ascontiguousarray(pixels.transpose(2, 0, 1).astype(np.float32) / 127.5 - 1)
