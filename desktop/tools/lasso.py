"""The lasso: selects what one draws around."""

from __future__ import annotations

from collections.abc import Generator

from desktop.raster.region import Combine
from desktop.tools.guide import Guide
from desktop.tools.marked import QT_TRANSLATE_NOOP
from desktop.tools.options import SelectOptions
from desktop.tools.pen import Moment, PenEvent
from desktop.tools.selecting import combine_of, select_inside, select_nothing
from desktop.tools.tool import Hand, Stroke, Tool

LEAST_POINTS = 3


def stroke(hand: Hand, options: SelectOptions) -> Stroke:
    press = yield
    how = combine_of(press, options)
    line = yield from drawn_line(hand, press)
    if len(line) < LEAST_POINTS:
        if how is Combine.REPLACE:
            select_nothing(hand.document)
        return
    select_inside(hand, line, how, options.feather)


def drawn_line(hand: Hand, press: PenEvent) -> Generator[None, PenEvent, list[tuple[float, float]]]:
    """The points until the pen is lifted, shown as they come."""
    line = [(press.x, press.y)]
    while (event := (yield)).moment is not Moment.RELEASE:
        if (event.x, event.y) != line[-1]:
            line.append((event.x, event.y))
        if not event.has_more:
            hand.show(Guide(tuple(line), is_closed=True))
    return line


TOOL = Tool(
    id="lasso",
    name=QT_TRANSLATE_NOOP("Tools", "Lasso"),
    icon="lasso",
    stroke=stroke,
    options=SelectOptions,
    place=30,
    key="L",
    hint=QT_TRANSLATE_NOOP("Tools", "Shift adds, Alt subtracts, Shift+Alt intersects"),
)
