"""A rectangle of whole pixels, with its arithmetic."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.api.images import Extent


@dataclass(frozen=True)
class Rect:
    """In the source picture's pixels, (0, 0) its top left; may reach beyond it on any side."""

    left: int
    top: int
    width: int
    height: int

    @staticmethod
    def of(extent: Extent) -> Rect:
        return Rect(0, 0, extent.width, extent.height)

    @staticmethod
    def between(left: int, top: int, right: int, bottom: int) -> Rect:
        """`right` and `bottom` are the first pixels outside."""
        return Rect(left, top, max(0, right - left), max(0, bottom - top))

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height

    @property
    def extent(self) -> Extent:
        return Extent(self.width, self.height)

    @property
    def area(self) -> int:
        return self.width * self.height

    def __bool__(self) -> bool:
        """False where it holds no pixel."""
        return self.width > 0 and self.height > 0

    def __and__(self, other: Rect) -> Rect:
        """What both hold; empty where they do not meet."""
        return Rect.between(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def __or__(self, other: Rect) -> Rect:
        """The smallest that holds both; an empty one adds nothing."""
        if not (self and other):
            return self or other
        return Rect.between(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def holds(self, other: Rect) -> bool:
        return (self & other) == other

    def moved(self, x: int, y: int) -> Rect:
        return Rect(self.left + x, self.top + y, self.width, self.height)

    def grown(self, x: int, y: int | None = None) -> Rect:
        """Larger by `x` at the left and right, and by `y` (or `x`) at the top and bottom."""
        y = x if y is None else y
        return Rect(self.left - x, self.top - y, self.width + 2 * x, self.height + 2 * y)

    def widened(self, width: int, height: int) -> Rect:
        """At least so large, around the same middle."""
        wider, higher = max(0, width - self.width), max(0, height - self.height)
        return Rect(self.left - wider // 2, self.top - higher // 2, self.width + wider, self.height + higher)

    def slid_into(self, bounds: Rect) -> Rect:
        """Moved until it lies inside `bounds`; along a side where it is too long, around their middle."""
        return Rect(
            _slid(self.left, self.width, bounds.left, bounds.width),
            _slid(self.top, self.height, bounds.top, bounds.height),
            self.width,
            self.height,
        )

    def within(self, other: Rect) -> tuple[slice, slice]:
        """Rows and columns of this rectangle in an array that holds `other`, which must hold this one."""
        return (
            slice(self.top - other.top, self.bottom - other.top),
            slice(self.left - other.left, self.right - other.left),
        )


def union(rects: Iterable[Rect]) -> Rect:
    """The smallest rectangle that holds all of them; an empty one where there are none."""
    whole = Rect(0, 0, 0, 0)
    for rect in rects:
        whole |= rect
    return whole


def _slid(start: int, length: int, first: int, room: int) -> int:
    if length >= room:
        return first - (length - room) // 2
    return min(max(start, first), first + room - length)
