"""Where paint from a bucket runs to: the pixels like the one under the cursor."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from desktop.raster import opencv as cv2
from desktop.raster import region
from desktop.raster.rect import Rect
from desktop.raster.tiles import Tiles

Read = Callable[[Rect], NDArray[np.uint8]]
"""H x W x 4, BGRA premultiplied."""


def alike(read: Read, canvas: Rect, x: int, y: int, tolerance: int, contiguous: bool = True) -> Tiles:
    """Coverage of the pixels like the one at (x, y), each channel within `tolerance` (0..255).

    `contiguous`: only those that one can walk to (over the four sides of pixels). Its edge is smooth where
    the picture's is. Empty where (x, y) lies outside `canvas`.
    """
    if not (canvas.left <= x < canvas.right and canvas.top <= y < canvas.bottom):
        return region.Tiles(region.Kind.COVERAGE)
    color = read(Rect(x, y, 1, 1))[0, 0]
    likeness = region.from_colour(read, canvas, color, tolerance)
    if contiguous:
        likeness = reached(likeness, x - canvas.left, y - canvas.top)
    return region.written(canvas, likeness)


def reached(likeness: NDArray[np.uint8], x: int, y: int) -> NDArray[np.uint8]:
    """`likeness` (H x W) only where one can walk to from (x, y) over wholly like pixels, and one pixel
    around: the smooth edge belongs to it."""
    height, width = likeness.shape
    walked = np.zeros((height + 2, width + 2), np.uint8)
    walked[1:-1, 1:-1] = likeness != 255  # what is set stops the flood
    flags = 4 | cv2.FLOODFILL_MASK_ONLY | (2 << 8)
    _, _, _, box = cv2.floodFill(likeness, walked, (x, y), 0, 0, 255, flags)
    inside = (walked[1:-1, 1:-1] == 2).view(np.uint8)
    left, top = max(box[0] - 1, 0), max(box[1] - 1, 0)
    rows, columns = slice(top, box[1] + box[3] + 1), slice(left, box[0] + box[2] + 1)
    result = np.zeros_like(likeness)
    around = cv2.dilate(inside[rows, columns], np.ones((3, 3), np.uint8))
    result[rows, columns] = likeness[rows, columns] * around
    return result
