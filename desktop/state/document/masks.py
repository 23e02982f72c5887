"""The active edit mask and the shelf of named ones: kept with the document, carried to any other picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QT_TRANSLATE_NOOP

from desktop.raster import opencv as cv2
from desktop.raster import region
from desktop.raster.blend import Blend
from desktop.raster.rect import Rect
from desktop.raster.region import Combine
from desktop.raster.tile import Kind
from desktop.raster.tiles import Tiles, rect_of
from desktop.state.document.document import Document
from desktop.state.document.document_state import MaskMode, ShelfMask
from desktop.state.document.layers import Layer, MaskLayer, ResultLayer
from desktop.state.document.merging import composed
from desktop.state.document.names import new_mask_name
from desktop.state.document.waits import waits
from engine.api.images import Extent


@waits
def set_mode(document: Document, mode: MaskMode) -> None:
    """Whether what is painted changes or stays."""
    if mode is not document.mask_mode:
        with document.begin(QT_TRANSLATE_NOOP("History", "Change or keep what is painted")):
            document.set_mask(document.mask, mode)


@waits
def clear(document: Document) -> None:
    """Nothing is painted in the mask any more."""
    if document.mask.keys():
        _replace(document, QT_TRANSLATE_NOOP("History", "Empty the mask"), lambda: Tiles(Kind.COVERAGE), 0)


@waits
def invert(document: Document) -> None:
    """Within the canvas."""
    before, canvas = document.mask, document.canvas
    _replace(
        document, QT_TRANSLATE_NOOP("History", "Invert the mask"), lambda: region.inverted(before, canvas)
    )


@waits
def from_alpha(document: Document, layer: Layer) -> None:
    """What the layer shows at all, by how opaque it is."""
    title = QT_TRANSLATE_NOOP("History", "Mask from layer")
    _replace(document, title, lambda: region.from_alpha(_shown(layer)))


@waits
def from_luminance(document: Document, layer: Layer) -> None:
    """By how light the layer is."""
    title = QT_TRANSLATE_NOOP("History", "Mask from light")
    _replace(document, title, lambda: region.from_luminance(_shown(layer)))


@waits
def from_layer(document: Document, layer: MaskLayer) -> None:
    """What a mask layer covers."""
    title = QT_TRANSLATE_NOOP("History", "Mask from layer")
    _replace(document, title, lambda: shifted(layer.coverage, layer.offset))


@waits
def from_result(document: Document, layer: ResultLayer) -> None:
    """The mask that the result was made with."""
    mask = layer.mask
    if mask is not None:
        title = QT_TRANSLATE_NOOP("History", "Mask of the result")
        _replace(document, title, lambda: shifted(mask, layer.offset))


def shifted(coverage: Tiles, offset: tuple[int, int]) -> Tiles:
    """The same elsewhere."""
    if offset == (0, 0):
        return coverage.snapshot()
    moved = Tiles(Kind.COVERAGE)
    for key in coverage.keys():  # noqa: SIM118  # tiles are no mapping
        moved.write(rect_of(key).moved(*offset), coverage.read(rect_of(key)))
    return moved


def keep(document: Document, name: str = "") -> ShelfMask:
    """A copy of the active mask on the shelf."""
    name = name or new_mask_name(held.name for held in document.state.shelf)
    held = ShelfMask(name=name, coverage=document.mask.snapshot(), size=document.size)
    add_to_shelf(document, held)
    return held


@waits
def add_to_shelf(document: Document, held: ShelfMask) -> None:
    """A mask from anywhere, e.g. a file."""
    _set_shelf(document, QT_TRANSLATE_NOOP("History", "Keep mask"), (*document.state.shelf, held))


@waits
def use(document: Document, held: ShelfMask) -> None:
    """The mask of the shelf becomes the active one, at the size of this picture."""
    size = document.size
    _replace(document, QT_TRANSLATE_NOOP("History", "Use mask"), lambda: fitted(held, size))


@waits
def add(document: Document, held: ShelfMask) -> None:
    """What either covers."""
    _combine(document, QT_TRANSLATE_NOOP("History", "Add mask"), held, Combine.ADD)


@waits
def subtract(document: Document, held: ShelfMask) -> None:
    """What the active one covers and the other does not."""
    _combine(document, QT_TRANSLATE_NOOP("History", "Subtract mask"), held, Combine.SUBTRACT)


@waits
def intersect(document: Document, held: ShelfMask) -> None:
    """What both cover."""
    _combine(document, QT_TRANSLATE_NOOP("History", "Intersect with mask"), held, Combine.INTERSECT)


@waits
def rename(document: Document, held: ShelfMask, name: str) -> None:
    name = name.strip()
    if name and name != held.name:
        shelf = tuple(replace(one, name=name) if one.id == held.id else one for one in document.state.shelf)
        _set_shelf(document, QT_TRANSLATE_NOOP("History", "Rename mask"), shelf)


@waits
def remove(document: Document, held: ShelfMask) -> None:
    shelf = tuple(one for one in document.state.shelf if one.id != held.id)
    _set_shelf(document, QT_TRANSLATE_NOOP("History", "Remove mask"), shelf)


@waits
def move(document: Document, held: ShelfMask, index: int) -> None:
    """To another place on the shelf."""
    others = [one for one in document.state.shelf if one.id != held.id]
    others.insert(index, held)
    if [one.id for one in others] != [one.id for one in document.state.shelf]:
        _set_shelf(document, QT_TRANSLATE_NOOP("History", "Reorder masks"), tuple(others))


def fitted(held: ShelfMask, size: Extent) -> Tiles:
    """The mask for a picture of `size`: the same pixels where it is the same, scaled otherwise."""
    if held.size == size:
        return held.coverage.snapshot()
    pixels = held.coverage.read(Rect.whole(held.size))
    shrinks = size.width * size.height < held.size.width * held.size.height
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return region.from_array(np.asarray(cv2.resize(pixels, tuple(size), interpolation=way), np.uint8))


def _shown(layer: Layer) -> Tiles:
    """What the layer shows by itself, in canvas coordinates."""
    return composed([replace(layer, visible=True, opacity=1.0, blend=Blend.NORMAL)])


def _combine(document: Document, title: object, held: ShelfMask, how: Combine) -> None:
    before, size = document.mask, document.size
    _replace(document, title, lambda: region.combined(before, fitted(held, size), how))


def _replace(document: Document, title: object, make: Callable[[], Tiles], pixels: int | None = None) -> None:
    """`make` may take a while, and reads what the document holds now; it goes through all of the canvas
    where nothing else is said."""
    document.compute(title, make, document.set_mask, document.canvas.area if pixels is None else pixels)


def _set_shelf(document: Document, title: object, shelf: Sequence[ShelfMask]) -> None:
    with document.begin(title):
        document.set_state(replace(document.state, shelf=tuple(shelf)))
