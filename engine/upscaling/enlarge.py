"""From a picture to a larger one: by a network as often as it takes, else by Lanczos; its alpha beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.api.control import Control
from engine.api.errors import BadRequest, UnsupportedModel
from engine.api.events import Event, Loading, Notice
from engine.api.images import Extent, Pixels, read_only
from engine.api.mask import Coverage
from engine.api.prompt import plain
from engine.api.rect import Rect
from engine.api.request import GenerationRequest
from engine.api.upscale import LANCZOS, Upscale, UpscaleReport, UpscalerInfo
from engine.diffusion.decode import is_out_of_memory, out_of_memory
from engine.diffusion.stream import stream
from engine.memory import empty_caches
from engine.models.cache import Models
from engine.models.kept.hashes import files_sha256
from engine.models.kept.pace import remember_enlarging
from engine.models.parts.upscaler_files import FoundUpscaler, read_upscaler
from engine.networks.upscaling_pipelines import Told, UpscalingPipeline
from engine.upscaling.passes import (
    LEAST_TILE_PX,
    OVERLAP_SHARE,
    REFINED_OVERLAP_SHARE,
    network_work,
    passes_for,
)
from engine.upscaling.tiled import Enlarger, enlarge_tiled


@dataclass(frozen=True, eq=False)
class Enlarged:
    """The larger picture before anything is refined in it."""

    pixels: Pixels
    alpha: Coverage | None
    report: UpscaleReport


def check_upscale(request: GenerationRequest, models: Models) -> None:
    """Raises what is wrong with the network that `request` names, before anything is loaded."""
    if request.upscale is not None and request.upscale.network:
        found = read_upscaler(models.catalog.find_beside(UpscalerInfo, request.upscale.network).path)
        if found.info.is_built_in and found.info.scale == 1 and request.upscale.scale > 1:
            raise BadRequest("scale", f"{found.info.name} mends pictures at their own size; choose 1")
        if request.upscale.steps is not None and not found.info.steps:
            raise BadRequest("steps", f"{found.info.name} enlarges at once; leave them out")
        if request.upscale.noise_level is not None and found.info.noise_level is None:
            raise BadRequest("noise_level", f"{found.info.name} lays no noise on the picture; leave it out")


def enlarge(
    request: GenerationRequest, models: Models, control: Control
) -> Generator[Event, None, Enlarged | None]:
    """The picture of `request` enlarged as its `upscale` says, tile by tile; None where it was cancelled.

    Where memory does not suffice, tiles are halved, and that is said. Raises `OutOfMemory` when the smallest
    do not fit either, and the errors of the network's file.
    """
    upscale, image = request.upscale, request.image
    assert upscale is not None and image is not None and image.pixels is not None
    extent = upscale.extent(Extent(image.width, image.height))
    alpha = upscale.alpha.read(Rect.of(upscale.alpha.extent)) if upscale.alpha is not None else None
    # an alpha must not ring: what is transparent stays so
    alpha = _resized(alpha, extent, Image.Resampling.BILINEAR) if alpha is not None else None
    if not upscale.network:
        yield Loading("upscale")
        return Enlarged(read_only(lanczos(image.pixels, extent)), alpha, UpscaleReport(LANCZOS))
    info = models.catalog.find_beside(UpscalerInfo, upscale.network)
    found = read_upscaler(info.path)
    yield Loading("model")
    enlarger = _enlarger(found, request, models)
    began = time.perf_counter()
    pixels = yield from _by_network(image.pixels, upscale, extent, enlarger, control)
    if pixels is None:
        return None
    share = OVERLAP_SHARE if enlarger.told is None else REFINED_OVERLAP_SHARE
    source = Extent(image.width, image.height)
    _, through = network_work(source, upscale.scale, enlarger.scale, enlarger.tile_px, share)
    through *= enlarger.told.steps if enlarger.told is not None else 1
    remember_enlarging(info, str(models.device), (time.perf_counter() - began) / through)
    return Enlarged(pixels, alpha, UpscaleReport(info.name, files_sha256(found.weights)))


def lanczos(picture: NDArray[np.uint8], extent: Extent) -> NDArray[np.uint8]:
    """`picture` (H x W, or H x W x 3) at another size; smaller ones are averaged with the same filter."""
    return _resized(picture, extent, Image.Resampling.LANCZOS)


def _resized(picture: NDArray[np.uint8], extent: Extent, method: Image.Resampling) -> NDArray[np.uint8]:
    if (picture.shape[1], picture.shape[0]) == extent:
        return picture
    return np.asarray(Image.fromarray(picture).resize(extent, method))


def _enlarger(found: FoundUpscaler, request: GenerationRequest, models: Models) -> Enlarger:
    import torch

    from engine.diffusion.devices import dtype_for

    device = models.device
    # a foreign network may not bear 16 bits
    is_foreign = found.ours is None and found.folder is None
    dtype = torch.float32 if is_foreign else dtype_for(request.speed, device)
    network, scale = models.load_upscaler(found, dtype)
    if scale < 2 and request.upscale is not None and request.upscale.scale > 1:
        raise UnsupportedModel(
            f"{found.info.name} does not make pictures larger. Choose another.", path=str(found.info.path)
        )
    if found.kind is None:
        return Enlarger(network, scale, dtype, device)
    return Enlarger(network, scale, dtype, device, found.kind.tile_px, _told(request, found.kind))


def _told(request: GenerationRequest, kind: UpscalingPipeline) -> Told:
    upscale = request.upscale
    assert upscale is not None
    noise = kind.noise_level or 0
    return Told(
        plain(request.prompt),
        plain(request.negative_prompt),
        request.seed_of(0),
        upscale.steps or kind.steps,
        noise if upscale.noise_level is None else upscale.noise_level,
    )


def _by_network(
    pixels: Pixels, upscale: Upscale, extent: Extent, enlarger: Enlarger, control: Control
) -> Generator[Event, None, Pixels | None]:
    passes = passes_for(upscale.scale, enlarger.scale)
    tile = upscale.tile_px if upscale.tile_px is not None and not upscale.refine else enlarger.tile_px
    for number, shrink in enumerate(passes):
        while True:
            overlap = upscale.overlap_px if upscale.overlap_px is not None and not upscale.refine else None
            overlap = min(tile // 2, tile // OVERLAP_SHARE if overlap is None else overlap)
            done: list[Pixels] = []
            try:
                yield from stream(
                    _pass(pixels, enlarger, tile, overlap, shrink, number, len(passes), done), control
                )
                break
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
            empty_caches()
            if tile // 2 < LEAST_TILE_PX:
                raise out_of_memory()
            tile //= 2
            yield Notice("smaller_tiles", f"Memory is short: tiles of {tile} pixels.", {"tile_px": tile})
        if control.is_cancelled or not done:
            return None
        pixels = done[0]
    return read_only(lanczos(pixels, extent))


def _pass(
    pixels: Pixels,
    enlarger: Enlarger,
    tile: int,
    overlap: int,
    shrink: int,
    number: int,
    count: int,
    done: list[Pixels],
) -> Callable[[Callable[[Event], None], Callable[[], bool]], None]:
    """One way through the network, for `stream`; what it makes is put into `done`."""

    def run(emit: Callable[[Event], None], is_cancelled: Callable[[], bool]) -> None:
        def say(share: float) -> None:
            emit(Loading("upscale", (number + share) / count))

        done.append(enlarge_tiled(pixels, enlarger, tile, overlap, shrink, say, is_cancelled))

    return run
