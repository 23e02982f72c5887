"""The magic wand: selects what has the colour one clicks on."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.raster.fill import Read, alike
from desktop.state.document import tree
from desktop.state.document.maps import picture_root
from desktop.state.document.rendering import flattened
from desktop.state.document_file.captured import captured
from desktop.tools.marked import QT_TRANSLATE_NOOP
from desktop.tools.options import ALL_LAYERS, CONTIGUOUS, TOLERANCE, SelectOptions, number, switch
from desktop.tools.pen import Moment
from desktop.tools.selecting import combine_of, select
from desktop.tools.tool import Hand, Stroke, Tool


@dataclass(frozen=True, kw_only=True)
class WandOptions(SelectOptions):
    tolerance: float = number(24, TOLERANCE, 0, 255, 128)
    contiguous: bool = switch(True, CONTIGUOUS)
    all_layers: bool = switch(True, ALL_LAYERS)


def stroke(hand: Hand, options: WandOptions) -> Stroke:
    press = yield
    while (yield).moment is not Moment.RELEASE:
        pass
    hand.document.finish()
    read, canvas = seen(hand, options.all_layers), hand.document.canvas
    x, y = int(press.x // 1), int(press.y // 1)
    tolerance, contiguous = int(options.tolerance), options.contiguous
    select(
        hand,
        lambda: alike(read, canvas, x, y, tolerance, contiguous),
        combine_of(press, options),
        options.feather,
        canvas.area,
    )


def seen(hand: Hand, all_layers: bool) -> Read:
    """Reads the picture, or the active layer alone (document pixels); in any thread, as long as nobody
    changes the document. What shows where things go, maps and places, is no part of the picture."""
    layer, root = hand.document.active, picture_root(hand.document.state)
    tiles = layer.pixels
    if all_layers or tiles is None or tiles.kind.value[2:] != (4,):
        return lambda place: flattened(root, place)
    return lambda place: tiles.read(place.moved(-layer.offset[0], -layer.offset[1]))


def still(hand: Hand, all_layers: bool) -> Read:
    """As `seen`, of what is there now, whatever is done to the document afterwards. No pixel is copied."""
    shot = captured(hand.document.state)
    if not all_layers:
        layer = tree.find(shot.root, shot.active_id) or shot.root
        tiles, (left, top) = layer.pixels, layer.offset
        if tiles is not None and tiles.kind.value[2:] == (4,):
            return lambda place: tiles.read(place.moved(-left, -top))
    root = picture_root(shot)
    return lambda place: flattened(root, place)


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
