"""Turns the sheet on the desk, as one does to draw a line from the wrist; the picture stays as it is."""

from __future__ import annotations

import math

from desktop.tools.marked import QT_TRANSLATE_NOOP
from desktop.tools.options import NoOptions
from desktop.tools.pen import Moment, PenEvent
from desktop.tools.tool import Cursor, Hand, Stroke, Tool

SNAP_DEG = 15.0
"""With Shift the sheet turns in such steps."""


def stroke(hand: Hand, options: NoOptions) -> Stroke:
    press = yield
    view = hand.view
    if view is None:
        return
    began = at = view_angle(hand, press)
    turned = 0.0
    while (event := (yield)).moment is not Moment.RELEASE:
        now = view_angle(hand, event)
        at += (now - at + 180) % 360 - 180
        wanted = at - began
        if event.shift:
            wanted = round(wanted / SNAP_DEG) * SNAP_DEG
        view.rotate_by(wanted - turned)
        turned = wanted


def view_angle(hand: Hand, event: PenEvent) -> float:
    """Of the pointer around the middle of the view, degrees."""
    middle_x, middle_y = hand.view.middle if hand.view is not None else (0.0, 0.0)
    return math.degrees(math.atan2(event.view_y - middle_y, event.view_x - middle_x))


def straighten(hand: Hand) -> None:
    if hand.view is not None:
        hand.view.straighten()


TOOL = Tool(
    id="rotate_view",
    name=QT_TRANSLATE_NOOP("Tools", "Rotate the view"),
    icon="rotate-cw",
    stroke=stroke,
    place=180,
    key="R",
    cursor=Cursor.HAND,
    needs_document=False,
    double_click=straighten,
    opens_document=False,
    hint=QT_TRANSLATE_NOOP("Tools", "Shift turns in steps of 15°, a double click sets it straight"),
)
