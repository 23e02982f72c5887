"""Maps from what a network says of a picture: nearness, classes, joints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.api.images import Extent, Pixels, read_only
from engine.api.pose import Figure, Point
from engine.conditioning.maps.ade20k import COLOURS
from engine.conditioning.maps.normal import normals_of
from engine.conditioning.maps.pose import drawn_figures

LEAST_SCORE = 0.3
"""Of a joint, below which it is not seen."""
JOINTS = (0, None, 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3)
"""OpenPose's 18 key points by COCO's 17; the neck is between the shoulders."""
SHOULDERS = (5, 6)


def near_of(depth: NDArray[Any], is_distance: bool) -> NDArray[np.float32]:
    """0 (far) to 1 (near) of what a depth network gives, H x W: nearness, or a distance in metres."""
    values = depth.astype(np.float32)
    if is_distance:
        values = (1.0 / np.maximum(values, 1e-3)).astype(np.float32)
    low, high = float(values.min()), float(values.max())
    if high - low < 1e-6:
        return np.zeros_like(values)
    return (values - low) / (high - low)


def depth_seen(near: NDArray[np.float32]) -> Pixels:
    grey = np.round(near * 255).astype(np.uint8)
    return read_only(np.repeat(grey[..., None], 3, axis=2))


def normal_seen(near: NDArray[np.float32]) -> Pixels:
    return read_only(normals_of(near))


def classes_seen(labels: NDArray[Any], count: int) -> Pixels:
    """A colour for each of `count` classes (H x W of their numbers); below 0 is none, and black.

    ADE20K's 150 have the colours that ControlNets were taught with; others have some of their own.
    """
    colours = COLOURS if count == len(COLOURS) else tuple(_own_colours(count))
    table = np.asarray([(0, 0, 0), *colours], np.uint8)
    return read_only(table[np.clip(labels.astype(np.int64) + 1, 0, count)])


def _own_colours(count: int) -> Iterator[tuple[int, int, int]]:
    """Far from each other where they are few: steps of the golden angle round the colour circle."""
    import colorsys

    for number in range(count):
        red, green, blue = colorsys.hsv_to_rgb(number * 0.618034 % 1, 0.85, 1.0 - 0.4 * (number % 2))
        yield round(red * 255), round(green * 255), round(blue * 255)


def figure_of(joints: NDArray[Any], scores: NDArray[Any], extent: Extent) -> Figure | None:
    """One person from COCO's 17 joints (17 x 2, pixels) and how sure each is; None where nothing is seen."""

    def place(number: int) -> Point | None:
        if scores[number] < LEAST_SCORE:
            return None
        return float(joints[number][0]) / extent.width, float(joints[number][1]) / extent.height

    left, right = (place(number) for number in SHOULDERS)
    neck = ((left[0] + right[0]) / 2, (left[1] + right[1]) / 2) if left and right else None
    points = tuple(neck if number is None else place(number) for number in JOINTS)
    return Figure(points) if any(points) else None


def people_seen(figures: Sequence[Figure], extent: Extent) -> Pixels:
    return drawn_figures(figures, extent)
