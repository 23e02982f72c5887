"""From a finished picture to the tiles of a result layer. For the disk pool: no QObject is touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from desktop.raster.rect import Rect
from desktop.raster.tile import TILE, Kind
from desktop.raster.tiles import Tiles
from engine.api.images import Pixels
from engine.api.mask import MaskInput
from engine.api.model_info import ModelInfo
from engine.api.request import GenerationRequest


@dataclass(frozen=True, eq=False)
class ResultPixels:
    """What a result layer is made of, in the coordinates of the request's picture."""

    tiles: Tiles
    """Opaque where the picture may have changed, transparent where it had to stay."""
    mask: Tiles | None
    """As it was painted."""
    source: Tiles | None
    """What the request saw."""
    layers: tuple[Tiles, ...] = ()
    """What it was taken apart into, the lowest first: they come in place of `tiles`."""


def result_pixels(
    pixels: Pixels, request: GenerationRequest, info: ModelInfo, known: Sequence[tuple[Tiles, int, int]] = ()
) -> ResultPixels:
    """The layer's pixels for a finished picture (H x W x 3).

    `known` are layers that the source was seen through, with where they lie in it: tiles that hold the same
    pixels are shared with them instead of being kept twice.
    """
    origin = request.edited
    if origin is None or origin.edit is None or origin.image is None:
        return ResultPixels(opaque_tiles(_as_large_as_seen(pixels, request)), None, None)
    edit, image = origin.edit, origin.image
    mask = mask_tiles(edit.mask) if edit.mask is not None else None
    source = None
    if image.pixels is not None:
        source = shared(opaque_tiles(image.pixels), known)
    return ResultPixels(_changing_only(pixels, request, info), mask, source)


def _as_large_as_seen(pixels: Pixels, request: GenerationRequest) -> NDArray[np.uint8]:
    """A picture of a whole one has its size: the model may have worked in another."""
    given = request.image
    if given is None or (pixels.shape[1], pixels.shape[0]) == given.extent:
        return pixels
    # it is not loaded with the window
    import cv2

    how = cv2.INTER_AREA if given.width < pixels.shape[1] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, given.extent, interpolation=how), np.uint8)


def _changing_only(pixels: Pixels, request: GenerationRequest, info: ModelInfo) -> Tiles:
    # it brings OpenCV, which is not loaded with the window
    from engine.editing.plan import plan_edit

    plan = plan_edit(request, info)
    tiles = Tiles(Kind.COLOUR)
    domain = plan.change.domain()
    seen = Rect(domain.left, domain.top, domain.width, domain.height)
    for top in range(seen.top, seen.bottom, TILE):
        strip = Rect.between(seen.left, top, seen.right, min(top + TILE, seen.bottom))
        may = plan.change.read(_engine_rect(strip)) > 0
        if may.any():
            y, x = strip.top - plan.canvas.top, strip.left - plan.canvas.left
            part = bgra(pixels[y : y + strip.height, x : x + strip.width])
            part[~may] = 0
            tiles.write(strip, part)
    tiles.prune(tiles.keys())
    return tiles


def _engine_rect(rect: Rect):
    from engine.api.rect import Rect as EngineRect

    return EngineRect(rect.left, rect.top, rect.width, rect.height)


def bgra(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Opaque tiles' pixels for RGB: H x W x 4."""
    result = np.full((*pixels.shape[:2], 4), 255, np.uint8)
    result[..., :3] = pixels[..., ::-1]
    return result


def opaque_tiles(pixels: NDArray[np.uint8]) -> Tiles:
    tiles = Tiles(Kind.COLOUR)
    height, width = pixels.shape[:2]
    for top in range(0, height, TILE):
        bottom = min(top + TILE, height)
        tiles.write(Rect.between(0, top, width, bottom), bgra(pixels[top:bottom]))
    return tiles


def mask_tiles(mask: MaskInput) -> Tiles | None:
    """The painted mask, or None where its pixels are not at hand."""
    if mask.pixels is None:
        return None
    tiles = Tiles(Kind.COVERAGE)
    bounds = mask.bounds
    tiles.write(Rect(bounds.left, bounds.top, bounds.width, bounds.height), mask.pixels)
    tiles.prune(tiles.keys())
    return tiles


def shared(tiles: Tiles, known: Sequence[tuple[Tiles, int, int]]) -> Tiles:
    """`tiles`, each replaced by the tile of a layer that holds the same; `known` say where they lie."""
    for key in sorted(tiles.keys()):
        held = tiles.get(key)
        for layer, left, top in known:
            if left % TILE or top % TILE or held is None:
                continue
            other = layer.get((key[0] - left // TILE, key[1] - top // TILE))
            if other is not None and np.array_equal(other.pixels, held.pixels):
                tiles.put(key, other)
                break
    return tiles


def rgb_of(tiles: Tiles, rect: Rect) -> NDArray[np.uint8]:
    """Opaque tiles as a picture again: H x W x 3."""
    return np.ascontiguousarray(tiles.read(rect)[..., 2::-1])
