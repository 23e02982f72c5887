"""Line art: drawn as the starter's *lines* ControlNet was taught it, so that both mean the same by a line."""

from __future__ import annotations

import cv2
import numpy as np

from engine.api.images import Pixels
from engine.conditioning.maps.canny import threshold_factor, white_on_black

LOW, HIGH = 70, 160
"""With a detail of 0.5 these are `engine.training.scenes.compose.lines_of`'s; a test holds them together."""


def lines(pixels: Pixels, detail: float) -> Pixels:
    """White on black, a pixel wide: edges of the colours after a light blur.

    In training every border between two things is a line too; a picture alone does not tell where those are.
    """
    factor = threshold_factor(detail)
    smooth = cv2.GaussianBlur(np.ascontiguousarray(pixels), (3, 3), 0)
    return white_on_black(cv2.Canny(smooth, LOW * factor, HIGH * factor, L2gradient=True))
