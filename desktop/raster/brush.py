"""A stroke as coverage: every pen event counts, what it covers adds up, nothing is painted yet."""

from __future__ import annotations

import enum
import itertools
import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from desktop.raster import dab
from desktop.raster import opencv as cv2
from desktop.raster.dab import FULL, Dab, Tip
from desktop.raster.dynamics import PenPoint
from desktop.raster.rect import EMPTY, Rect
from desktop.raster.tile import TILE
from desktop.raster.tiles import Key, parts

TipAt = Callable[[PenPoint], Tip]

LARGE_RADIUS_PX = 48
"""From here touches are set down one by one (and kept for the next); below, the tip is swept."""
CHUNK_PX = 24.0
"""A sweep's longest piece: the box around a long slanting one would be mostly empty."""
RIPPLE_PX = 0.1
"""So little may the edge of a stroke of single touches wave."""
BUILD_SPACING = 0.08
"""Of the tip's width, between touches that add up."""
FLOW_PATH = 0.25
"""The flow is what a pixel takes on while the pen moves by this share of the tip's width."""
LINGER_S = 1 / 30
"""An airbrush held still sprays so often."""
MOST_LINGERS = 15
"""For one event: after half a second without any, the artist was not spraying."""


class Law(enum.Enum):
    """How touches of one stroke add up."""

    WASH = "wash"
    """A pixel takes on the most that a touch covers; flow is the share of the way there per touch.
    A stroke over itself stays even, and the tip's soft edge stays soft."""
    BUILD = "build"
    """Each touch covers a share of what is left, like paint from a can: soft edges grow, lingering fills."""


