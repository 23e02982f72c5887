"""A picture file as a document of its own, or as a layer. For the disk pool."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from desktop.raster.tiles import Tiles
from desktop.state.document.document_state import DocumentState
from desktop.state.document.layers import Group, ImageLayer
from desktop.state.document_file.layer_png import put
from desktop.state.document_file.layer_read import premultiplied
from desktop.state.document_file.opened import OpenedDocument
from desktop.state.editing.layered import layer_tiles, named
from engine.api.images import Extent
from engine.library.gate import open_layer
from engine.library.layers import read_layers

ROWS = 1024
"""Converted at a time."""


@dataclass(frozen=True, eq=False)
class PlacedPicture:
    """A picture in tiles, its corner at (0, 0)."""

    tiles: Tiles
    size: Extent
    name: str
    """Of its file, for people."""
    notes: tuple[str, ...] = ()
    """As `engine.library.gate.Picture` has them."""


def read_picture(source: Path | bytes) -> PlacedPicture:
    """PNG, JPEG, WebP or TIFF up to 16,384 x 16,384: upright, sRGB, with alpha. Raises `UnreadableFile`."""
    picture = open_layer(source)
    height, width = picture.rgb.shape[:2]
    tiles = Tiles()
    for top in range(0, height, ROWS):
        put(tiles, 0, top, premultiplied(picture, slice(top, top + ROWS)))
    return PlacedPicture(tiles, Extent(width, height), picture.name, picture.notes)


def open_picture_as_document(path: Path) -> OpenedDocument:
    """A document of the picture's size with it as the only layer, or with what it was taken apart into.

    Raises `UnreadableFile`.

    It has no file yet: saving asks for one, so that the picture itself is never written over.
    """
    picture = read_picture(path)
    stack = read_layers(path)
    if stack is not None and len(stack) % picture.size.height == 0 and stack.shape[1] == picture.size.width:
        layers = named(layer_tiles(stack, picture.size.height, picture.size), picture.name)
    else:
        stem = Path(picture.name).stem
        layers = (ImageLayer(name=stem, tiles=picture.tiles, source=picture.name),)
    root = Group(name="", children=layers)
    state = DocumentState(size=picture.size, root=root, active_id=layers[-1].id)
    return OpenedDocument(state, notes=picture.notes, keeps_path=False)
