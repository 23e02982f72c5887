"""The brush: an even stroke, its opacity never more than set, its flow as it is drawn."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.tools.marked import QT_TRANSLATE_NOOP
from desktop.tools.options import FLOW, Show, StrokeOptions, share
from desktop.tools.painting import paint
from desktop.tools.tool import Cursor, Hand, Stroke, Tool


@dataclass(frozen=True, kw_only=True)
class BrushOptions(StrokeOptions):
    flow: float = share(1.0, FLOW, Show.MORE)


def stroke(hand: Hand, options: BrushOptions) -> Stroke:
    yield from paint(hand, options, flow=options.flow)


TOOL = Tool(
    id="brush",
    name=QT_TRANSLATE_NOOP("Tools", "Brush"),
    icon="brush",
    stroke=stroke,
    options=BrushOptions,
    place=60,
    key="B",
    cursor=Cursor.TIP,
    picks_colour=True,
    hint=QT_TRANSLATE_NOOP("Tools", "Shift+click draws a straight line, Alt+click picks a colour"),
)
