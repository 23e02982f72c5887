"""Luminance: how light, without colour."""

from __future__ import annotations

import cv2
import numpy as np

from engine.api.images import Pixels
from engine.conditioning.maps.canny import white_on_black


def luminance(pixels: Pixels, detail: float) -> Pixels:
    """Rec. 601's mixture, as grey pictures have it; less detail blurs it."""
    grey = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    sigma = (1 - detail) * max(pixels.shape[:2]) / 64 - max(pixels.shape[:2]) / 128
    return white_on_black(cv2.GaussianBlur(grey, (0, 0), sigma) if sigma > 0 else grey)
