"""Canny's edges (https://doi.org/10.1109/TPAMI.1986.4767851), as ControlNets for them were taught."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.api.images import Pixels

LOW, HIGH = 100, 200
"""Thresholds that the ControlNet paper draws with; the detail halves or doubles them."""


def canny(pixels: Pixels, detail: float) -> Pixels:
    """White on black, a pixel wide."""
    factor = threshold_factor(detail)
    return white_on_black(cv2.Canny(np.ascontiguousarray(pixels), LOW * factor, HIGH * factor))


def threshold_factor(detail: float) -> float:
    """What thresholds are multiplied with: 2 for no detail, 1 in the middle, 0.5 for all of it."""
    return 2.0 ** (1 - 2 * detail)


def white_on_black(grey: NDArray[Any]) -> NDArray[np.uint8]:
    """A grey picture (H x W, 0 to 255) with three equal channels."""
    return np.repeat(np.asarray(grey, np.uint8)[..., None], 3, axis=2)