class StrokeCoverage:
    """What one stroke covers, 0 to `FULL` per pixel, in tiles of its own.

    The same points give the same coverage in whatever batches they come.
    """

    def __init__(self, tip_at: TipAt, law: Law = Law.WASH, flow: float = 1.0) -> None:
        """`flow` is 0..1; see `FLOW_PATH`."""
        self._tip_at = tip_at
        self._law = law
        self._flow = min(max(flow, 0.0), 1.0)
        self._adds_up = law is Law.BUILD or self._flow < 1
        self._tiles: dict[Key, NDArray[np.uint16]] = {}
        self._dirty: dict[Key, Rect] = {}
        self._last: PenPoint | None = None
        """The newest point of the pen."""
        self._drawn: PenPoint | None = None
        """How far the smooth line is drawn: half-way to the newest point."""
        self._to_next = 0.0
        """Pixels of way until the next single touch."""
        self._sprayed_s = 0.0

    # the way of the pen

    def begin(self, pen: PenPoint) -> None:
        """The pen is set down."""
        self._last = self._drawn = pen
        self._sprayed_s = pen.time_s
        self._touch(pen)
        self._to_next = self._spacing(self._tip_at(pen))

    def move(self, pen: PenPoint) -> None:
        """The pen went on to `pen`.

        The line is a chain of parabolas through the middles between points: smooth at any event rate, and
        never more than half an event behind the pen.
        """
        assert self._last is not None and self._drawn is not None
        if pen[:2] != self._last[:2]:
            middle = self._last.towards(pen, 0.5)
            self._draw(parabola(self._drawn, self._last, middle))
            self._drawn = middle
        elif not self._adds_up and pen.pressure > self._last.pressure:
            self._touch(pen)
        self._last = pen
        if self._law is Law.BUILD:
            self._linger(pen)

    def end(self) -> None:
        """The pen is lifted: the line reaches its last point."""
        assert self._last is not None and self._drawn is not None
        self._draw([self._drawn, self._last])
        self._drawn = self._last

    def line(self, start: PenPoint, end: PenPoint) -> None:
        """A straight line, and the pen stays at its end."""
        self.begin(start)
        self._draw([start, end])
        self._last = self._drawn = end

    @property
    def last(self) -> PenPoint | None:
        """Where the pen was last."""
        return self._last

    # what is covered

    def take_dirty(self) -> Iterator[tuple[Rect, NDArray[np.uint8]]]:
        """The parts (one a tile at most) that changed since the last call, and their coverage 0..255."""
        dirty, self._dirty = self._dirty, {}
        for key, rect in dirty.items():
            left, top = rect.left - key[0] * TILE, rect.top - key[1] * TILE
            fine = self._tiles[key][top : top + rect.height, left : left + rect.width]
            yield rect, np.asarray(cv2.convertScaleAbs(fine, alpha=255 / FULL), np.uint8)

    def bounds(self) -> Rect:
        """The tiles that the stroke has touched."""
        box = EMPTY
        for column, row in self._tiles:
            box = box.united(Rect(column * TILE, row * TILE, TILE, TILE))
        return box

    # inside

    def _draw(self, line: list[PenPoint]) -> None:
        for start, end in itertools.pairwise(line):
            tip = self._tip_at(start)
            if self._adds_up or (tip.radius_px >= LARGE_RADIUS_PX and tip.ratio == 1):
                self._step_along(start, end)
            else:
                self._sweep_along(start, end, tip)

    def _sweep_along(self, start: PenPoint, end: PenPoint, tip: Tip) -> None:
        length = math.hypot(end.x - start.x, end.y - start.y)
        pieces = max(1, math.ceil(length / max(CHUNK_PX, tip.radius_px)))
        for index in range(pieces):
            goal = end if index == pieces - 1 else start.towards(end, (index + 1) / pieces)
            goal_tip = self._tip_at(goal)
            here = start if index == 0 else start.towards(end, index / pieces)
            stronger = tip if tip.cap >= goal_tip.cap else tip._replace(cap=(tip.cap + goal_tip.cap) / 2)
            self._lay(dab.sweep(here.x, here.y, goal.x, goal.y, stronger, goal_tip), 1.0)
            tip = goal_tip

    def _step_along(self, start: PenPoint, end: PenPoint) -> None:
        length = math.hypot(end.x - start.x, end.y - start.y)
        at = self._to_next
        while at <= length and length > 0:
            pen = start.towards(end, at / length)
            self._touch(pen)
            at += self._spacing(self._tip_at(pen))
        self._to_next = at - length

    def _linger(self, pen: PenPoint) -> None:
        """Paint that comes out while the pen stays."""
        missed = min(int((pen.time_s - self._sprayed_s) / LINGER_S), MOST_LINGERS)
        for _ in range(missed):
            self._touch(pen)
        if missed:
            self._sprayed_s = pen.time_s

    def _touch(self, pen: PenPoint) -> None:
        tip = self._tip_at(pen)
        self._lay(self._dab(pen, tip), self._flow_of(tip))

    def _dab(self, pen: PenPoint, tip: Tip) -> Dab:
        if tip.radius_px < LARGE_RADIUS_PX or tip.ratio < 1:
            return dab.set_down(pen.x, pen.y, tip)
        x, y = round(pen.x * 2), round(pen.y * 2)
        kept = dab.kept_touch(
            x & 1, y & 1, round(tip.radius_px * 16), round(tip.hardness * 256), round(tip.cap * 256)
        )
        return Dab(kept.left + (x >> 1), kept.top + (y >> 1), kept.coverage)

    def _spacing(self, tip: Tip) -> float:
        """Pixels between touches."""
        if self._adds_up:
            return max(2 * tip.radius_px * tip.ratio * BUILD_SPACING, 0.5)
        # two circles of radius r whose centres are s apart leave a notch of about s^2 / 8r between them
        softness = (1 - tip.hardness) * tip.radius_px
        return max(math.sqrt(8 * tip.radius_px * (RIPPLE_PX + softness / 64)) * tip.ratio, 0.5)

    def _flow_of(self, tip: Tip) -> float:
        if not self._adds_up:
            return 1.0
        share = self._spacing(tip) / max(2 * tip.radius_px * FLOW_PATH, 0.5)
        return 1 - (1 - self._flow) ** min(share, 1.0) if self._flow < 1 else 1.0

    def _lay(self, touched: Dab, flow: float) -> None:
        height, width = touched.coverage.shape
        box = Rect(touched.left, touched.top, width, height)
        for key, part, inside in parts(box):
            tile = self._tiles.get(key)
            if tile is None:
                tile = self._tiles[key] = np.zeros((TILE, TILE), np.uint16)
            top, left = part.top - box.top, part.left - box.left
            cover = touched.coverage[top : top + part.height, left : left + part.width]
            self._add(tile[inside], cover, flow)
            self._dirty[key] = self._dirty.get(key, EMPTY).united(part)

    def _add(self, held: NDArray[np.uint16], cover: NDArray[np.uint16], flow: float) -> None:
        if self._law is Law.BUILD:
            rest = FULL - held.astype(np.float32)
            held += (rest * (cover.astype(np.float32) * np.float32(flow / FULL)) + np.float32(0.5)).astype(
                np.uint16
            )
        elif flow >= 1:
            np.maximum(held, cover, out=held)
        else:
            short = np.maximum(cover, held) - held
            held += (short * np.float32(flow) + np.float32(0.5)).astype(np.uint16)


def parabola(start: PenPoint, bend: PenPoint, end: PenPoint) -> list[PenPoint]:
    """`start` to `end`, drawn towards `bend`, as a chain of short straight lines."""
    # half of the sagitta tells how far a straight line would be off
    off = math.hypot(start.x - 2 * bend.x + end.x, start.y - 2 * bend.y + end.y) / 4
    pieces = min(max(1, math.ceil(math.sqrt(off / 0.15))), 32)
    line = [start]
    for index in range(1, pieces):
        share = index / pieces
        line.append(start.towards(bend, share).towards(bend.towards(end, share), share))
    return [*line, end]
