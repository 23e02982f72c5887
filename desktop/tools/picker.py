"""The colour picker: what one sees becomes the colour one paints with."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from desktop.raster.rect import Rect
from desktop.tools.marked import QT_TRANSLATE_NOOP
from desktop.tools.options import ALL_LAYERS, choice, switch
from desktop.tools.pen import Moment, PenEvent
from desktop.tools.tool import Cursor, Hand, Stroke, Tool


class Area(enum.IntEnum):
    """Pixels a side that are averaged."""

    POINT = 1
    THREE = 3
    FIVE = 5
    ELEVEN = 11


@dataclass(frozen=True, kw_only=True)
class PickerOptions:
    area: Area = choice(
        Area.POINT, QT_TRANSLATE_NOOP("ToolOptions", "Area"),
        (QT_TRANSLATE_NOOP("ToolOptions", "1 pixel"), "3 × 3",
         "5 × 5", "11 × 11"),
    )  # fmt: skip
    all_layers: bool = switch(True, ALL_LAYERS)


def stroke(hand: Hand, options: PickerOptions) -> Stroke:
    """The colour follows the pen until it is lifted; with Ctrl it is the background's."""
    event = yield
    while event.moment is not Moment.RELEASE:
        take(hand, options, event)
        event = yield


def take(hand: Hand, options: PickerOptions, event: PenEvent) -> None:
    pixels = around(hand, options, event)
    opaque = pixels[pixels[..., 3] > 0].astype(np.float64)
    if not len(opaque):
        return  # nothing there has no colour
    blue, green, red, alpha = opaque.sum(axis=0)
    # premultiplied sums over the summed alpha: transparent pixels weigh as little as one sees of them
    straight = [min(round(255 * value / alpha), 255) for value in (red, green, blue)]
    hand.picked(QColor(*straight), event.control)


def around(hand: Hand, options: PickerOptions, event: PenEvent) -> NDArray[np.uint8]:
    """N x 4 pixels (BGRA premultiplied) under the pen, at most as far as the canvas goes."""
    half = int(options.area) // 2
    x, y = int(np.floor(event.x)), int(np.floor(event.y))
    place = Rect(x - half, y - half, 2 * half + 1, 2 * half + 1).intersected(hand.document.canvas)
    if place.is_empty:
        return np.zeros((0, 4), np.uint8)
    layer = hand.document.active
    tiles = layer.pixels
    if options.all_layers or tiles is None or tiles.kind.value[2:] != (4,):
        return hand.document.composite.flattened(place).reshape(-1, 4)
    return tiles.read(place.moved(-layer.offset[0], -layer.offset[1])).reshape(-1, 4)


TOOL = Tool(
    id="picker",
    name=QT_TRANSLATE_NOOP("Tools", "Colour picker"),
    icon="pipette",
    stroke=stroke,
    options=PickerOptions,
    place=140,
    key="I",
    cursor=Cursor.PICKER,
    hint=QT_TRANSLATE_NOOP("Tools", "Ctrl+click takes the background colour"),
)
