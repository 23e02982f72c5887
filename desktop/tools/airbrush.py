"""The airbrush: paint from a can, that goes on coming while one lingers."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.raster.brush import Law
from desktop.tools.marked import QT_TRANSLATE_NOOP
from desktop.tools.options import (
    FLOW,
    HARDNESS,
    LARGEST_BRUSH_PX,
    PRESS_OPACITY,
    PRESS_SIZE,
    SIZE,
    Show,
    StrokeOptions,
    number,
    share,
    switch,
)
from desktop.tools.painting import paint
from desktop.tools.tool import Cursor, Hand, Stroke, Tool


@dataclass(frozen=True, kw_only=True)
class AirbrushOptions(StrokeOptions):
    size: float = number(120, SIZE, 1, LARGEST_BRUSH_PX, 500, " px")
    hardness: float = share(0.0, HARDNESS, Show.MORE)
    flow: float = share(0.15, FLOW)
    pressure_size: bool = switch(False, PRESS_SIZE, Show.MORE)
    pressure_opacity: bool = switch(True, PRESS_OPACITY, Show.MORE)


def stroke(hand: Hand, options: AirbrushOptions) -> Stroke:
    yield from paint(hand, options, law=Law.BUILD, flow=options.flow)


TOOL = Tool(
    id="airbrush",
    name=QT_TRANSLATE_NOOP("Tools", "Airbrush"),
    icon="spray-can",
    stroke=stroke,
    options=AirbrushOptions,
    place=80,
    key="Shift+B",
    cursor=Cursor.TIP,
    picks_colour=True,
    lingers=True,
    hint=QT_TRANSLATE_NOOP("Tools", "Hold still and more paint comes"),
)
