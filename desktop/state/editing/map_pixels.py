"""The pixels of a document's maps: layers laid together, drawn from, painted or posed. For the disk pool."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from desktop.raster.rect import Rect
from desktop.state.document import maps, rendering, tree
from desktop.state.document.document_map import DocumentMap, MapSource
from desktop.state.document.document_state import DocumentState
from desktop.state.document.layers import Group
from engine.api.errors import BadRequest
from engine.api.images import Extent, ImageInput, Pixels, read_only
from engine.api.maps import NOTHING, MapInput
from engine.conditioning.fitting import fitted
from engine.conditioning.maps.drawn import drawn
from engine.conditioning.maps.pose import drawn_figures
from engine.diffusion.start_picture import cover

BLACK, WHITE = 0, 255


def map_inputs(state: DocumentState, rect: Rect, extent: Extent) -> tuple[MapInput, ...]:
    """What is switched on of the document's maps, for what lies in `rect`, at `extent`.

    Raises `BadRequest` where the layer of one is gone.
    """
    return tuple(
        _input(state, given, rect, extent) for given in state.maps if given.is_on and given.weight > 0
    )


def _input(state: DocumentState, given: DocumentMap, rect: Rect, extent: Extent) -> MapInput:
    """The map itself, or the picture that its network is to draw it from."""
    by_network = is_by_network(given)
    seen = picture_pixels if by_network else map_pixels
    is_seen = given.source is not MapSource.MASK
    return MapInput(
        kind=given.kind,
        image=ImageInput.of(seen(state, given, rect, extent), given.kind.value) if is_seen else NOTHING,
        weight=given.weight,
        start=given.start,
        end=given.end,
        drawn_by=given.drawer if by_network else "",
        is_picture=by_network,
        detail=given.detail,
        network=given.network,
    )


def is_by_network(given: DocumentMap) -> bool:
    """True where a network draws it from a picture."""
    return bool(given.drawer) and given.is_drawn


def picture_pixels(state: DocumentState, given: DocumentMap, rect: Rect, extent: Extent) -> Pixels:
    """What the map `given` is drawn from, as `map_pixels` says the map."""
    is_layer = given.source is MapSource.LAYER
    root = _alone(state, given) if is_layer else maps.picture_root(state)
    return cover(_seen(root, rect, WHITE), extent)


def map_pixels(state: DocumentState, given: DocumentMap, rect: Rect, extent: Extent) -> Pixels:
    """The map `given` of what lies in `rect`, `extent` pixels large. Raises `BadRequest` as above."""
    match given.source:
        case MapSource.FIGURES:
            whole = Extent(
                max(1, round(state.size.width * extent.width / rect.width)),
                max(1, round(state.size.height * extent.height / rect.height)),
            )
            left = round(rect.left * whole.width / state.size.width)
            top = round(rect.top * whole.height / state.size.height)
            if rect == Rect.whole(state.size):  # proportions of another picture: figures are fitted, not cut
                return drawn_figures(given.figures, extent)
            part = drawn_figures(given.figures, whole)[top : top + extent.height, left : left + extent.width]
            return _padded(part, extent)
        case MapSource.READY:
            return fitted(_seen(_alone(state, given), rect, BLACK), extent, given.kind)
        case MapSource.LAYER:
            root = _alone(state, given)
        case _:
            root = maps.picture_root(state)
    return drawn(given.kind, cover(_seen(root, rect, WHITE), extent), given.detail)


def _alone(state: DocumentState, given: DocumentMap) -> Group:
    """The layer of the map by itself, as if it were wholly seen."""
    layer = tree.find(state.root, given.layer) if given.layer else None
    if layer is None:
        raise BadRequest(
            "maps",
            f"the layer of the {given.kind} map is gone; choose another one, or take the map away",
            problem="no_map_layer",
        )
    return Group(name="", children=(replace(layer, visible=True, opacity=1.0),))


def _seen(root: Group, rect: Rect, ground: int) -> Pixels:
    """The layers in `rect` over a grey `ground`: H x W x 3, RGB."""
    shown = rendering.flattened(root, rect).astype(np.uint16)
    alpha = shown[..., 3:]
    rgb = shown[..., 2::-1] + ground * (255 - alpha) // 255
    return read_only(np.minimum(rgb, 255).astype(np.uint8))


def _padded(part: Pixels, extent: Extent) -> Pixels:
    """Black where the canvas ends by a rounded pixel."""
    missing = (extent.height - part.shape[0], extent.width - part.shape[1])
    if missing == (0, 0):
        return part
    return read_only(np.pad(part, ((0, missing[0]), (0, missing[1]), (0, 0))))
