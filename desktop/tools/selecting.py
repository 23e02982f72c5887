"""How a new selection meets the one there is, and what the menu does to selections and masks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtGui import QColor

from desktop.raster import region
from desktop.raster.ink import Ink, Layover
from desktop.raster.rect import Rect
from desktop.raster.region import Combine
from desktop.raster.tiles import Tiles, keys_of, rect_of
from desktop.raster.transform import Affine, transformed
from desktop.state.document.document import Document
from desktop.state.document.waits import waits
from desktop.tools.floating import replace_all
from desktop.tools.marked import QT_TRANSLATE_NOOP
from desktop.tools.options import SelectOptions
from desktop.tools.painting import ink_for
from desktop.tools.pen import PenEvent
from desktop.tools.tool import Hand, Target, target_of, target_to_be

SELECT = QT_TRANSLATE_NOOP("History", "Select")
DESELECT = QT_TRANSLATE_NOOP("History", "Select nothing")
INVERT = QT_TRANSLATE_NOOP("History", "Invert the selection")
CHANGE = QT_TRANSLATE_NOOP("History", "Change the selection")
TO_MASK = QT_TRANSLATE_NOOP("History", "Selection to mask")
FROM_MASK = QT_TRANSLATE_NOOP("History", "Mask to selection")
FILL = QT_TRANSLATE_NOOP("History", "Fill")
MASK_FROM_LAYER = QT_TRANSLATE_NOOP("History", "Mask from the layer")
CLEAR = QT_TRANSLATE_NOOP("History", "Clear")


def combine_of(event: PenEvent, options: SelectOptions) -> Combine:
    """Shift adds, Alt subtracts, both intersect; without, what the bar says."""
    if event.shift and event.alt:
        return Combine.INTERSECT
    if event.shift:
        return Combine.ADD
    if event.alt:
        return Combine.SUBTRACT
    return options.combine


def select(
    hand: Hand, find: Callable[[], Tiles], how: Combine, feather_px: float = 0, pixels: int | None = None
) -> None:
    """Take what `find` gives into the selection of the document: one entry of the history. It may take a
    while, and read what the document holds now; `pixels` as `Document.compute` has it."""
    document = hand.document
    document.finish()
    before, canvas = document.selection, document.canvas

    def work() -> Tiles | None:
        soft = region.feathered(region.clipped(find(), canvas), feather_px, canvas)
        return _something(region.combined(before, soft, how))

    document.compute(SELECT, work, lambda found: _put_selection(document, found), pixels)


def select_inside(
    hand: Hand, line: Sequence[tuple[float, float]], how: Combine, feather_px: float = 0
) -> None:
    """Take what a closed line encloses (document pixels) into the selection."""
    pixels = region.box_around(line).intersected(hand.document.canvas).area
    select(hand, lambda: region.polygon(line), how, feather_px, pixels)


def _something(selection: Tiles | None) -> Tiles | None:
    """A selection of nothing is none."""
    return None if region.is_nothing(selection) else selection


def _put_selection(document: Document, selection: Tiles | None) -> None:
    if selection is not None or document.selection is not None:
        document.set_selection(selection)


def _change_selection(document: Document, title: object, change: Callable[[Tiles, Rect], Tiles]) -> None:
    """The selection there is, changed; where there is none nothing happens."""
    before, canvas = document.selection, document.canvas
    if before is None:
        return
    document.compute(
        title,
        lambda: _something(change(before, canvas)),
        lambda found: _put_selection(document, found),
        canvas.area,
    )


def set_selection(document: Document, selection: Tiles | None, title: str) -> None:
    """A selection of nothing is none."""
    wanted = _something(selection)
    if wanted is None and document.selection is None:
        return
    with document.begin(title):
        document.set_selection(wanted)


@waits
def select_all(document: Document) -> None:
    set_selection(document, region.everything(document.canvas), SELECT)


@waits
def select_nothing(document: Document) -> None:
    set_selection(document, None, DESELECT)


@waits
def invert(document: Document) -> None:
    """With nothing selected, all of it."""
    before, canvas = document.selection, document.canvas
    document.compute(
        INVERT,
        lambda: _something(region.inverted(before, canvas)),
        lambda found: _put_selection(document, found),
        canvas.area,
    )


@waits
def grow(document: Document, by_px: float) -> None:
    """Shrinks where negative."""
    _change_selection(document, CHANGE, lambda selection, canvas: region.grown(selection, by_px, canvas))


@waits
def feather(document: Document, radius_px: float) -> None:
    _change_selection(
        document, CHANGE, lambda selection, canvas: region.feathered(selection, radius_px, canvas)
    )


@waits
def selection_to_mask(document: Document) -> None:
    """The selection becomes the edit mask; its pixels are shared until one of them is painted."""
    if document.selection is not None:
        with document.begin(TO_MASK):
            document.set_mask(document.selection.snapshot())


@waits
def mask_to_selection(document: Document) -> None:
    set_selection(document, document.mask.snapshot(), FROM_MASK)


def fill(hand: Hand, color: QColor) -> None:
    """The selection, or the whole canvas, in one colour (a mask: wholly painted)."""
    _cover(hand, FILL, color, erases=False)


def clear(hand: Hand) -> None:
    """Nothing where the selection is, or everywhere."""
    _cover(hand, CLEAR, QColor("black"), erases=True)


def _cover(hand: Hand, title: str, color: QColor, erases: bool) -> None:
    document = hand.document
    document.finish()
    target = target_to_be(hand, erases)
    if target is None:
        return
    if document.selection is None and not target.is_alpha_locked and color.alpha() == 255:
        with document.begin(title):
            if (layer := target_of(hand, erases)) is not None:
                there = document.canvas.moved(-layer.offset[0], -layer.offset[1])
                fill_plain(layer.tiles, there, color, erases)
        return
    where = document.selection or region.everything(document.canvas)
    ink = ink_for(hand, target, 1.0, erases, color)

    def paint(tiles: Tiles) -> None:
        lay_region(tiles, ink, where, None, target.offset)

    paint_later(hand, title, target, paint, where.bounds(), erases)


def paint_later(
    hand: Hand,
    title: object,
    target: Target,
    paint: Callable[[Tiles], object],
    reach: Rect,
    erases: bool = False,
) -> None:
    """What `paint` makes of a copy of `target` (see `target_to_be`) is what is on the layer then. It goes
    through `reach`, which may take a while, and reads what the document holds now."""
    document, painted = hand.document, target.tiles.snapshot()

    def work() -> Tiles:
        paint(painted)
        return painted

    def take(painted: Tiles) -> None:
        if (layer := target_of(hand, erases)) is not None:
            replace_all(layer.tiles, painted)

    document.compute(title, work, take, reach.area)


def fill_plain(tiles: Tiles, place: Rect, color: QColor, erases: bool) -> None:
    """Whole tiles in one value share their memory."""
    if tiles.kind.value[2:] == (4,):
        tiles.fill(place, (0, 0, 0, 0) if erases else (color.blue(), color.green(), color.red(), 255))
    else:
        tiles.fill(place, 0 if erases else 255)


def lay_region(tiles: Tiles, ink: Ink, where: Tiles, clip: Tiles | None, offset: tuple[int, int]) -> None:
    """`ink` wherever `where` (document pixels) covers, as far as `clip` lets it."""
    layover = Layover(tiles, ink, clip, offset)
    layover.lay((rect_of(key), where.read(rect_of(key))) for key in sorted(where.keys()))


def keys_over(document: Document, where: Tiles | None) -> list[tuple[int, int]]:
    """The tiles of the canvas, or of what is selected."""
    return sorted(where.keys()) if where is not None else keys_of(document.canvas)


@waits
def mask_from_layer(document: Document, measure: Callable[[Tiles], Tiles]) -> None:
    """The mask by what `measure` makes of the active layer's pixels."""
    layer, canvas = document.active, document.canvas
    pixels = layer.pixels
    if pixels is None or pixels.kind.value[2:] != (4,):
        return

    def work() -> Tiles:
        return region.clipped(transformed(measure(pixels), Affine(0, 0, *layer.offset)), canvas)

    document.compute(MASK_FROM_LAYER, work, document.set_mask, canvas.area)
