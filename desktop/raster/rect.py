"""Rectangles of whole pixels, with the arithmetic that painting needs."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QRect

from engine.api.images import Extent


class Rect(NamedTuple):
    """Whole pixels from (left, top) up to but without (right, bottom)."""

    left: int
    top: int
    width: int
    height: int

    @staticmethod
    def between(left: int, top: int, right: int, bottom: int) -> Rect:
        """From two corners; empty where they are crossed."""
        return Rect(left, top, max(0, right - left), max(0, bottom - top))

    @staticmethod
    def whole(size: Extent) -> Rect:
        """All of a canvas."""
        return Rect(0, 0, size.width, size.height)

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height

    @property
    def is_empty(self) -> bool:
        return self.width <= 0 or self.height <= 0

    @property
    def area(self) -> int:
        return 0 if self.is_empty else self.width * self.height

    @property
    def extent(self) -> Extent:
        return Extent(self.width, self.height)

    @property
    def qrect(self) -> QRect:
        return QRect(self.left, self.top, self.width, self.height)

    def moved(self, right: int, down: int) -> Rect:
        return Rect(self.left + right, self.top + down, self.width, self.height)

    def grown(self, by: int) -> Rect:
        """Larger by so many pixels on every side (smaller where negative)."""
        return Rect.between(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def intersected(self, other: Rect) -> Rect:
        """What both have; empty where they do not meet."""
        return Rect.between(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def united(self, other: Rect) -> Rect:
        """The smallest rectangle around both; an empty one adds nothing."""
        if self.is_empty:
            return other
        if other.is_empty:
            return self
        return Rect.between(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def meets(self, other: Rect) -> bool:
        return not self.intersected(other).is_empty

    def contains(self, other: Rect) -> bool:
        return other.is_empty or self.intersected(other) == other


EMPTY = Rect(0, 0, 0, 0)


def fitted(size: tuple[int, int], into: Rect) -> Rect:
    """The largest rectangle of that shape, in the middle of `into`."""
    scale = min(into.width / size[0], into.height / size[1])
    width, height = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    return Rect(into.left + (into.width - width) // 2, into.top + (into.height - height) // 2, width, height)
