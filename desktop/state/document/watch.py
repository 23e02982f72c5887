"""Hears of every change of a document's pixels, and says what differs between two of its values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.raster.rect import EMPTY, Rect
from desktop.raster.tiles import Tiles
from desktop.state.document.differences import dirty_between
from desktop.state.document.document_state import DocumentState
from desktop.state.document.layers import Layer

if TYPE_CHECKING:
    from desktop.state.document.document import Document


class Watch:
    """Emits the document's signals."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._watched: list[Tiles] = []
        self._watch()

    def follow(self, before: DocumentState, state: DocumentState) -> None:
        """The document was `before`, and is `state` now."""
        document = self._document
        self._watch()
        dirty = EMPTY
        if before.root is not state.root:
            dirty = dirty_between(before.root, state.root, document.canvas)
        if before.root is not state.root or before.active_id != state.active_id:
            document.composite.take(state.root, state.active_id)
        if not dirty.is_empty:
            document.composite.forget(dirty)
            document.changed.emit(dirty)
        if before.root is not state.root:
            document.layers_changed.emit()
        if before.size != state.size:
            document.size_changed.emit()
        if before.active_id != state.active_id:
            document.active_changed.emit()
        if before.maps != state.maps:
            document.maps_changed.emit()
        if before.regions != state.regions:
            document.regions_changed.emit()
        if before.selection is not state.selection:
            document.selection_changed.emit(document.canvas)
        if (before.mask, before.mask_mode, before.shelf) != (state.mask, state.mask_mode, state.shelf):
            document.masks_changed.emit(document.canvas)

    def _hear(self, layer: Layer, rect: Rect) -> None:
        """Pixels of a layer changed in `rect` of the canvas."""
        self._document.composite.forget(rect, layer.id)
        self._document.changed.emit(rect)

    def _watch(self) -> None:
        """Hear of every change of pixels that are part of the document now."""
        document = self._document
        for store in self._watched:
            store.observer = None
        self._watched = list(document.state.stores())
        for layer in document.root.walk():
            for store in layer.stores:
                store.observer = lambda rect, layer=layer: self._hear(layer, rect.moved(*layer.offset))
        if document.selection is not None:
            document.selection.observer = document.selection_changed.emit
        document.mask.observer = document.masks_changed.emit
