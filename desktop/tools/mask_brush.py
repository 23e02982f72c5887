"""The mask brush: says what may change (or stay) when generating. Soft, and never part of the picture."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

from desktop.tools.marked import QT_TRANSLATE_NOOP
from desktop.tools.options import (
    HARDNESS,
    LARGEST_BRUSH_PX,
    OPACITY,
    PRESS_SIZE,
    SIZE,
    Show,
    StrokeOptions,
    choice,
    number,
    share,
    switch,
)
from desktop.tools.painting import paint
from desktop.tools.tool import Cursor, Hand, Stroke, Tool


class Does(enum.Enum):
    PAINTS = "paints"
    ERASES = "erases"


@dataclass(frozen=True, kw_only=True)
class MaskBrushOptions(StrokeOptions):
    does: Does = choice(
        Does.PAINTS,
        QT_TRANSLATE_NOOP("ToolOptions", "Mask"),
        (QT_TRANSLATE_NOOP("ToolOptions", "Paint"), QT_TRANSLATE_NOOP("ToolOptions", "Erase")),
    )
    size: float = number(64, SIZE, 1, LARGEST_BRUSH_PX, 300, " px")
    hardness: float = share(0.6, HARDNESS)
    opacity: float = share(1.0, OPACITY, Show.MORE)
    pressure_size: bool = switch(False, PRESS_SIZE, Show.MORE)


def stroke(hand: Hand, options: MaskBrushOptions) -> Stroke:
    yield from paint(replace(hand, paints_mask=True), options, erases=options.does is Does.ERASES)


def swapped(options: MaskBrushOptions) -> MaskBrushOptions:
    return replace(options, does=Does.PAINTS if options.does is Does.ERASES else Does.ERASES)


TOOL = Tool(
    id="mask_brush",
    name=QT_TRANSLATE_NOOP("Tools", "Mask brush"),
    icon="blend",
    stroke=stroke,
    options=MaskBrushOptions,
    place=90,
    key="N",
    cursor=Cursor.TIP,
    has_own_eraser=True,
    swapped=swapped,
    hint=QT_TRANSLATE_NOOP(
        "Tools", "Paint where the picture may change; X changes between painting and erasing"
    ),
)
