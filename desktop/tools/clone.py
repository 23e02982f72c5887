"""The clone brush: paints what is elsewhere in the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication

from desktop.raster.ink import PixelInk
from desktop.raster.rect import Rect
from desktop.raster.tiles import Tiles, keys_of, rect_of
from desktop.state.document.document import Document
from desktop.state.document.maps import is_map_layer, picture_root
from desktop.state.document.rendering import flattened
from desktop.tools.guide import Guide
from desktop.tools.marked import QT_TRANSLATE_NOOP
from desktop.tools.options import ALL_LAYERS, HARDNESS, Show, StrokeOptions, share, switch
from desktop.tools.painting import lay_stroke
from desktop.tools.pen import Moment, PenEvent
from desktop.tools.tool import Cursor, Hand, Stroke, Tool, target_of

CLONE = QT_TRANSLATE_NOOP("History", "Clone")
CROSS_PX = 6.0


@dataclass(frozen=True, kw_only=True)
class CloneOptions(StrokeOptions):
    hardness: float = share(0.6, HARDNESS)
    aligned: bool = switch(True, QT_TRANSLATE_NOOP("ToolOptions", "Aligned"), hint=QT_TRANSLATE_NOOP(
        "ToolOptions", "The next stroke goes on where this one takes from"))  # fmt: skip
    all_layers: bool = switch(True, ALL_LAYERS, Show.BAR)


def stroke(hand: Hand, options: CloneOptions) -> Stroke:
    """Alt+click says where from; then a stroke takes from there, always at the same distance."""
    press = yield
    memory = hand.memory
    if press.alt or memory.clone_source is None:
        if not press.alt:
            hand.say(QCoreApplication.translate("Painting", "First Alt+click where to clone from."))
            return
        memory.clone_source, memory.clone_shift = (press.x, press.y), None
        hand.show(cross(*memory.clone_source, CROSS_PX / hand.zoom))
        while (yield).moment is not Moment.RELEASE:
            pass
        return
    if memory.clone_shift is None or not options.aligned:
        source = memory.clone_source
        memory.clone_shift = (round(source[0] - press.x), round(source[1] - press.y))
    with hand.document.begin(CLONE):
        target = target_of(hand)
        if target is None or target.is_mask:
            hand.say(QCoreApplication.translate("Painting", "A mask cannot be cloned into."))
            return
        # of a map only what is painted on it belongs there
        all_layers = options.all_layers and not is_map_layer(hand.document.state, hand.document.active.id)
        elsewhere = Elsewhere(hand.document, target.tiles, target.offset, all_layers, memory.clone_shift)
        drawing = lay_stroke(hand, options, target, PixelInk(elsewhere.read, options.opacity), press)
        yield from following(hand, drawing, press, memory.clone_shift)


def following(hand: Hand, drawing: Stroke, press: PenEvent, shift: tuple[float, float]) -> Stroke:
    """Runs the stroke, with a cross where it takes from."""
    next(drawing)
    event = press
    while True:
        hand.show(cross(event.x + shift[0], event.y + shift[1], CROSS_PX / hand.zoom))
        event = yield
        try:
            drawing.send(event)
        except StopIteration:
            return


def cross(x: float, y: float, arm: float) -> Guide:
    return Guide(((x - arm, y), (x + arm, y), (x, y), (x, y - arm), (x, y + arm)))


class Elsewhere:
    """The picture (or the layer) at a distance, as it was before the stroke: nothing is taken twice."""

    def __init__(
        self,
        document: Document,
        tiles: Tiles,
        offset: tuple[int, int],
        all_layers: bool,
        shift: tuple[float, float],
    ) -> None:
        self._document = document
        self._layer = None if all_layers else tiles.snapshot()
        self._offset = offset
        self._shift = (int(shift[0]), int(shift[1]))
        self._before = Tiles()
        """The picture where the stroke has painted, as it was."""
        self._known: set[tuple[int, int]] = set()

    def read(self, part: Rect) -> NDArray[np.uint8]:
        """The pixels to paint at `part` (document pixels)."""
        source = part.moved(*self._shift)
        if self._layer is not None:
            return self._layer.read(source.moved(-self._offset[0], -self._offset[1]))
        self._remember(part)
        self._remember(source)
        return self._before.read(source)

    def _remember(self, rect: Rect) -> None:
        for key in set(keys_of(rect)) - self._known:
            self._known.add(key)
            self._before.write(rect_of(key), flattened(picture_root(self._document.state), rect_of(key)))


TOOL = Tool(
    id="clone",
    name=QT_TRANSLATE_NOOP("Tools", "Clone"),
    icon="stamp",
    stroke=stroke,
    options=CloneOptions,
    place=100,
    key="K",
    cursor=Cursor.TIP,
    hint=QT_TRANSLATE_NOOP("Tools", "Alt+click where to take from, then paint"),
)
