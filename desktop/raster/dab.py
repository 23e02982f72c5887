"""What one touch of the brush covers: a soft ellipse, or that ellipse swept along a short line."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FULL = 65535
"""A pixel wholly covered. Sixteen bits: a faint flow adds up without getting stuck on a step of eight."""
ENTRIES = 4096
SMALLEST_RADIUS_PX = 0.5
"""A smaller tip is drawn so large, and as much fainter."""

Coverage16 = NDArray[np.uint16]
"""H x W, 0 to `FULL`."""


class Tip(NamedTuple):
    """The brush's tip at one moment of the stroke."""

    radius_px: float
    hardness: float = 1.0
    """Share of the radius that is wholly covered; beyond it the cover falls off like a cosine."""
    cap: float = 1.0
    """The most that this touch covers, 0..1: the opacity that the pressure allows."""
    ratio: float = 1.0
    """Short axis by long axis; a tilted pen draws an ellipse."""
    angle_deg: float = 0.0
    """Of the long axis, clockwise from the x axis (y goes down)."""


class Dab(NamedTuple):
    """Coverage and where its corner lies, in whole pixels."""

    left: int
    top: int
    coverage: Coverage16


@lru_cache(maxsize=512)
def profile(hardness_step: int) -> NDArray[np.float32]:
    """Cover (0..1) by the square of the distance, in `ENTRIES` steps up to the outer edge; 0 beyond.

    By the square, as that needs no root per pixel. `hardness_step` is in 1/256.
    """
    hardness = hardness_step / 256
    distance = np.sqrt(np.arange(ENTRIES + 1, dtype=np.float32) / ENTRIES)
    fall = np.clip((distance - hardness) / max(1 - hardness, 1e-6), 0, 1)
    cover = 0.5 + 0.5 * np.cos(np.pi * fall)
    cover[-1] = 0
    return cover.astype(np.float32)


def table(tip: Tip) -> tuple[float, Coverage16]:
    """The outer radius and the profile of `tip` in sixteen bits.

    The edge is never sharper than a pixel, and a tip smaller than one covers by its area.
    """
    radius = max(tip.radius_px, SMALLEST_RADIUS_PX)
    outer = radius + 0.5
    sharpest = max(outer - 1, 0) / outer
    hardness = min(tip.hardness * radius / outer, sharpest)
    cap = tip.cap * min(1.0, tip.radius_px / SMALLEST_RADIUS_PX) ** 2
    scaled = profile(round(hardness * 256)) * np.float32(cap * FULL)
    return outer, (scaled + np.float32(0.5)).astype(np.uint16)


def set_down(x: float, y: float, tip: Tip) -> Dab:
    """The tip set down once at (x, y); pixel centres lie at halves."""
    return sweep(x, y, x, y, tip)


def sweep(x0: float, y0: float, x1: float, y1: float, tip: Tip, end: Tip | None = None) -> Dab:
    """The tip moved from (x0, y0) to (x1, y1): the most that any point of the way covers.

    Exact where the tip stays the same, so that a stroke has no beads at any spacing. With `end` the size
    changes evenly on the way; hardness, cap and ellipse are those of `tip`.
    """
    outer, cover = table(tip)
    outer_end = outer if end is None else max(end.radius_px, SMALLEST_RADIUS_PX) + 0.5
    reach = max(outer, outer_end)
    left, top = math.floor(min(x0, x1) - reach), math.floor(min(y0, y1) - reach)
    right, bottom = math.ceil(max(x0, x1) + reach), math.ceil(max(y0, y1) + reach)
    dx = np.arange(left + 0.5 - x0, right - x0, dtype=np.float32)[None, : right - left]
    dy = np.arange(top + 0.5 - y0, bottom - y0, dtype=np.float32)[: bottom - top, None]
    along_x, along_y = x1 - x0, y1 - y0
    if tip.ratio < 1:
        dx, dy = _squashed(dx, dy, tip)
        along_x, along_y = _squashed(along_x, along_y, tip)
    length2 = along_x * along_x + along_y * along_y
    if length2 < 1e-6:
        square = (dx * dx + dy * dy) * np.float32(ENTRIES / (outer * outer))
    else:
        share = dx * np.float32(along_x / length2) + dy * np.float32(along_y / length2)
        np.clip(share, 0, 1, out=share)
        off_x, off_y = dx - share * np.float32(along_x), dy - share * np.float32(along_y)
        square = off_x * off_x + off_y * off_y
        if outer_end == outer:
            square *= np.float32(ENTRIES / (outer * outer))
        else:
            radius = np.float32(outer) + share * np.float32(outer_end - outer)
            square *= np.float32(ENTRIES) / (radius * radius)
    np.minimum(square, ENTRIES, out=square)
    return Dab(left, top, cover[square.astype(np.uint16)])


def _squashed(x, y, tip: Tip):
    """Into the space in which the tip's ellipse is a circle."""
    angle = math.radians(tip.angle_deg)
    cos, sin = math.cos(angle), math.sin(angle)
    return x * cos + y * sin, (y * cos - x * sin) / max(tip.ratio, 0.05)


@lru_cache(maxsize=24)
def kept_touch(x_half: int, y_half: int, radius_16th: int, hardness_step: int, cap_step: int) -> Dab:
    """A large round touch to be used again: places in half pixels (0 or 1), the radius in sixteenths of
    a pixel, hardness and cap in 1/256.

    Nobody sees a quarter of a pixel on an edge hundreds of pixels away from the pen, and a stroke of one
    size then costs one touch.
    """
    return set_down(x_half / 2, y_half / 2, Tip(radius_16th / 16, hardness_step / 256, cap_step / 256))
