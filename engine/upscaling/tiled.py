"""A picture through a network, tile by tile: memory is bounded by the tile, whatever the picture's size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from engine.api.images import Pixels, read_only
from engine.diffusion.tap import Cancelled, blocks_of
from engine.diffusion.tiles import Span, shares, spans
from engine.networks.upscaling_pipelines import Told
from engine.upscaling.passes import REFINED_OVERLAP_SHARE as OVERLAP_SHARE
from engine.upscaling.passes import TILE_PX
from engine.upscaling.seam import with_colours_of

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, eq=False)
class Enlarger:
    """A network that makes pictures `scale` times larger, and where it runs."""

    network: Any
    """B x 3 x H x W from 0 to 1 to the same, larger; or a `DiffusionUpscaler`."""
    scale: int
    dtype: torch.dtype
    device: torch.device
    tile_px: int = TILE_PX
    """Side of what it is given at once, where nobody asks for another."""
    told: Told | None = None
    """What a diffusion model is told; None for a network that does it at once."""


def enlarge_tiled(
    pixels: Pixels,
    enlarger: Enlarger,
    tile_px: int,
    overlap_px: int,
    shrink: int = 1,
    progress: Callable[[float], None] = lambda share: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Pixels:
    """`pixels` (H x W x 3) `scale / shrink` times larger; neighbouring tiles are blended where they overlap.

    What the network makes is averaged down by `shrink`, which divides its scale, tile by tile. Raises
    `Cancelled` between two blocks of the network, and what torch raises where memory runs out.
    """
    with _cancelling(enlarger.network, is_cancelled):
        if enlarger.told is not None:
            return _drawn(pixels, enlarger, enlarger.told, tile_px, overlap_px, shrink, progress)
        height, width = pixels.shape[:2]
        rows, columns = spans(height, tile_px, overlap_px), spans(width, tile_px, overlap_px)
        done, count = 0, len(rows) * len(columns)

        def enlarged(row: Span, column: Span) -> np.ndarray:
            nonlocal done
            part = pixels[row.start : row.stop, column.start : column.stop]
            made = _one(part, enlarger, shrink)
            done += 1
            progress(done / count)
            return made

        return read_only(_blended(rows, columns, enlarger.scale // shrink, enlarged))


def _drawn(
    pixels: Pixels,
    enlarger: Enlarger,
    told: Told,
    tile_px: int,
    overlap_px: int,
    shrink: int,
    progress: Callable[[float], None],
) -> Pixels:
    """The same by a diffusion model, which draws the whole at once: only its networks work in tiles.

    Where there are several, the broad colours stay those of `pixels`: a decoder has its own for each tile.
    """
    import torch

    kind = enlarger.network.kind
    height, width = pixels.shape[:2]
    step = kind.multiple
    sides = ((0, -height % step), (0, -width % step), (0, 0))
    given = np.pad(pixels, sides, mode="edge")
    tile, overlap = max(step, tile_px // step * step), max(overlap_px, tile_px // OVERLAP_SHARE)
    with torch.inference_mode():
        latents = enlarger.network.drawn(_tensor_of(given, enlarger), told, tile, overlap, progress)
    cell, factor = kind.px_per_cell, enlarger.scale // shrink
    rows, columns = (spans(side, tile, overlap, cell) for side in given.shape[:2])

    def decoded(row: Span, column: Span) -> np.ndarray:
        down, across = (slice(one.start // cell, one.stop // cell) for one in (row, column))
        with torch.inference_mode():
            return _pixels_of(enlarger.network.decoded(latents[..., down, across]), shrink)

    made = _blended(rows, columns, factor, decoded)[: height * factor, : width * factor]
    if len(rows) * len(columns) == 1:
        return read_only(np.ascontiguousarray(made))
    extent = (width * factor, height * factor)
    return with_colours_of(np.asarray(Image.fromarray(pixels).resize(extent, Image.Resampling.LANCZOS)), made)


def _blended(
    rows: tuple[Span, ...],
    columns: tuple[Span, ...],
    factor: int,
    tile_of: Callable[[Span, Span], np.ndarray],
) -> np.ndarray:
    """The tiles that `tile_of` makes (0 to 255 in float32, h x w x 3), `factor` times larger, as one picture.

    Only one band of them is held besides the picture.
    """
    across, down = shares(_times(columns, factor)), shares(_times(rows, factor))
    height, width = rows[-1].stop * factor, columns[-1].stop * factor
    made = np.empty((height, width, 3), np.uint8)
    waiting = np.zeros((0, width, 3), np.float32)
    for number, row in enumerate(rows):
        band = np.zeros((row.length * factor, width, 3), np.float32)
        for place, column in enumerate(columns):
            part = tile_of(row, column)
            band[:, column.start * factor : column.stop * factor] += part * across[place][:, None]
        band *= down[number][:, None, None]
        band[: len(waiting)] += waiting
        after = rows[number + 1].start if number + 1 < len(rows) else row.stop
        done = (after - row.start) * factor
        made[row.start * factor : after * factor] = np.round(np.clip(band[:done], 0, 255))
        waiting = band[done:]
    return made


def _one(part: Pixels, enlarger: Enlarger, shrink: int) -> np.ndarray:
    """One tile, as `_pixels_of` has it."""
    import torch

    with torch.inference_mode():
        return _pixels_of(enlarger.network(_tensor_of(part, enlarger)), shrink)


def _tensor_of(part: Pixels, enlarger: Enlarger) -> torch.Tensor:
    """1 x 3 x h x w from 0 to 1, where the network is."""
    import torch

    return torch.from_numpy(part.copy()).permute(2, 0, 1)[None].to(enlarger.device, enlarger.dtype) / 255


def _pixels_of(larger: torch.Tensor, shrink: int) -> np.ndarray:
    """0 to 255 in float32, h x w x 3, averaged down by `shrink`."""
    from torch.nn import functional

    larger = larger.float()
    if shrink > 1:
        larger = functional.avg_pool2d(larger, shrink)
    return (larger[0].permute(1, 2, 0).clamp(0, 1) * 255).cpu().numpy()


def _times(tiles: tuple[Span, ...], factor: int) -> tuple[Span, ...]:
    return tuple(Span(tile.start * factor, tile.stop * factor) for tile in tiles)


@contextmanager
def _cancelling(network: Any, is_cancelled: Callable[[], bool]) -> Iterator[None]:
    """Inside, the network is left between two of its blocks when it is cancelled."""

    def look(*_: object) -> None:
        if is_cancelled():
            raise Cancelled

    hooks = [part.register_forward_pre_hook(look) for part in (network, *blocks_of(network))]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
