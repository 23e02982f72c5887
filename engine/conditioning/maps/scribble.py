"""Scribbles: the plainest edges as a few thick strokes."""

from __future__ import annotations

import cv2
import numpy as np
from skimage.filters import apply_hysteresis_threshold
from skimage.morphology import remove_small_objects, skeletonize

from engine.api.images import Pixels
from engine.conditioning.maps.canny import white_on_black
from engine.conditioning.maps.soft_edge import strength_of

LEAST_LENGTH, THICKNESS = 24, 128
"""Of a stroke: shorter ones than this part of the longer side are left out; this part of it is its width."""


def scribble(pixels: Pixels, detail: float) -> Pixels:
    """White on black; more detail keeps fainter and shorter strokes."""
    strength = strength_of(pixels)
    low = 0.55 - 0.4 * detail
    strokes = skeletonize(apply_hysteresis_threshold(strength, low, min(0.95, 2 * low)))
    longer = max(pixels.shape[:2])
    least = max(2, round(longer / LEAST_LENGTH * (1.5 - detail)))
    strokes = remove_small_objects(strokes, max_size=least - 1, connectivity=2)
    width = max(1, round(longer / THICKNESS))
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    return white_on_black(cv2.dilate(strokes.astype(np.uint8) * np.uint8(255), brush).astype(np.uint8))
