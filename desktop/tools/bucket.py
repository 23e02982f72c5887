"""The bucket: fills what has the colour one clicks on."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.raster.fill import alike
from desktop.raster.tiles import Tiles
from desktop.state.document.maps import is_map_layer
from desktop.tools.marked import QT_TRANSLATE_NOOP
from desktop.tools.options import ALL_LAYERS, CONTIGUOUS, OPACITY, TOLERANCE, number, share, switch
from desktop.tools.painting import ink_for
from desktop.tools.pen import Moment
from desktop.tools.selecting import FILL, lay_region, paint_later
from desktop.tools.tool import Hand, Stroke, Tool, target_to_be
from desktop.tools.wand import seen


@dataclass(frozen=True, kw_only=True)
class BucketOptions:
    tolerance: float = number(24, TOLERANCE, 0, 255, 128)
    opacity: float = share(1.0, OPACITY)
    contiguous: bool = switch(True, CONTIGUOUS)
    all_layers: bool = switch(True, ALL_LAYERS)


def stroke(hand: Hand, options: BucketOptions) -> Stroke:
    press = yield
    while (yield).moment is not Moment.RELEASE:
        pass
    document = hand.document
    document.finish()
    target = target_to_be(hand)
    if target is None:
        return
    # a map is filled along what is painted on it, a place along what is in the picture
    is_map = is_map_layer(document.state, document.active.id)
    read = seen(hand, options.all_layers and not is_map)
    canvas, selection = document.canvas, document.selection
    ink = ink_for(hand, target, options.opacity, press.is_eraser)
    x, y = int(press.x // 1), int(press.y // 1)

    def paint(tiles: Tiles) -> None:
        where = alike(read, canvas, x, y, int(options.tolerance), options.contiguous)
        lay_region(tiles, ink, where, selection, target.offset)

    paint_later(hand, FILL, target, paint, canvas)


TOOL = Tool(
    id="bucket",
    name=QT_TRANSLATE_NOOP("Tools", "Fill"),
    icon="paint-bucket",
    stroke=stroke,
    options=BucketOptions,
    place=120,
    key="G",
    picks_colour=True,
    hint=QT_TRANSLATE_NOOP("Tools", "Fills what has the colour that one clicks on"),
)
