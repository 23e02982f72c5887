"""A picture that is taken apart: what is asked of the canvas, and its layers as they come onto it."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication

from desktop.raster import opencv as cv2
from desktop.raster.tiles import Tiles
from desktop.state.document.layers import Group, ImageLayer
from desktop.state.document.names import numbered_layer_name
from desktop.state.document_file.layer_png import put, to_premultiplied
from desktop.state.editing.result_pixels import ResultPixels
from desktop.state.sizes import size_for
from engine.api.errors import BadRequest
from engine.api.images import Extent, ImageInput, Pixels, Stack, layers_in
from engine.api.model_info import ModelInfo
from engine.api.request import GenerationRequest

ROWS = 1024
"""Converted at a time."""


def of_the_whole(base: GenerationRequest, image: ImageInput, info: ModelInfo) -> GenerationRequest:
    """`base` for all of `image`, in its proportions and with as many pixels as are set.

    Raises `BadRequest` where the model cannot.
    """
    own = info.defaults.width * info.defaults.height
    size = size_for(image.width / image.height, info, base.width * base.height / own)
    request = replace(base, image=image, width=size.width, height=size.height, branch=None).validated()
    info.check(request)
    return request


def refuse_parts() -> BadRequest:
    """Where only a part of the picture is to be changed."""
    why = "is given whole pictures and changes no part of one; choose to change the whole picture"
    return BadRequest("model", why, problem="whole_only")


def layered_pixels(stack: Stack, pixels: Pixels, request: GenerationRequest) -> ResultPixels:
    """The layers of a finished picture, as large as what it was taken apart from. For the disk pool."""
    given = start_of(request)
    extent = Extent(pixels.shape[1], pixels.shape[0]) if given is None else given.extent
    return ResultPixels(Tiles(), None, None, layer_tiles(stack, pixels.shape[0], extent))


def start_of(request: GenerationRequest) -> ImageInput | None:
    """The start picture of the request, or of what it branches from."""
    while request.image is None and request.branch is not None:
        request = request.branch.origin
    return request.image


def layer_tiles(stack: Stack, height: int, extent: Extent) -> tuple[Tiles, ...]:
    """The layers of `stack`, each so high, as large as `extent`: the lowest first. For the disk pool."""
    return tuple(_tiles_of(layer, extent) for layer in layers_in(stack, height))


def _tiles_of(layer: NDArray[np.uint8], extent: Extent) -> Tiles:
    pixels = to_premultiplied(layer)
    if (pixels.shape[1], pixels.shape[0]) != extent:
        smaller = extent.width < pixels.shape[1]
        how = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
        pixels = np.asarray(cv2.resize(pixels, extent, interpolation=how), np.uint8)
        pixels[..., :3] = np.minimum(pixels[..., :3], pixels[..., 3:])  # what overshoots is no colour
    tiles = Tiles()
    for top in range(0, extent.height, ROWS):
        put(tiles, 0, top, pixels[top : top + ROWS])
    return tiles


def group_id(job_id: str, pixels_sha256: str) -> str:
    """Of the group that the layers of one picture come in; the same whenever they come."""
    return hashlib.sha256(f"{job_id} {pixels_sha256}".encode()).hexdigest()[:12]


def group_of(id: str, name: str, tiles: tuple[Tiles, ...]) -> Group:
    """The layers, to be painted on, in a group of their own."""
    return Group(id=id, name=name, children=named(tiles))


def named(tiles: tuple[Tiles, ...], source: str = "") -> tuple[ImageLayer, ...]:
    """Layers called by their numbers, the lowest first."""
    return tuple(
        ImageLayer(name=numbered_layer_name(number), tiles=one, source=source)
        for number, one in enumerate(tiles, 1)
    )


def say_taken_apart() -> str:
    """What a group of layers is called where there was no prompt."""
    return QCoreApplication.translate("LayerNames", "Taken apart")
