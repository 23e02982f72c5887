"""What goes to the clipboard."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from desktop.raster import region
from desktop.raster.ink import times
from desktop.raster.tile import Kind
from desktop.raster.transform import content_of
from desktop.state.document.document import Document
from desktop.state.document.maps import picture_root
from desktop.state.document.rendering import flattened


def copied(document: Document, merged: bool) -> NDArray[np.uint8] | None:
    """H x W x 4 (BGRA premultiplied): what is selected of the active layer, or of what all layers show
    but maps and places (`merged`); without a selection, all of it. None where there is nothing."""
    layer, selection = document.active, document.selection
    tiles = layer.pixels
    if merged or tiles is None or tiles.kind is not Kind.COLOUR:
        place = document.canvas
    else:
        place = content_of(tiles).moved(*layer.offset)
    if selection is not None:
        place = place.intersected(region.extent_of(selection))
    if place.is_empty:
        return None
    if merged or tiles is None or tiles.kind is not Kind.COLOUR:
        pixels = flattened(picture_root(document.state), place)
    else:
        pixels = tiles.read(place.moved(-layer.offset[0], -layer.offset[1]))
    if selection is not None:
        pixels = times(pixels, selection.read(place)[..., None].repeat(4, axis=2))
    return pixels if pixels.any() else None
