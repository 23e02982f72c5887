"""The magnifying glass: a click comes nearer, with Alt farther; a drag sideways does either, smoothly."""

from __future__ import annotations

from desktop.tools.marked import QT_TRANSLATE_NOOP
from desktop.tools.options import NoOptions
from desktop.tools.pen import Moment
from desktop.tools.tool import Hand, Stroke, Tool

STEP = 2.0
DRAG_PX = 4.0
DOUBLING_PX = 100.0
"""A drag so far to the right doubles the zoom."""


def stroke(hand: Hand, options: NoOptions) -> Stroke:
    press = yield
    before, is_dragged = press, False
    while (event := (yield)).moment is not Moment.RELEASE:
        is_dragged = is_dragged or abs(event.view_x - press.view_x) >= DRAG_PX
        if is_dragged and hand.view is not None:
            factor = 2 ** ((event.view_x - before.view_x) / DOUBLING_PX)
            hand.view.zoom_by_at(factor, press.view_x, press.view_y)
            before = event
    if not is_dragged and hand.view is not None:
        hand.view.zoom_by_at(1 / STEP if press.alt else STEP, press.view_x, press.view_y)


TOOL = Tool(
    id="zoom",
    name=QT_TRANSLATE_NOOP("Tools", "Zoom"),
    icon="zoom-in",
    stroke=stroke,
    place=170,
    key="Z",
    needs_document=False,
    opens_document=False,
    hint=QT_TRANSLATE_NOOP("Tools", "Alt+click goes farther away, a drag sideways does it smoothly"),
)
