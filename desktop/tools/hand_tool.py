"""The hand: pushes the picture about in the view."""

from __future__ import annotations

from desktop.tools.marked import QT_TRANSLATE_NOOP
from desktop.tools.options import NoOptions
from desktop.tools.pen import Moment
from desktop.tools.tool import Cursor, Hand, Stroke, Tool


def stroke(hand: Hand, options: NoOptions) -> Stroke:
    before = yield
    while (event := (yield)).moment is not Moment.RELEASE:
        if hand.view is not None:
            hand.view.pan(event.view_x - before.view_x, event.view_y - before.view_y)
        before = event


def fit(hand: Hand) -> None:
    if hand.view is not None:
        hand.view.zoom_to_fit()


TOOL = Tool(
    id="hand",
    name=QT_TRANSLATE_NOOP("Tools", "Hand"),
    icon="hand",
    stroke=stroke,
    place=160,
    key="H",
    cursor=Cursor.HAND,
    needs_document=False,
    double_click=fit,
    opens_document=False,
    hint=QT_TRANSLATE_NOOP("Tools", "Space does the same with any tool"),
)
