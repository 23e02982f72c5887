"""The way of every stroke with a tip: walk, cover, lay over what was there."""

from __future__ import annotations

from PySide6.QtGui import QColor

from desktop.raster.brush import Law, StrokeCoverage, TipAt
from desktop.raster.dynamics import Dynamics, PenPoint
from desktop.raster.ink import ColourInk, CoverageInk, Ink, Layover, Mode
from desktop.raster.stabiliser import Stabiliser
from desktop.tools.marked import QT_TRANSLATE_NOOP
from desktop.tools.options import StrokeOptions
from desktop.tools.pen import Moment, PenEvent
from desktop.tools.tool import Hand, Stroke, Target, target_of

DECIDED_PX = 6.0
"""So far (on the screen) the pen goes before Shift knows whether the line is level or upright."""

PAINT = QT_TRANSLATE_NOOP("History", "Brush stroke")
ERASE = QT_TRANSLATE_NOOP("History", "Erase")
MASK = QT_TRANSLATE_NOOP("History", "Paint the mask")
UNMASK = QT_TRANSLATE_NOOP("History", "Erase the mask")


def paint(
    hand: Hand,
    options: StrokeOptions,
    erases: bool = False,
    law: Law = Law.WASH,
    flow: float = 1.0,
) -> Stroke:
    """A stroke of colour, or of nothing; on the mask while that is painted. The pen's other end erases."""
    press = yield
    erases = erases or press.is_eraser
    title = (UNMASK if erases else MASK) if hand.paints_mask else (ERASE if erases else PAINT)
    with hand.document.begin(title):
        target = target_of(hand, erases)
        if target is not None:
            ink = ink_for(hand, target, options.opacity, erases)
            yield from lay_stroke(hand, options, target, ink, press, law, flow)


def ink_for(hand: Hand, target: Target, opacity: float, erases: bool, color: QColor | None = None) -> Ink:
    """What `target` takes: mask or colour; where its alpha is locked, an eraser paints the background."""
    if target.is_mask:
        return CoverageInk(adds=not erases, opacity=opacity)
    if target.is_alpha_locked:
        return ColourInk(hand.background if erases else color or hand.foreground, opacity, Mode.ATOP)
    if erases:
        return ColourInk(QColor("black"), opacity, Mode.ERASE)
    return ColourInk(color or hand.foreground, opacity)


def lay_stroke(
    hand: Hand,
    options: StrokeOptions,
    target: Target,
    ink: Ink,
    press: PenEvent,
    law: Law = Law.WASH,
    flow: float = 1.0,
) -> Stroke:
    """From `press` until the pen is lifted. Inside `begin`."""
    layover = Layover(target.tiles, ink, hand.document.selection, target.offset)
    coverage = StrokeCoverage(tip_of(hand, options), law, flow)
    steady = Stabiliser(options.stabiliser / hand.zoom)
    begin_at(coverage, hand.memory.last_point if press.shift else None, steady.follow(press.point))
    layover.lay(coverage.take_dirty())
    straight = Straight(press, DECIDED_PX / hand.zoom)
    pressure = press.pressure
    while (event := (yield)).moment is not Moment.RELEASE:
        pressure = event.pressure
        coverage.move(steady.follow(straight.held(event)))
        if not event.has_more:
            layover.lay(coverage.take_dirty())
    # where the pen is lifted it presses no more: the stroke ends as it was held before
    coverage.move(steady.follow(straight.held(event)._replace(pressure=pressure)))
    end = steady.catch_up()
    if end is not None:
        coverage.move(end)
    coverage.end()
    layover.lay(coverage.take_dirty())
    hand.memory.last_point = coverage.last


def begin_at(coverage: StrokeCoverage, before: PenPoint | None, point: PenPoint) -> None:
    """With a touch, or (Shift+click) a straight line from where the last stroke ended."""
    if before is None:
        coverage.begin(point)
    else:
        coverage.line(before._replace(pressure=point.pressure, time_s=point.time_s), point)


def tip_of(hand: Hand, options: StrokeOptions) -> TipAt:
    """The tip for how the pen is held."""
    dynamics = Dynamics(
        options.pressure_size, options.pressure_opacity, options.pressure_hardness, options.tilt, hand.curve
    )
    size, hardness = options.size, options.hardness
    return lambda pen: dynamics.tip(size, hardness, pen)


class Straight:
    """With Shift held a line goes level or upright from where it began, whichever it set out to do."""

    def __init__(self, press: PenEvent, decided_px: float) -> None:
        self._press = press
        self._decided_px = decided_px
        self._is_level: bool | None = None

    def held(self, event: PenEvent) -> PenPoint:
        """The event's point, on the line if Shift holds it there."""
        point = event.point
        dx, dy = abs(event.x - self._press.x), abs(event.y - self._press.y)
        if not event.shift:
            self._is_level = None
            return point
        if self._is_level is None and max(dx, dy) < self._decided_px:
            return point._replace(x=self._press.x, y=self._press.y)
        if self._is_level is None:
            self._is_level = dx >= dy
        return point._replace(y=self._press.y) if self._is_level else point._replace(x=self._press.x)
