"""The active edit mask and the shelf of named ones: kept with the document, carried to any other picture."""

from __future__ import annotations

from collections.abc import Sequence
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
from engine.api.images import Extent


def set_mode(document: Document, mode: MaskMode) -> None:
    """Whether what is painted changes or stays."""
    if mode is not document.mask_mode:
        with document.begin(QT_TRANSLATE_NOOP("History", "What the mask says")):
            document.set_mask(document.mask, mode)


def clear(document: Document) -> None:
    """Nothing is painted in the mask any more."""
    if document.mask.keys():
        _replace(document, QT_TRANSLATE_NOOP("History", "Clear mask"), Tiles(Kind.COVERAGE))


def invert(document: Document) -> None:
    """Within the canvas."""
    _replace(
        document, QT_TRANSLATE_NOOP("History", "Invert mask"), region.inverted(document.mask, document.canvas)
    )


def from_alpha(document: Document, layer: Layer) -> None:
    """What the layer shows at all, by how opaque it is."""
    _replace(document, QT_TRANSLATE_NOOP("History", "Mask from layer"), region.from_alpha(_shown(layer)))


def from_luminance(document: Document, layer: Layer) -> None:
    """By how light the layer is."""
    _replace(document, QT_TRANSLATE_NOOP("History", "Mask from light"), region.from_luminance(_shown(layer)))


def from_layer(document: Document, layer: MaskLayer) -> None:
    """What a mask layer covers."""
    moved = shifted(layer.coverage, layer.offset)
    _replace(document, QT_TRANSLATE_NOOP("History", "Mask from layer"), moved)


def from_result(document: Document, layer: ResultLayer) -> None:
    """The mask that the result was made with."""
    if layer.mask is not None:
        moved = shifted(layer.mask, layer.offset)
        _replace(document, QT_TRANSLATE_NOOP("History", "Mask of the result"), moved)


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


def add_to_shelf(document: Document, held: ShelfMask) -> None:
    """A mask from anywhere, e.g. a file."""
    _set_shelf(document, QT_TRANSLATE_NOOP("History", "Keep mask"), (*document.state.shelf, held))


def use(document: Document, held: ShelfMask) -> None:
    """The mask of the shelf becomes the active one, at the size of this picture."""
    _replace(document, QT_TRANSLATE_NOOP("History", "Use mask"), fitted(held, document.size))


def add(document: Document, held: ShelfMask) -> None:
    """What either covers."""
    _combine(document, QT_TRANSLATE_NOOP("History", "Add mask"), held, Combine.ADD)


def subtract(document: Document, held: ShelfMask) -> None:
    """What the active one covers and the other does not."""
    _combine(document, QT_TRANSLATE_NOOP("History", "Subtract mask"), held, Combine.SUBTRACT)


def intersect(document: Document, held: ShelfMask) -> None:
    """What both cover."""
    _combine(document, QT_TRANSLATE_NOOP("History", "Intersect with mask"), held, Combine.INTERSECT)


def rename(document: Document, held: ShelfMask, name: str) -> None:
    name = name.strip()
    if name and name != held.name:
        shelf = tuple(replace(one, name=name) if one.id == held.id else one for one in document.state.shelf)
        _set_shelf(document, QT_TRANSLATE_NOOP("History", "Rename mask"), shelf)


def remove(document: Document, held: ShelfMask) -> None:
    shelf = tuple(one for one in document.state.shelf if one.id != held.id)
    _set_shelf(document, QT_TRANSLATE_NOOP("History", "Remove mask"), shelf)


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
    _replace(document, title, region.combined(document.mask, fitted(held, document.size), how))


def _replace(document: Document, title: object, coverage: Tiles) -> None:
    with document.begin(title):
        document.set_mask(coverage)


def _set_shelf(document: Document, title: object, shelf: Sequence[ShelfMask]) -> None:
    with document.begin(title):
        document.set_state(replace(document.state, shelf=tuple(shelf)))
