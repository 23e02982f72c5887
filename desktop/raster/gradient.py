"""One colour going over into another, along a line or around a point."""

from __future__ import annotations

import enum
import math
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from desktop.raster.rect import Rect
from desktop.raster.tile import TILE


class Shape(enum.Enum):
    LINEAR = "linear"
    RADIAL = "radial"


def gradient(
    part: Rect,
    start: tuple[float, float],
    end: tuple[float, float],
    first: QColor,
    last: QColor,
    shape: Shape = Shape.LINEAR,
) -> NDArray[np.uint8]:
    """The pixels of `part` (H x W x 4, BGRA premultiplied): `first` at `start`, `last` at `end` and beyond.

    Between steps of 8 bits the noise of `noise_of` decides: no bands, and the same picture in any parts.
    """
    share = share_of(part, start, end, shape)[..., None]
    one, other = premultiplied(first), premultiplied(last)
    exact = one + (other - one) * share
    dithered = np.floor(exact + noise_of(part)[..., None])
    dithered[..., :3] = np.minimum(dithered[..., :3], dithered[..., 3:])  # premultiplied: never above alpha
    return dithered.astype(np.uint8)


def share_of(
    part: Rect, start: tuple[float, float], end: tuple[float, float], shape: Shape
) -> NDArray[np.float32]:
    """How far each pixel of `part` is on the way from `start` to `end`, 0..1."""
    x = np.arange(part.width, dtype=np.float32)[None, :] + np.float32(part.left + 0.5 - start[0])
    y = np.arange(part.height, dtype=np.float32)[:, None] + np.float32(part.top + 0.5 - start[1])
    along_x, along_y = end[0] - start[0], end[1] - start[1]
    length = max(math.hypot(along_x, along_y), 1e-3)
    if shape is Shape.LINEAR:
        share = (x * np.float32(along_x) + y * np.float32(along_y)) / np.float32(length * length)
    else:
        share = np.sqrt(x * x + y * y) / np.float32(length)
    return np.clip(share, 0, 1).astype(np.float32)


def premultiplied(color: QColor) -> NDArray[np.float32]:
    """Blue, green, red, alpha, 0..255."""
    alpha = color.alphaF()
    return np.array(
        [color.blueF() * alpha, color.greenF() * alpha, color.redF() * alpha, alpha], np.float32
    ) * np.float32(255)


def noise_of(part: Rect) -> NDArray[np.float32]:
    """0 up to (not with) 1 for each pixel by its place in the document, without a visible pattern."""
    rows = np.arange(part.top, part.bottom) % TILE
    columns = np.arange(part.left, part.right) % TILE
    return noise_tile()[np.ix_(rows, columns)]


@cache
def noise_tile() -> NDArray[np.float32]:
    """Interleaved gradient noise (Jimenez, "Next Generation Post Processing in Call of Duty", 2014)."""
    place = np.arange(TILE, dtype=np.float64)
    inner = np.modf(0.06711056 * place[None, :] + 0.00583715 * place[:, None])[0]
    # whole values stay whole: what floating point adds to them never reaches the next step
    return np.clip(np.modf(52.9829189 * inner)[0], 0.001, 0.998).astype(np.float32)
