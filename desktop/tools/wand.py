"""The magic wand: selects what has the colour one clicks on."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.raster.fill import Read, alike
from desktop.tools.marked import QT_TRANSLATE_NOOP
from desktop.tools.options import ALL_LAYERS, CONTIGUOUS, TOLERANCE, SelectOptions, number, switch
from desktop.tools.pen import Moment
from desktop.tools.selecting import SELECT, combine_of, select
from desktop.tools.tool import Hand, Stroke, Tool


@dataclass(frozen=True, kw_only=True)
class WandOptions(SelectOptions):
    tolerance: float = number(24, TOLERANCE, 0, 255, 128)
    contiguous: bool = switch(True, CONTIGUOUS)
    all_layers: bool = switch(True, ALL_LAYERS)


def stroke(hand: Hand, options: WandOptions) -> Stroke:
    press = yield
    read = seen(hand, options.all_layers)
    x, y = int(press.x // 1), int(press.y // 1)
    new = alike(read, hand.document.canvas, x, y, int(options.tolerance), options.contiguous)
    with hand.document.begin(SELECT):
        select(hand, new, combine_of(press, options), options.feather)
        while (yield).moment is not Moment.RELEASE:
            pass


def seen(hand: Hand, all_layers: bool) -> Read:
    """Reads the picture as one sees it, or the active layer alone (document pixels)."""
    layer = hand.document.active
    tiles = layer.pixels
    if all_layers or tiles is None or tiles.kind.value[2:] != (4,):
        return hand.document.composite.flattened
    return lambda place: tiles.read(place.moved(-layer.offset[0], -layer.offset[1]))


TOOL = Tool(
    id="wand",
    name=QT_TRANSLATE_NOOP("Tools", "Magic wand"),
    icon="wand-sparkles",
    stroke=stroke,
    options=WandOptions,
    place=40,
    key="W",
    hint=QT_TRANSLATE_NOOP("Tools", "Selects what has the colour that one clicks on"),
)
