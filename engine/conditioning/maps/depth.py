"""Depth without a network: a guess from three things that painters use to show it.

What stands lower in the picture is nearer; haze makes what is far pale and low in contrast (the dark channel
of He, Sun and Tang 2009, https://doi.org/10.1109/CVPR.2009.5206515); what is smooth and reaches the top
is sky. Places of one colour are at one distance. It is right for a landscape or a still life seen from the
front, and wrong for a face, a wall seen from the side or anything from above: a network knows better, and a
soft brush mends it.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.segmentation import slic

from engine.api.images import Pixels
from engine.conditioning.maps.canny import white_on_black

Numbers = NDArray[np.floating[Any]]

WORKED_ON_PX = 384
"""Longer side of what is looked at; the guess is coarse, and its edges are brought back by a filter."""
REGIONS = 220
OF_HEIGHT, OF_HAZE = 0.65, 0.35
SKY_IS_SMOOTH = 0.02
RADIUS, EPSILON = 24, 1e-3


def depth(pixels: Pixels, detail: float = 0.5) -> Pixels:
    """White is near. `detail` is not used."""
    height, width = pixels.shape[:2]
    scale = min(1.0, WORKED_ON_PX / max(height, width))
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    small = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA)
    near = _by_regions(small)
    whole = np.asarray(cv2.resize(near, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    grey = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    whole = guided(whole, grey, max(2, round(RADIUS / max(scale, 1e-3) / 4)), EPSILON)
    return white_on_black(np.round(np.clip(whole, 0, 1) * 255).astype(np.uint8))


def _by_regions(small: NDArray[Any]) -> Numbers:
    unit = small.astype(np.float32) / 255
    rows = np.linspace(0, 1, small.shape[0], dtype=np.float32)[:, None]
    clear = 1 - _haze(unit)
    labels = slic(unit, n_segments=REGIONS, compactness=12, start_label=0, channel_axis=2)
    count = int(labels.max()) + 1
    flat = labels.ravel()
    sizes = np.maximum(np.bincount(flat, minlength=count), 1)
    lowest = np.zeros(count, np.float32)
    np.maximum.at(lowest, flat, np.broadcast_to(rows, labels.shape).ravel())
    clarity = np.bincount(flat, clear.ravel(), count) / sizes
    near = (OF_HEIGHT * lowest + OF_HAZE * clarity).astype(np.float32)
    near[_sky(labels, unit, count)] = 0
    spread = near.max() - near.min()
    near = (near - near.min()) / spread if spread > 1e-6 else near
    return near[labels].astype(np.float32)


def _haze(unit: Numbers) -> Numbers:
    """How much of each pixel's light is the air's, 0 to 1: the darkest channel nearby."""
    side = max(3, min(unit.shape[:2]) // 24)
    darkest = unit.min(axis=2)
    return cv2.erode(darkest, np.ones((side, side), np.uint8)).astype(np.float32)


def _sky(labels: NDArray[np.int64], unit: Numbers, count: int) -> NDArray[np.bool_]:
    """Regions at the upper edge, and their like below them, that are smooth and not black."""
    grey = unit.mean(axis=2)
    flat = labels.ravel()
    sizes = np.maximum(np.bincount(flat, minlength=count), 1)
    mean = np.bincount(flat, grey.ravel(), count) / sizes
    edges = np.abs(cv2.Laplacian(grey, cv2.CV_32F))
    rough = np.bincount(flat, edges.ravel(), count) / sizes
    rows = np.repeat(np.arange(labels.shape[0]), labels.shape[1])
    heights = np.bincount(flat, rows, count) / sizes / labels.shape[0]
    is_sky = (rough < SKY_IS_SMOOTH) & (mean > 0.12) & (heights < 0.6)
    top = np.zeros(count, bool)
    top[np.unique(labels[0])] = True
    reached = is_sky & top
    while True:  # from the upper edge down, neighbour by neighbour
        mask = reached[labels].astype(np.uint8)
        near = np.zeros(count, bool)
        near[np.unique(labels[cv2.dilate(mask, np.ones((3, 3), np.uint8)) > 0])] = True
        grown = near & is_sky
        if (grown | reached).sum() == reached.sum():
            return reached
        reached = grown | reached


def guided(image: Numbers, guide: Numbers, radius: int, epsilon: float) -> Numbers:
    """`image` smoothed, but not across the edges of `guide`, both H x W.

    He, Sun and Tang 2013, https://doi.org/10.1109/TPAMI.2012.213.
    """
    side = (2 * radius + 1, 2 * radius + 1)

    def mean(values: Numbers) -> Numbers:
        spread = cv2.boxFilter(values, cv2.CV_32F, side, borderType=cv2.BORDER_REFLECT)
        return np.asarray(spread, np.float32)

    of_guide, of_image = mean(guide), mean(image)
    slope = (mean(guide * image) - of_guide * of_image) / (mean(guide * guide) - of_guide**2 + epsilon)
    return mean(slope) * guide + mean(of_image - slope * of_guide)
