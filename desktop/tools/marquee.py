"""The rectangle marquee, and what it shares with the ellipse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from desktop.raster import region
from desktop.raster.rect import Rect
from desktop.raster.region import Combine
from desktop.raster.tiles import Tiles
from desktop.tools.guide import Guide, Look
from desktop.tools.marked import QT_TRANSLATE_NOOP
from desktop.tools.options import SelectOptions
from desktop.tools.pen import Moment, PenEvent
from desktop.tools.selecting import combine_of, select, select_nothing
from desktop.tools.tool import Hand, Stroke, Tool

CLICK_PX = 3.0
"""A press that goes no farther on the screen was a click."""


@dataclass(frozen=True)
class Box:
    """Two corners, in document pixels; the first is where one pressed."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def pixels(self) -> Rect:
        """The whole pixels."""
        left, right = sorted((round(self.x0), round(self.x1)))
        top, bottom = sorted((round(self.y0), round(self.y1)))
        return Rect.between(left, top, right, bottom)

    def moved(self, dx: float, dy: float) -> Box:
        return Box(self.x0 + dx, self.y0 + dy, self.x1 + dx, self.y1 + dy)


MakeRegion = Callable[[Rect], Tiles]
MakeOutline = Callable[[Rect], tuple[tuple[float, float], ...]]


def stroke(hand: Hand, options: SelectOptions) -> Stroke:
    yield from drag_shape(hand, options, region.rectangle, corners)


def drag_shape(hand: Hand, options: SelectOptions, make: MakeRegion, outline: MakeOutline) -> Stroke:
    """Shift held on the way makes it even-sided, Alt starts from the middle, Space moves it. Shift and Alt at
    the press say how it meets the selection. A click selects nothing."""
    press = yield
    how = combine_of(press, options)
    box = Box(press.x, press.y, press.x, press.y)
    before, held_at_press = press, press.modifiers
    while True:
        event = yield
        if event.moment is Moment.ACCEPT:
            return
        if event.has_space:
            box = box.moved(event.x - before.x, event.y - before.y)
        else:
            box = replace(box, x1=event.x, y1=event.y)
            if not event.modifiers & held_at_press:
                held_at_press = event.modifiers & held_at_press  # let go once, they mean something else
        before = event
        shaped = constrained(box, event, held_at_press)
        if event.moment is Moment.RELEASE:
            break
        place = shaped.pixels
        hand.show(Guide(outline(place), True, Look.DASHED, text=f"{place.width} × {place.height}"))
    place = shaped.pixels
    if max(place.width, place.height) * hand.zoom < CLICK_PX or place.is_empty:
        if how is Combine.REPLACE:
            select_nothing(hand.document)
        return
    is_light = make is region.rectangle and how is Combine.REPLACE and not options.feather
    select(hand, lambda: make(place), how, options.feather, 0 if is_light else place.area)


def constrained(box: Box, event: PenEvent, held_at_press: object) -> Box:
    """With the keys that were not there at the press."""
    held = replace(event, modifiers=event.modifiers & ~held_at_press)  # type: ignore[operator]
    dx, dy = box.x1 - box.x0, box.y1 - box.y0
    if held.shift:
        side = max(abs(dx), abs(dy))
        dx, dy = side if dx >= 0 else -side, side if dy >= 0 else -side
    if held.alt:
        return Box(box.x0 - dx, box.y0 - dy, box.x0 + dx, box.y0 + dy)
    return Box(box.x0, box.y0, box.x0 + dx, box.y0 + dy)


def corners(place: Rect) -> tuple[tuple[float, float], ...]:
    return (
        (place.left, place.top), (place.right, place.top),
        (place.right, place.bottom), (place.left, place.bottom),
    )  # fmt: skip


TOOL = Tool(
    id="marquee",
    name=QT_TRANSLATE_NOOP("Tools", "Rectangle marquee"),
    icon="square-dashed",
    stroke=stroke,
    options=SelectOptions,
    place=20,
    key="M",
    hint=QT_TRANSLATE_NOOP(
        "Tools", "Shift adds, Alt subtracts, Shift+Alt intersects; Space moves it while dragging"
    ),
)
