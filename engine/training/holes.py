"""Holes: what of a picture is to be filled, as an artist would paint it over. No torch here."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.training.scenes.classes import FIRST_OBJECT

WHOLE = 0.1
"""Share of holes that are the whole picture: so it stays able to draw from words alone."""
ONE_THING = 0.4
"""Share of holes that follow what stands there."""
HALF = 128
"""What is painted over at least so much belongs to the hole."""
Mask = NDArray[np.bool_]
Grid = NDArray[np.float32]


def random_hole(
    chance: np.random.Generator, side: int, segmentation: NDArray[np.uint8] | None = None
) -> NDArray[np.uint8]:
    """h x w, 255 where the picture is missing: boxes, ellipses, strokes, one thing, or everything.

    `segmentation`: the classes of the picture, h x w, where they are known.
    """
    kind = chance.random()
    if kind < WHOLE:
        return np.full((side, side), 255, np.uint8)
    things = segmentation >= FIRST_OBJECT if segmentation is not None else None
    if kind < WHOLE + ONE_THING and things is not None and things.any():
        return _around(chance, things)
    rows, columns = np.mgrid[0:side, 0:side].astype(np.float32) / side
    hole = np.zeros((side, side), bool)
    for _ in range(chance.integers(1, 4)):
        hole |= _SHAPES[int(chance.integers(len(_SHAPES)))](chance, rows, columns)
    return np.where(hole, 255, 0).astype(np.uint8)


def cut_out(pixels: NDArray[np.uint8], hole: NDArray[np.uint8]) -> NDArray[np.int16]:
    """What an inpaint ControlNet reads: `pixels` (h x w x 3, bytes), with -255 in their `hole` (h x w).

    Divided by 255, as every map is before the network, that is the -1 of lllyasviel's
    `control_v11p_sd15_inpaint` (https://github.com/lllyasviel/ControlNet-v1-1-nightly).
    """
    return np.where(hole[..., None] >= HALF, np.int16(-255), pixels.astype(np.int16))


def _around(chance: np.random.Generator, things: Mask) -> NDArray[np.uint8]:
    """One connected thing, grown as by a generous brush."""
    _count, places = cv2.connectedComponents(things.astype(np.uint8))
    rows, columns = np.nonzero(places)
    chosen = int(chance.integers(len(rows)))
    thing = places == places[rows[chosen], columns[chosen]]
    reach = round(things.shape[0] * chance.uniform(0.02, 0.08))
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return cv2.dilate(np.where(thing, 255, 0).astype(np.uint8), brush).astype(np.uint8, copy=False)


def _box(chance: np.random.Generator, rows: Grid, columns: Grid) -> Mask:
    height, width = chance.uniform(0.15, 0.65, 2)
    top, left = chance.uniform(-0.1, 1.1 - height), chance.uniform(-0.1, 1.1 - width)
    return (rows >= top) & (rows < top + height) & (columns >= left) & (columns < left + width)


def _ellipse(chance: np.random.Generator, rows: Grid, columns: Grid) -> Mask:
    height, width = chance.uniform(0.1, 0.35, 2)
    y, x = chance.uniform(0.1, 0.9, 2)
    return ((rows - y) / height) ** 2 + ((columns - x) / width) ** 2 < 1


def _stroke(chance: np.random.Generator, rows: Grid, columns: Grid) -> Mask:
    """A brush that wanders."""
    radius, heading = chance.uniform(0.04, 0.1), chance.uniform(0, 2 * np.pi)
    place = chance.uniform(0.1, 0.9, 2)
    painted = np.zeros(rows.shape, bool)
    for _ in range(chance.integers(4, 12)):
        painted |= (rows - place[0]) ** 2 + (columns - place[1]) ** 2 < radius**2
        heading += chance.normal(0, 0.7)
        place = place + radius * np.array([np.sin(heading), np.cos(heading)])
    return painted


_SHAPES = (_box, _ellipse, _stroke)
