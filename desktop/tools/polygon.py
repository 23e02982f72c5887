"""The polygon lasso: corner by corner."""

from __future__ import annotations

import math

from desktop.tools.guide import Guide
from desktop.tools.marked import QT_TRANSLATE_NOOP
from desktop.tools.options import SelectOptions
from desktop.tools.pen import Moment, PenEvent
from desktop.tools.selecting import combine_of, select_inside
from desktop.tools.tool import Hand, Stroke, Tool

CLOSE_PX = 8.0
"""A click so near to the first corner closes the line."""
SNAP_DEG = 45.0


def stroke(hand: Hand, options: SelectOptions) -> Stroke:
    """Each click is a corner; Enter, a double click or a click on the first one closes; Backspace takes the
    last corner back."""
    press = yield
    how = combine_of(press, options)
    corners = [(press.x, press.y)]
    while True:
        event = yield
        x, y = snapped(event, corners[-1])
        match event.moment:
            case Moment.ACCEPT:
                break
            case Moment.STEP_BACK:
                corners.pop()
                if not corners:
                    return
            case Moment.PRESS:
                if is_close(event, corners, CLOSE_PX / hand.zoom):
                    break
                corners.append((x, y))
            case _:
                pass
        hand.show(Guide((*corners, (x, y)), is_closed=False, handles=(corners[0],)))
    if len(corners) >= 3:
        select_inside(hand, corners, how, options.feather)


def is_close(event: PenEvent, corners: list[tuple[float, float]], near: float) -> bool:
    first = corners[0]
    return len(corners) > 2 and math.hypot(event.x - first[0], event.y - first[1]) <= near


def snapped(event: PenEvent, last: tuple[float, float]) -> tuple[float, float]:
    """With Shift, level, upright or half-way between from the last corner."""
    if not event.shift:
        return event.x, event.y
    dx, dy = event.x - last[0], event.y - last[1]
    angle = round(math.degrees(math.atan2(dy, dx)) / SNAP_DEG) * SNAP_DEG
    along = (math.cos(math.radians(angle)), math.sin(math.radians(angle)))
    length = dx * along[0] + dy * along[1]
    return last[0] + along[0] * length, last[1] + along[1] * length


TOOL = Tool(
    id="polygon",
    name=QT_TRANSLATE_NOOP("Tools", "Polygon lasso"),
    icon="pentagon",
    stroke=stroke,
    options=SelectOptions,
    place=35,
    key="Shift+L",
    takes_several=True,
    hint=QT_TRANSLATE_NOOP("Tools", "Click the corners; Enter closes, Backspace takes the last one back"),
)
