"""Palette: which colours are where, in square blocks, as the colour T2I-Adapter was taught."""

from __future__ import annotations

import cv2
import numpy as np

from engine.api.images import Pixels

BLOCKS = (4, 8, 16)
"""Along the longer side, for no detail, the usual and all of it."""


def palette(pixels: Pixels, detail: float) -> Pixels:
    """The mean of each block."""
    height, width = pixels.shape[:2]
    count = round(BLOCKS[0] * (BLOCKS[-1] / BLOCKS[0]) ** detail)
    side = max(1, round(max(height, width) / count))
    size = (max(1, round(width / side)), max(1, round(height / side)))
    small = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)
