"""What the network finds in a changing place when it begins."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.api.edit import FillMode
from engine.api.images import Pixels
from engine.api.mask import Coverage

GREY = 128
FILL_SIDE_PX = 192
"""Fills vary slowly, so they are worked out at this size and enlarged."""
TELEA_RADIUS_PX = 3


def filled(pixels: Pixels, change: Coverage, mode: FillMode, seed: int) -> Pixels:
    """`pixels` (H x W x 3) with what may change (`change`, H x W) replaced, softly where it is soft."""
    if mode is FillMode.ORIGINAL or not change.any():
        return pixels
    if mode is FillMode.NEUTRAL:
        fill = np.full_like(pixels, GREY)
    elif mode is FillMode.NOISE:
        fill = np.random.Generator(np.random.PCG64(seed)).integers(0, 256, pixels.shape, np.uint8)
    else:
        fill = _from_surroundings(pixels, change, mode)
    return mixed(pixels, fill, change)


def mixed(under: Pixels, over: Pixels, share: Coverage) -> Pixels:
    """`over` laid on `under` (H x W x 3) by `share` (H x W): exactly `under` at 0, exactly `over` at 255."""
    weight = share[..., None].astype(np.float32) / 255
    blend = under + (over.astype(np.float32) - under) * weight
    return np.round(blend).astype(np.uint8)


def _from_surroundings(pixels: Pixels, change: Coverage, mode: FillMode) -> Pixels:
    factor = max(1, -(-max(change.shape) // FILL_SIDE_PX))
    height, width = change.shape
    size = (max(1, width // factor), max(1, height // factor))
    known = (change == 0).astype(np.float32)
    weight = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    if not (weight > 0).any():
        return np.full_like(pixels, GREY)
    # only what stays may speak: an object that goes must not tint what comes in its place
    sums = cv2.resize(pixels * known[..., None], size, interpolation=cv2.INTER_AREA)
    small = sums.reshape(size[1], size[0], 3) / np.maximum(weight, 1e-6)[..., None]
    weight = (weight > 0.25).astype(np.float32) if (weight > 0.25).any() else (weight > 0).astype(np.float32)
    fill = _blurred_into(small, weight) if mode is FillMode.BLURRED else _continued_into(small, weight)
    large = cv2.resize(fill, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.clip(np.round(large), 0, 255).astype(np.uint8)


def _continued_into(small: NDArray[np.floating], known: NDArray[np.float32]) -> NDArray[np.float32]:
    """Telea's fast marching, https://doi.org/10.1080/10867651.2004.10487596."""
    hole = (known == 0).view(np.uint8)
    start = np.clip(np.round(small), 0, 255).astype(np.uint8)
    return cv2.inpaint(start, hole, TELEA_RADIUS_PX, cv2.INPAINT_TELEA).astype(np.float32)


def _blurred_into(small: NDArray[np.floating], known: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each pixel from the finest blur of what is known that reaches it (Gortler's pull and push)."""
    fill = np.zeros(small.shape, np.float32)
    missing = np.ones(known.shape, np.float32)
    sigma = 2.0
    values = small.astype(np.float32) * known[..., None]
    while True:
        weight = cv2.GaussianBlur(known, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101)
        blurred = cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101)
        reach = np.clip(weight * 4, 0, 1) * missing
        fill += blurred / np.maximum(weight, 1e-6)[..., None] * reach[..., None]
        missing -= reach
        if sigma > 2 * max(known.shape):
            break
        sigma *= 2
    mean = values.sum(axis=(0, 1)) / known.sum()
    return (fill + mean * missing[..., None]).astype(np.float32)
