"""Normals from depth: which way the surface turns that a depth map describes."""

from __future__ import annotations

import cv2
import numpy as np

from engine.api.images import Pixels
from engine.conditioning.maps.depth import Numbers, depth

STEEP = 6.0


def normal(pixels: Pixels, detail: float) -> Pixels:
    """Of the guessed depth of a picture; more detail lets small folds count more."""
    near = depth(pixels)[..., 0].astype(np.float32) / 255
    relief = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    return normals_of(near + 0.12 * detail * relief)


def normals_of(near: Numbers) -> Pixels:
    """Of a depth, H x W from 0 (far) to 1: x rightwards in red, y upwards in green, z to the eye in blue."""
    longer = max(near.shape)
    smooth = cv2.GaussianBlur(near, (0, 0), max(0.8, longer / 96))
    across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=3) * longer / 8
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=3) * longer / 8
    vector = np.stack([-across, down, np.full_like(smooth, 1 / STEEP * 8)], axis=2)
    vector /= np.linalg.norm(vector, axis=2, keepdims=True)
    return np.round((vector + 1) * 127.5).astype(np.uint8)
