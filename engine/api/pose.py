"""Stick figures: the 18 key points that pose ControlNets know, for one person each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.api.errors import BadRequest
from engine.api.images import Extent

Point = tuple[float, float]
"""x and y as shares of the canvas, 0 to 1; a joint may lie beyond it."""

KEY_POINTS = (
    "nose", "neck", "right shoulder", "right elbow", "right wrist", "left shoulder", "left elbow",
    "left wrist", "right hip", "right knee", "right ankle", "left hip", "left knee", "left ankle",
    "right eye", "left eye", "right ear", "left ear",
)  # fmt: skip
"""In OpenPose's order; right and left are the person's own."""
LIMBS = (
    (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13),
    (1, 0), (0, 14), (14, 16), (0, 15), (15, 17),
)  # fmt: skip
COLOURS = (
    (255, 0, 0), (255, 85, 0), (255, 170, 0), (255, 255, 0), (170, 255, 0), (85, 255, 0), (0, 255, 0),
    (0, 255, 85), (0, 255, 170), (0, 255, 255), (0, 170, 255), (0, 85, 255), (0, 0, 255), (85, 0, 255),
    (170, 0, 255), (255, 0, 255), (255, 0, 170), (255, 0, 85),
)  # fmt: skip
"""Of key points, and of limbs by their number."""
PARTNERS = (0, 1, 5, 6, 7, 2, 3, 4, 11, 12, 13, 8, 9, 10, 15, 14, 17, 16)
"""Which key point is which on the other side of the body."""

STANDING: tuple[Point, ...] = (
    (0.50, 0.16), (0.50, 0.27), (0.43, 0.27), (0.40, 0.41), (0.39, 0.53), (0.57, 0.27), (0.60, 0.41),
    (0.61, 0.53), (0.455, 0.53), (0.45, 0.72), (0.445, 0.90), (0.545, 0.53), (0.55, 0.72), (0.555, 0.90),
    (0.485, 0.14), (0.515, 0.14), (0.465, 0.15), (0.535, 0.15),
)  # fmt: skip
"""Someone who stands and looks at us, as high as most of a square canvas."""


@dataclass(frozen=True)
class Figure:
    """One person; None for a key point that is not seen."""

    points: tuple[Point | None, ...] = STANDING

    def scaled(self, extent: Extent) -> list[Point | None]:
        """In pixels."""
        return [
            (point[0] * extent.width, point[1] * extent.height) if point is not None else None
            for point in self.points
        ]

    def with_point(self, number: int, point: Point | None) -> Figure:
        return replace(self, points=(*self.points[:number], point, *self.points[number + 1 :]))

    def moved(self, x: float, y: float) -> Figure:
        return Figure(
            tuple((point[0] + x, point[1] + y) if point is not None else None for point in self.points)
        )

    def mirrored(self) -> Figure:
        """Turned round its own middle: what was the right arm is the left one."""
        middle = self.middle[0]
        turned = [(2 * middle - point[0], point[1]) if point is not None else None for point in self.points]
        return Figure(tuple(turned[partner] for partner in PARTNERS))

    def grown(self, factor: float) -> Figure:
        """Larger or smaller around its middle."""
        x, y = self.middle
        return Figure(
            tuple(
                (x + (point[0] - x) * factor, y + (point[1] - y) * factor) if point is not None else None
                for point in self.points
            )
        )

    @property
    def middle(self) -> Point:
        seen = [point for point in self.points if point is not None]
        if not seen:
            return 0.5, 0.5
        across, down = ([point[side] for point in seen] for side in (0, 1))
        return (min(across) + max(across)) / 2, (min(down) + max(down)) / 2

    def __json__(self) -> list[list[float] | None]:
        return [list(point) if point is not None else None for point in self.points]

    @classmethod
    def __from_json__(cls, data: object, where: str) -> Figure:
        """Raises `BadRequest` for anything but 18 key points."""
        if not isinstance(data, list) or len(data) != len(KEY_POINTS):
            raise BadRequest(where, f"expected {len(KEY_POINTS)} key points")
        return cls(tuple(_point(item, where) for item in data))


def _point(item: object, where: str) -> Point | None:
    if item is None:
        return None
    if not isinstance(item, list) or len(item) != 2 or not all(_is_place(value) for value in item):
        raise BadRequest(where, f"expected x and y of a key point, found {str(item)[:40]!r}")
    return float(item[0]), float(item[1])


def _is_place(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 100


def standing(figures: Sequence[Figure]) -> Figure:
    """One more person: beside those that are there already."""
    shift = (0.0, -0.28, 0.28, -0.14, 0.14)[len(figures) % 5]
    return Figure().moved(shift, 0)
