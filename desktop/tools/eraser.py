"""The eraser: what it covers is no more."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.tools.marked import QT_TRANSLATE_NOOP
from desktop.tools.options import FLOW, HARDNESS, SIZE, Show, StrokeOptions, number, share
from desktop.tools.options import LARGEST_BRUSH_PX as LARGEST
from desktop.tools.painting import paint
from desktop.tools.tool import Cursor, Hand, Stroke, Tool


@dataclass(frozen=True, kw_only=True)
class EraserOptions(StrokeOptions):
    size: float = number(48, SIZE, 1, LARGEST, 300, " px")
    hardness: float = share(0.9, HARDNESS)
    flow: float = share(1.0, FLOW, Show.MORE)


def stroke(hand: Hand, options: EraserOptions) -> Stroke:
    yield from paint(hand, options, erases=True, flow=options.flow)


TOOL = Tool(
    id="eraser",
    name=QT_TRANSLATE_NOOP("Tools", "Eraser"),
    icon="eraser",
    stroke=stroke,
    options=EraserOptions,
    place=70,
    key="E",
    cursor=Cursor.TIP,
    has_own_eraser=True,
    hint=QT_TRANSLATE_NOOP("Tools", "The other end of the pen erases too, with any brush"),
)
