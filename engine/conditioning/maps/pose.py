"""Stick figures as OpenPose draws them, from key points: what pose ControlNets read.

18 key points in COCO's order as OpenPose numbers them, their colours and limbs are those of
https://github.com/CMU-Perceptual-Computing-Lab/openpose (COCO body model) as ControlNets were taught them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from engine.api.images import Extent, Pixels, read_only
from engine.api.pose import COLOURS, LIMBS, Figure

STICK_OF_SIDE = 128
"""Half the width of a limb, as a part of the shorter side: 4 pixels of 512."""
SHADE = 0.6
"""Of a limb's colour; joints have it in full."""


def drawn_figures(figures: Sequence[Figure], extent: Extent) -> Pixels:
    """The figures on black; key points that are not there, and their limbs, are left out."""
    canvas = np.zeros((extent.height, extent.width, 3), np.uint8)
    half = max(1, round(min(extent) / STICK_OF_SIDE))
    for figure in figures:
        points = figure.scaled(extent)
        for number, (start, end) in enumerate(LIMBS):
            one, other = points[start], points[end]
            if one is None or other is None:
                continue
            _limb(canvas, one, other, half, COLOURS[number])
    for figure in figures:
        for number, point in enumerate(figure.scaled(extent)):
            if point is not None:
                place = (round(point[0]), round(point[1]))
                cv2.circle(canvas, place, half, COLOURS[number], -1, cv2.LINE_AA)
    return read_only(canvas)


def _limb(
    canvas: np.ndarray,
    one: tuple[float, float],
    other: tuple[float, float],
    half: int,
    colour: tuple[int, int, int],
) -> None:
    middle = (round((one[0] + other[0]) / 2), round((one[1] + other[1]) / 2))
    length = math.hypot(one[0] - other[0], one[1] - other[1])
    angle = math.degrees(math.atan2(one[1] - other[1], one[0] - other[0]))
    shape = cv2.ellipse2Poly(middle, (round(length / 2), half), round(angle), 0, 360, 1)
    shade = tuple(round(part * SHADE) for part in colour)
    cv2.fillConvexPoly(canvas, np.asarray(shape, np.int32), shade, cv2.LINE_AA)
