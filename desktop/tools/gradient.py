"""The gradient: from the foreground colour to the background colour, or to nothing."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from desktop.raster.gradient import Shape, gradient, share_of
from desktop.raster.ink import Mode, PixelInk, composed
from desktop.raster.rect import Rect
from desktop.raster.tiles import Tiles, rect_of
from desktop.tools.guide import Guide
from desktop.tools.marked import QT_TRANSLATE_NOOP
from desktop.tools.options import OPACITY, choice, share
from desktop.tools.pen import Moment, PenEvent
from desktop.tools.polygon import snapped
from desktop.tools.selecting import keys_over, paint_later
from desktop.tools.tool import Hand, Stroke, Target, Tool, target_to_be

GRADIENT = QT_TRANSLATE_NOOP("History", "Gradient")
SHORTEST_PX = 2.0


class Ends(enum.Enum):
    BACKGROUND = "background"
    NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class GradientOptions:
    shape: Shape = choice(
        Shape.LINEAR, QT_TRANSLATE_NOOP("ToolOptions", "Shape"),
        (QT_TRANSLATE_NOOP("ToolOptions", "Linear"), QT_TRANSLATE_NOOP("ToolOptions", "Radial")),
    )  # fmt: skip
    ends: Ends = choice(
        Ends.BACKGROUND, QT_TRANSLATE_NOOP("ToolOptions", "To"),
        (QT_TRANSLATE_NOOP("ToolOptions", "Background colour"), QT_TRANSLATE_NOOP("ToolOptions", "Nothing")),
    )  # fmt: skip
    opacity: float = share(1.0, OPACITY)


def stroke(hand: Hand, options: GradientOptions) -> Stroke:
    """A drag from where the first colour is to where the second is; Shift goes in steps of 45°."""
    press = yield
    end = (press.x, press.y)
    start = end
    while True:
        event: PenEvent = yield
        end = snapped(event, start)
        if event.moment is Moment.RELEASE:
            break
        hand.show(Guide((start, end), handles=(start, end)))
    if math.hypot(end[0] - start[0], end[1] - start[1]) * hand.zoom < SHORTEST_PX:
        return
    hand.document.finish()
    target = target_to_be(hand)
    if target is None:
        return

    def paint(tiles: Tiles) -> None:
        pour(hand, options, replace(target, tiles=tiles), start, end)

    selection = hand.document.selection
    reach = hand.document.canvas if selection is None else selection.bounds()
    paint_later(hand, GRADIENT, target, paint, reach)


def pour(
    hand: Hand, options: GradientOptions, target: Target, start: tuple[float, float], end: tuple[float, float]
) -> None:
    """Over the selection, or the whole canvas; tile by tile."""
    document = hand.document
    last = QColor(hand.foreground) if options.ends is Ends.NOTHING else hand.background
    if options.ends is Ends.NOTHING:
        last.setAlpha(0)

    def pixels(part: Rect) -> NDArray[np.uint8]:
        return gradient(part, start, end, hand.foreground, last, options.shape)

    for key in keys_over(document, document.selection):
        part = rect_of(key).intersected(document.canvas)
        if part.is_empty:  # the selection was moved off the canvas
            continue
        cover = np.full((part.height, part.width), 255, np.uint8)
        if document.selection is not None:
            cover = document.selection.read(part)
        place = part.moved(-target.offset[0], -target.offset[1])
        base = target.tiles.read(place)
        if target.is_mask:
            target.tiles.write(place, mask_gradient(base, cover, part, start, end, options))
        elif target.is_alpha_locked:
            ink = pixels(part).astype(np.uint16) * cover[..., None] // 255
            opaque = (ink * options.opacity).astype(np.uint8)
            target.tiles.write(place, composed(base, opaque, Mode.ATOP.value))
        else:
            target.tiles.write(place, PixelInk(pixels, options.opacity).lay(base, cover, part))


def mask_gradient(
    base: NDArray[np.uint8],
    cover: NDArray[np.uint8],
    part: Rect,
    start: tuple[float, float],
    end: tuple[float, float],
    options: GradientOptions,
) -> NDArray[np.uint8]:
    """On a mask: wholly painted at the start, to nothing at the end, in place of what was there."""
    value = 255 * (1 - share_of(part, start, end, options.shape))
    weight = cover.astype(np.float32) * (options.opacity / 255)
    return np.round(base + (value - base) * weight).astype(np.uint8)


TOOL = Tool(
    id="gradient",
    name=QT_TRANSLATE_NOOP("Tools", "Gradient"),
    icon="contrast",
    stroke=stroke,
    options=GradientOptions,
    place=130,
    key="Shift+G",
    picks_colour=True,
    hint=QT_TRANSLATE_NOOP("Tools", "Drag from one colour to the other; Shift goes in steps of 45°"),
)
