"""A new document: white paper, and an empty layer to paint on above it; and what is still as good as one."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from desktop.raster.rect import Rect
from desktop.raster.tile import TILE, Tile
from desktop.raster.tiles import parts
from desktop.state.document.document_state import DocumentState
from desktop.state.document.layers import Group, Layer, MaskLayer, PaintLayer
from desktop.state.document.maps import picture_root
from desktop.state.document.names import new_layer_name
from engine.api.images import Extent

translate = QCoreApplication.translate


def blank_state(size: Extent) -> DocumentState:
    paper = PaintLayer(name=translate("Painting", "Paper"))
    paper.tiles.fill(Rect(0, 0, size.width, size.height), (255, 255, 255, 255))
    paint = PaintLayer(name=new_layer_name([paper.name]))
    return DocumentState(size=size, root=Group(name="", children=(paper, paint)), active_id=paint.id)


def is_blank(state: DocumentState) -> bool:
    """Nothing is to be seen but paper of one colour, maps and places: there is nothing to draw a map from."""
    canvas = Rect.whole(state.size)
    seen = [
        layer
        for layer in picture_root(state).walk()
        if layer.visible and not isinstance(layer, (Group, MaskLayer))
    ]
    return all(layer.bounds().is_empty or is_paper(layer, canvas) for layer in seen)


def is_paper(layer: Layer, canvas: Rect) -> bool:
    """Whether it is of one colour, all over the canvas."""
    tiles, (left, top) = layer.pixels, layer.offset
    if tiles is None:
        return False
    colour, known = None, set[Tile]()
    for key, part, inside in parts(canvas.moved(-left, -top)):
        tile = tiles.get(key)
        if tile is None:
            return False
        if tile in known and part.width == part.height == TILE:  # whole tiles of paper share their memory
            continue
        known.add(tile)
        pixels = tile.pixels[inside]
        colour = pixels[0, 0] if colour is None else colour
        if (pixels != colour).any():
            return False
    return True
