"""The variant brush: one variant of a result shows through another where one paints."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication

from desktop.raster.ink import CoverageInk
from desktop.raster.rect import Rect
from desktop.raster.tile import Kind
from desktop.raster.tiles import Tiles
from desktop.state.document.document import Document
from desktop.state.document.layers import ResultLayer
from desktop.tools.marked import QT_TRANSLATE_NOOP
from desktop.tools.options import HARDNESS, SIZE, StrokeOptions, choice, number, share
from desktop.tools.options import LARGEST_BRUSH_PX as LARGEST
from desktop.tools.painting import lay_stroke
from desktop.tools.tool import Cursor, Hand, Stroke, Target, Tool

VARIANT = QT_TRANSLATE_NOOP("History", "Paint a variant")


class Which(enum.Enum):
    NEXT = "next"
    PREVIOUS = "previous"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class VariantOptions(StrokeOptions):
    which: Which = choice(
        Which.NEXT,
        QT_TRANSLATE_NOOP("ToolOptions", "Variant"),
        (
            QT_TRANSLATE_NOOP("ToolOptions", "Next"),
            QT_TRANSLATE_NOOP("ToolOptions", "Previous"),
            QT_TRANSLATE_NOOP("ToolOptions", "The chosen one again"),
        ),
    )
    size: float = number(80, SIZE, 1, LARGEST, 300, " px")
    hardness: float = share(0.5, HARDNESS)


def stroke(hand: Hand, options: VariantOptions) -> Stroke:
    press = yield
    layer = hand.document.active
    if not isinstance(layer, ResultLayer) or len(layer.variants) < 2:
        hand.say(
            QCoreApplication.translate(
                "Painting", "Choose a result with several variants to paint one of them."
            )
        )
        return
    if hand.document.is_locked(layer):
        hand.say(QCoreApplication.translate("Painting", "The layer is locked."))
        return
    erases = press.is_eraser or options.which is Which.NONE
    step = -1 if options.which is Which.PREVIOUS else 1
    through = (layer.chosen + step) % len(layer.variants)
    with hand.document.begin(VARIANT):
        brushed = brushed_tiles(hand.document, layer, through)
        others = [
            variant.brushed
            for index, variant in enumerate(layer.variants)
            if variant.brushed is not None and index != through
        ]
        target = Target(brushed, layer.offset, is_mask=True)
        ink = CoverageInk(adds=not erases, opacity=options.opacity)
        # where one variant shows now, no other does any more
        drawing = Together(brushed, others, ink)
        yield from lay_stroke(hand, options, target, drawing, press)


def brushed_tiles(document: Document, layer: ResultLayer, index: int) -> Tiles:
    """Where the variant shows over the chosen one; made where there is none yet. Inside `begin`."""
    present = layer.variants[index].brushed
    if present is not None:
        return present
    brushed = Tiles(Kind.COVERAGE)
    variants = list(layer.variants)
    variants[index] = replace(variants[index], brushed=brushed)
    document.change(layer, variants=tuple(variants))
    return brushed


class Together:
    """Adds to one coverage what it takes from the others."""

    def __init__(self, tiles: Tiles, others: list[Tiles], ink: CoverageInk) -> None:
        self._ink = ink
        self._others = [(other, other.snapshot()) for other in others]
        self._away = CoverageInk(adds=False)

    def lay(self, base: NDArray[np.uint8], coverage: NDArray[np.uint8], part: Rect) -> NDArray[np.uint8]:
        for other, before in self._others:
            if not before.bounds().intersected(part).is_empty:
                other.write(part, self._away.lay(before.read(part), coverage, part))
        return self._ink.lay(base, coverage, part)


TOOL = Tool(
    id="variant_brush",
    name=QT_TRANSLATE_NOOP("Tools", "Variant brush"),
    icon="layers-2",
    stroke=stroke,
    options=VariantOptions,
    place=110,
    cursor=Cursor.TIP,
    has_own_eraser=True,
    hint=QT_TRANSLATE_NOOP("Tools", "Paint one variant of a result through the chosen one"),
)
