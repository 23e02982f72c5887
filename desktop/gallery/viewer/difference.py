"""What differs between two pictures, made to be seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from desktop.canvas.picture import CanvasPicture
from desktop.gallery.viewer.opened import seen
from engine.api.images import Pixels

GAINS = (1, 4, 16)
"""How often larger a difference is shown than it is."""


@dataclass(frozen=True, eq=False)
class SeenDifference:
    """A picture of it, and its numbers."""

    picture: CanvasPicture
    pixels: int
    """How many differ in any channel."""
    total: int
    largest: int
    """0 to 255."""
    were_scaled: bool
    """The second was brought to the first's size before; then the numbers are of that."""


def difference_of(first: Pixels, second: Pixels, gain: int) -> SeenDifference:
    """Black where the two (H x W x 3) are the same, lighter the more they differ. For the pool."""
    # OpenCV is loaded with the first difference, not with the window
    import cv2

    height, width = first.shape[:2]
    were_scaled = second.shape != first.shape
    if were_scaled:
        second = _bytes(cv2.resize(second, (width, height), interpolation=cv2.INTER_AREA))
    distance = _bytes(cv2.absdiff(first, second))
    largest_channel = distance.max(axis=2)
    return SeenDifference(
        seen(_bytes(cv2.convertScaleAbs(distance, alpha=gain))),
        int(np.count_nonzero(largest_channel)),
        height * width,
        int(largest_channel.max(initial=0)),
        were_scaled,
    )


def _bytes(array: object) -> Pixels:
    """OpenCV's result as what it is here."""
    return np.asarray(array, np.uint8)
