"""Segmentation without a network: places of like colour, each in one colour of its own.

It finds where things end and not what they are: the colours are those of the picture, not of classes. For a
ControlNet that reads classes, paint over it with the palette.
"""

from __future__ import annotations

import cv2
import numpy as np
from skimage.segmentation import slic

from engine.api.images import Pixels

WORKED_ON_PX = 512


def segmentation(pixels: Pixels, detail: float) -> Pixels:
    """More detail tells more places apart."""
    height, width = pixels.shape[:2]
    scale = min(1.0, WORKED_ON_PX / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2Lab)
    flat = cv2.pyrMeanShiftFiltering(lab, 12, 14 + 26 * (1 - detail))
    smooth = cv2.cvtColor(flat, cv2.COLOR_Lab2RGB).astype(np.float32) / 255
    regions = slic(smooth, n_segments=round(200 + 800 * detail), compactness=3, start_label=0, channel_axis=2)
    colours = _quantised(_means(regions, flat.astype(np.float32)), round(6 + 18 * detail))
    rgb = cv2.cvtColor(colours[None].astype(np.uint8), cv2.COLOR_Lab2RGB)[0]
    shown = cv2.resize(rgb[regions], (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(shown, np.uint8)


def _means(regions: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Of each region, region x channel."""
    flat, count = regions.ravel(), int(regions.max()) + 1
    sizes = np.maximum(np.bincount(flat, minlength=count), 1)
    sums = [np.bincount(flat, values[..., channel].ravel(), count) for channel in range(values.shape[2])]
    return (np.stack(sums, axis=1) / sizes[:, None]).astype(np.float32)


def _quantised(colours: np.ndarray, count: int) -> np.ndarray:
    """`colours` (N x 3), at most `count` different ones; always the same for the same."""
    if len(colours) <= count:
        return colours
    cv2.setRNGSeed(0)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 30, 0.5)
    _, labels, centres = cv2.kmeans(colours, count, np.empty(0, np.int32), stop, 2, cv2.KMEANS_PP_CENTERS)
    return centres[np.asarray(labels, np.int64).ravel()]
