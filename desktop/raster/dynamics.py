"""How the pen's pressure and tilt become the brush's tip."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from desktop.raster.dab import Tip

THINNEST = 0.04
"""Share of the size that is left at no pressure."""
FAINTEST = 0.02
FLATTEST = 0.25
"""Short axis by long axis with the pen laid down wholly."""
STEEP_DEG = 20.0
"""A hand holds the pen so; up to here the tip stays round."""
LYING_DEG = 65.0
STEPS = 1024


class PenPoint(NamedTuple):
    """Where the pen was and how it was held."""

    x: float
    y: float
    """In document pixels."""
    pressure: float = 1.0
    """0..1; a mouse presses wholly."""
    tilt_x: float = 0.0
    tilt_y: float = 0.0
    """Degrees from upright, -90..90, to the right and towards the artist."""
    time_s: float = 0.0

    def towards(self, other: PenPoint, share: float) -> PenPoint:
        """The point `share` (0..1) of the way to `other`; everything changes evenly."""
        rest = 1 - share
        return PenPoint(*(here * rest + there * share for here, there in zip(self, other, strict=True)))


@dataclass(frozen=True)
class Curve:
    """The pressure that the brush feels for the pressure that the pen says, both 0..1.

    Through its points in order of x, without overshoot between them (Fritsch and Carlson 1980).
    """

    points: tuple[tuple[float, float], ...] = ((0.0, 0.0), (1.0, 1.0))

    def __post_init__(self) -> None:
        """Raises ValueError for fewer than two points, points outside 0..1 or not from left to right."""
        xs = [x for x, _ in self.points]
        if len(xs) < 2 or any(b - a < 1e-6 for a, b in itertools.pairwise(xs)):
            raise ValueError("a curve needs two points or more, from left to right")
        if any(not 0 <= value <= 1 for point in self.points for value in point):
            raise ValueError("the points of a curve lie in 0..1")

    def __call__(self, pressure: float) -> float:
        return float(sampled(self.points)[round(min(max(pressure, 0.0), 1.0) * STEPS)])


LINEAR = Curve()
SOFT = Curve(((0.0, 0.0), (0.35, 0.6), (1.0, 1.0)))
"""Light pressure already does much."""
FIRM = Curve(((0.0, 0.0), (0.6, 0.3), (1.0, 1.0)))
"""One has to press for it."""


@lru_cache(maxsize=16)
def sampled(points: tuple[tuple[float, float], ...]) -> NDArray[np.float64]:
    """The curve at `STEPS` + 1 even places of 0..1."""
    x, y = np.array(points, np.float64).T
    width = np.diff(x)
    slope = np.diff(y) / width
    tangent = np.concatenate(([slope[0]], _harmonic(slope, width), [slope[-1]]))
    at = np.linspace(0, 1, STEPS + 1)
    left = np.clip(np.searchsorted(x, at, "right") - 1, 0, len(slope) - 1)
    share = np.clip((at - x[left]) / width[left], 0, 1)
    rest = 1 - share
    value = (
        y[left] * rest * rest * (1 + 2 * share)
        + y[left + 1] * share * share * (3 - 2 * share)
        + width[left] * share * rest * (tangent[left] * rest - tangent[left + 1] * share)
    )
    return np.clip(value, 0, 1)


def _harmonic(slope: NDArray[np.float64], width: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inner tangents: 0 where the curve turns, else the weighted harmonic mean of both sides."""
    before, after = slope[:-1], slope[1:]
    first, second = 2 * width[1:] + width[:-1], width[1:] + 2 * width[:-1]
    both = before * after > 0
    safe_before, safe_after = np.where(both, before, 1), np.where(both, after, 1)
    return np.where(both, (first + second) / (first / safe_before + second / safe_after), 0)


@dataclass(frozen=True)
class Dynamics:
    """Which of the tip's properties follow the pen."""

    size: bool = True
    opacity: bool = False
    hardness: bool = False
    tilt: bool = False
    curve: Curve = LINEAR

    def tip(self, size_px: float, hardness: float, pen: PenPoint) -> Tip:
        """The tip of a brush `size_px` across, with the pen held so."""
        felt = self.curve(pen.pressure)
        radius = size_px / 2
        if self.size:
            radius *= THINNEST + (1 - THINNEST) * felt
        cap = FAINTEST + (1 - FAINTEST) * felt if self.opacity else 1.0
        hardness = hardness * felt if self.hardness else hardness
        ratio, angle = flattened(pen.tilt_x, pen.tilt_y) if self.tilt else (1.0, 0.0)
        return Tip(radius, hardness, cap, ratio, angle)


def flattened(tilt_x: float, tilt_y: float) -> tuple[float, float]:
    """The ratio of the tip's axes and the angle of the long one, for a pen that leans so (degrees)."""
    lean_x, lean_y = math.tan(math.radians(_held(tilt_x))), math.tan(math.radians(_held(tilt_y)))
    lean_deg = math.degrees(math.atan(math.hypot(lean_x, lean_y)))
    share = min(max((lean_deg - STEEP_DEG) / (LYING_DEG - STEEP_DEG), 0.0), 1.0)
    return 1 - (1 - FLATTEST) * share, math.degrees(math.atan2(lean_y, lean_x))


def _held(tilt_deg: float) -> float:
    return min(max(tilt_deg, -85.0), 85.0)
