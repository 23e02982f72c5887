"""Soft edges: how fast colours change, seen at several scales, as networks such as HED give them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.api.images import Pixels
from engine.conditioning.maps.canny import white_on_black

SCALES = (1.0, 2.0, 4.0)
"""Standard deviations of the blurs, in pixels of a picture whose sides are `OF_SIDE`."""
OF_SIDE = 512
BRIGHTEST = 99.0
"""Percentile of the strengths that is white."""


def soft_edge(pixels: Pixels, detail: float) -> Pixels:
    """White on black with soft flanks; more detail shows fainter edges."""
    strength = strength_of(pixels)
    return white_on_black(np.round(strength ** (2.0 - 1.5 * detail) * 255).astype(np.uint8))


def strength_of(pixels: Pixels) -> NDArray[np.float32]:
    """0 to 1, H x W: the largest change of any Lab channel, over all scales."""
    lab = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2Lab).astype(np.float32)
    unit = max(pixels.shape[:2]) / OF_SIDE
    strength = np.zeros(pixels.shape[:2], np.float32)
    for scale in SCALES:
        sigma = max(0.6, scale * unit)
        smooth = cv2.GaussianBlur(lab, (0, 0), sigma)
        across = cv2.Scharr(smooth, cv2.CV_32F, 1, 0)
        down = cv2.Scharr(smooth, cv2.CV_32F, 0, 1)
        strength = np.maximum(strength, np.sqrt(across**2 + down**2).max(axis=2) * sigma**0.5)
    white = float(np.percentile(strength, BRIGHTEST))
    # a flat picture has no edge: what little noise it holds is not blown up to one
    return np.clip(strength / max(white, 100.0), 0, 1)
