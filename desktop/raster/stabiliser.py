"""A steadier hand: the brush hangs on a string that the pen pulls."""

from __future__ import annotations

import math

from desktop.raster.dynamics import PenPoint


class Stabiliser:
    """The brush stays where it is until the string is taut, then it follows straight behind the pen.

    Jitter shorter than the string vanishes, corners stay sharp where one waits, and nothing depends on
    how many events the pen sends a second. At the end the brush catches up with the pen.
    """

    def __init__(self, string_px: float) -> None:
        """`string_px` is the string's length in document pixels; 0 lets the pen through as it is."""
        self.string_px = string_px
        self._at: PenPoint | None = None
        self._pen: PenPoint | None = None

    def follow(self, pen: PenPoint) -> PenPoint:
        """Where the brush is now that the pen is at `pen`."""
        self._pen = pen
        if self._at is None or self.string_px <= 0:
            self._at = pen
            return pen
        distance = math.hypot(pen.x - self._at.x, pen.y - self._at.y)
        if distance > self.string_px:
            pulled = self._at.towards(pen, 1 - self.string_px / distance)
            self._at = pen._replace(x=pulled.x, y=pulled.y)
        else:
            self._at = pen._replace(x=self._at.x, y=self._at.y)
        return self._at

    def catch_up(self) -> PenPoint | None:
        """The pen was lifted: where the stroke ends, None if it is there already."""
        if self._pen is None or self._at is None or self._at[:2] == self._pen[:2]:
            return None
        return self._pen
