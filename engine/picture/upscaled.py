"""One picture of a request that enlarges and refines: image to image over the whole canvas, tile by tile.

Everything here runs on the helper thread of `engine.diffusion.stream`.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from engine.api.events import ImageReady
from engine.api.images import Extent, ImageInput, Pixels, read_only
from engine.api.request import GenerationRequest
from engine.diffusion.tiled_network import Grid
from engine.families.loaded_model import LoadedModel
from engine.library.masks import packed_masks
from engine.picture.picture import Picture
from engine.picture.run import Run
from engine.picture.setup import Emit, IsCancelled, Setup
from engine.upscaling.enlarge import Enlarged
from engine.upscaling.passes import REFINED_OVERLAP_SHARE
from engine.upscaling.seam import steepness_at_seams, with_colours_of


class UpscaledPicture:
    """Picture `image_index` of `request`, which starts from `enlarged`. Make it once."""

    def __init__(
        self, request: GenerationRequest, image_index: int, setup: Setup, enlarged: Enlarged
    ) -> None:
        self.request, self.image_index, self.enlarged = request, image_index, enlarged
        self._model = setup.model
        self.start = padded(enlarged.pixels, setup.model.info.capabilities.size_multiple)
        height, width = self.start.shape[:2]
        own = replace(request, image=ImageInput.of(self.start), upscale=None, width=width, height=height)
        with self._model.refining():
            self.grid = grid_for(request, setup.model, Extent(width, height), setup.relief.tile_divisor)
            self._picture = Picture(Run(own, image_index, setup, grid=self.grid))

    @property
    def stopped_at(self) -> int | None:
        """The step after which the artist stopped and kept."""
        return self._picture.stopped_at

    def make(self, emit: Emit, is_cancelled: IsCancelled) -> None:
        """Emits the picture's events. Raises `Cancelled` or `Overflow` in the midst of it.

        Where memory runs out, what torch raises then, or `OutOfMemory`.
        """
        began = time.monotonic()
        height, width = self.enlarged.pixels.shape[:2]
        with self._model.refining():
            pixels = self._picture.paint(emit, is_cancelled)[:height, :width]
        pixels = with_colours_of(self.enlarged.pixels, pixels)
        recipe = self._picture.recipe(self.request.one_image(self.image_index), pixels, self.stopped_at)
        report = replace(
            self.enlarged.report,
            tile_px=self.grid.tile * (self.start.shape[1] // self.grid.columns),
            seam=steepness_at_seams(self.enlarged.pixels, pixels, self.grid, self.start.shape[:2]),
        )
        masks = packed_masks(self.request)
        recipe = replace(recipe, upscale=report, masks=masks, seconds=time.monotonic() - began)
        emit(ImageReady(pixels, recipe, self.image_index, self.enlarged.alpha))


def padded(pixels: Pixels, multiple: int) -> Pixels:
    """`pixels` with their last row and column repeated until both sides are multiples of `multiple`."""
    height, width = pixels.shape[:2]
    below, right = -height % multiple, -width % multiple
    if not below and not right:
        return read_only(pixels)
    return read_only(np.pad(pixels, ((0, below), (0, right), (0, 0)), "edge"))


def grid_for(request: GenerationRequest, model: LoadedModel, extent: Extent, divisor: int = 1) -> Grid:
    """How `extent`, of the model's multiples, is cut; tiles are a `divisor`-th of what is asked for."""
    upscale = request.upscale
    assert upscale is not None
    info, patch = model.info, model.packing.patch
    unit = model.space.cell_px * max(1, patch)
    multiple = max(1, info.capabilities.size_multiple // unit)
    asked = (upscale.tile_px or min(info.defaults.width, info.defaults.height)) // divisor
    tile = max(1, asked // unit // multiple) * multiple
    overlap = upscale.overlap_px
    overlap = tile // REFINED_OVERLAP_SHARE if overlap is None else min(overlap // divisor // unit, tile // 2)
    rows, columns = extent.height // unit, extent.width // unit
    return Grid(rows, columns, tile, overlap, multiple, are_tokens=patch > 0)
