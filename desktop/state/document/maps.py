"""What the artist can do to a document's maps: each one entry of the history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QT_TRANSLATE_NOOP

from desktop.state.document import tree
from desktop.state.document.document import Document
from desktop.state.document.document_map import DocumentMap, MapSource, find
from desktop.state.document.document_state import DocumentState
from desktop.state.document.layers import Group, PaintLayer
from desktop.state.document.waits import waits
from engine.api.maps import MapKind
from engine.api.pose import Figure

ADD = QT_TRANSLATE_NOOP("History", "Add map")
REMOVE = QT_TRANSLATE_NOOP("History", "Remove map")
CHANGE = QT_TRANSLATE_NOOP("History", "Change map")
POSE = QT_TRANSLATE_NOOP("History", "Pose")
OPACITY, BLACK = 0.75, (0, 0, 0, 255)


def add(document: Document, given: DocumentMap) -> DocumentMap:
    with document.begin(ADD):
        document.set_maps((*document.maps, given))
    return given


def add_painted(document: Document, kind: MapKind, name: str) -> DocumentMap:
    """With a black layer on top, to be painted on."""
    layer = black_layer(document, name)
    given = DocumentMap(kind, MapSource.READY, layer=layer.id)
    with document.begin(ADD):
        document.insert(layer, document.root)
        document.set_maps((*document.maps, given))
    return given


def black_layer(document: Document, name: str) -> PaintLayer:
    """For a map that is painted by hand: what is not painted is black, and the picture is seen through it."""
    layer = PaintLayer(name=name, opacity=OPACITY)
    layer.tiles.fill(document.canvas, BLACK)
    return layer


@waits
def change(document: Document, id: str, **fields: Any) -> None:
    """Other settings of the map `id`. What is dragged along is one entry."""
    maps = tuple(replace(given, **fields) if given.id == id else given for given in document.maps)
    if maps != document.maps:
        with document.begin(CHANGE, merge=f"map {id} {' '.join(fields)}"):
            document.set_maps(maps)


@waits
def pose(document: Document, id: str, figures: Sequence[Figure], merge: str = "") -> None:
    maps = tuple(
        replace(given, figures=tuple(figures)) if given.id == id else given for given in document.maps
    )
    if maps != document.maps:
        with document.begin(POSE, merge=merge):
            document.set_maps(maps)


@waits
def remove(document: Document, id: str) -> None:
    """And the layer that was there only for it: painted by hand, or brought in from a file."""
    gone = find(document.maps, id)
    if gone is None:
        return
    layer = document.layer(gone.layer) if gone.layer else None
    with document.begin(REMOVE):
        document.set_maps(tuple(given for given in document.maps if given.id != id))
        if gone.source is MapSource.READY and layer is not None and not document.is_locked(layer):
            document.remove(layer)


def is_map_layer(state: DocumentState, layer_id: str) -> bool:
    """Whether the layer is a map itself, painted by hand or brought in."""
    return any(given.source is MapSource.READY and given.layer == layer_id for given in state.maps)


def picture_root(state: DocumentState) -> Group:
    """The layers without those that are maps or regions: they show where things go, and are no part of it."""
    root = state.root
    guides = [given.layer for given in state.maps if given.source is MapSource.READY]
    for layer in (*guides, *(region.layer for region in state.regions)):
        if tree.find(root, layer) is not None:
            root = tree.removed(root, layer)
    return root
