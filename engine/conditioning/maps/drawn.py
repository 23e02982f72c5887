"""The map of a kind for a picture: which kinds can be drawn, and by what."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.api.errors import BadRequest
from engine.api.images import Pixels, read_only
from engine.api.maps import MapKind
from engine.conditioning.maps.canny import canny
from engine.conditioning.maps.depth import depth
from engine.conditioning.maps.lines import lines
from engine.conditioning.maps.luminance import luminance
from engine.conditioning.maps.normal import normal
from engine.conditioning.maps.palette import palette
from engine.conditioning.maps.scribble import scribble
from engine.conditioning.maps.segmentation import segmentation
from engine.conditioning.maps.soft_edge import soft_edge
from engine.conditioning.maps.tile import tile

USUAL_DETAIL = 0.5


def itself(pixels: Pixels, detail: float) -> Pixels:
    """What is to be changed is shown as it is."""
    return pixels


DRAWERS: Mapping[MapKind, Callable[[Pixels, float], Pixels]] = {
    MapKind.LINES: lines,
    MapKind.CANNY: canny,
    MapKind.SOFT_EDGE: soft_edge,
    MapKind.SCRIBBLE: scribble,
    MapKind.DEPTH: depth,
    MapKind.NORMAL: normal,
    MapKind.SEGMENTATION: segmentation,
    MapKind.TILE: tile,
    MapKind.LUMINANCE: luminance,
    MapKind.PALETTE: palette,
    MapKind.INSTRUCTION: itself,
}
"""H x W x 3 and the detail, 0 to 1, to the map, H x W x 3.

A pose is not among them: without a network nobody finds eighteen joints. It is painted by hand.
"""


def drawn(kind: MapKind, pixels: Pixels, detail: float = USUAL_DETAIL) -> Pixels:
    """The map of `kind` for `pixels` (H x W x 3), of the same size; the same for the same, always.

    `detail`: 0 is only what is plainest, 1 everything. Raises `BadRequest` for a kind that is not drawn from
    pictures.
    """
    if kind is MapKind.INPAINT:
        raise BadRequest(
            "maps",
            "an inpaint map is made of the picture and its mask when that is edited; nothing is to be drawn",
            problem="made_of_mask",
        )
    drawer = DRAWERS.get(kind)
    if drawer is None:
        raise BadRequest(
            "maps",
            f"a {kind} map cannot be drawn from a picture without a network of its own; paint it in the "
            "window, or give one that is drawn already",
            problem="not_drawn",
        )
    if not 0 <= detail <= 1:
        raise BadRequest("detail", f"must be 0 to 1, not {detail:g}")
    return read_only(drawer(pixels, detail))
