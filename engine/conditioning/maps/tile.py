"""Tile: the picture itself without its finest detail, for networks that draw that anew."""

from __future__ import annotations

import cv2
import numpy as np

from engine.api.images import Pixels

COARSEST = 8
"""Pixels that become one where no detail is wanted."""


def tile(pixels: Pixels, detail: float) -> Pixels:
    """More detail leaves more of it; all of it leaves the picture as it is."""
    factor = COARSEST ** (1 - detail)
    height, width = pixels.shape[:2]
    size = (max(1, round(width / factor)), max(1, round(height / factor)))
    small = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
