"""A picture through a network, tile by tile: memory is bounded by the tile, whatever the picture's size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.api.images import Pixels, read_only
from engine.diffusion.tap import Cancelled, blocks_of
from engine.diffusion.tiles import Span, shares, spans
from engine.networks.upscaling_pipelines import Told
from engine.upscaling.passes import TILE_PX

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, eq=False)
class Enlarger:
    """A network that makes pictures `scale` times larger, and where it runs."""

    network: Any
    """B x 3 x H x W from 0 to 1 to the same, larger."""
    scale: int
    dtype: torch.dtype
    device: torch.device
    tile_px: int = TILE_PX
    """Side of what it is given at once, where nobody asks for another."""
    told: Told | None = None
    """What a diffusion model is told; it is told, too, who listens to its steps."""


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
    height, width = pixels.shape[:2]
    rows, columns = spans(height, tile_px, overlap_px), spans(width, tile_px, overlap_px)
    factor = enlarger.scale // shrink
    made = np.empty((height * factor, width * factor, 3), np.uint8)
    down, across = shares(_times(rows, factor)), shares(_times(columns, factor))
    waiting = np.zeros((0, width * factor, 3), np.float32)
    with _cancelling(enlarger.network, is_cancelled):
        for number, row in enumerate(rows):
            band = np.zeros((row.length * factor, width * factor, 3), np.float32)
            for place, column in enumerate(columns):
                part = pixels[row.start : row.stop, column.start : column.stop]
                tile, count = number * len(columns) + place, len(rows) * len(columns)
                part = _one(part, enlarger, shrink, tile, partial(_say, progress, tile, count))
                band[:, column.start * factor : column.stop * factor] += part * across[place][:, None]
                progress((tile + 1) / count)
            band *= down[number][:, None, None]
            band[: len(waiting)] += waiting
            after = rows[number + 1].start if number + 1 < len(rows) else row.stop
            done = (after - row.start) * factor
            made[row.start * factor : after * factor] = np.round(np.clip(band[:done], 0, 255))
            waiting = band[done:]
    return read_only(made)


def _one(
    part: Pixels, enlarger: Enlarger, shrink: int, number: int, say: Callable[[float], None]
) -> np.ndarray:
    """Tile `number`, 0 to 255 in float32, h x w x 3. Each has noise of its own, from its own seed."""
    import torch
    from torch.nn import functional

    given = torch.from_numpy(part.copy()).permute(2, 0, 1)[None].to(enlarger.device, enlarger.dtype) / 255
    with torch.inference_mode():
        if enlarger.told is None:
            larger = enlarger.network(given).float()
        else:
            told = replace(enlarger.told, seed=(enlarger.told.seed + number) % (1 << 64))
            larger = enlarger.network(given, told, say).float()
        if shrink > 1:
            larger = functional.avg_pool2d(larger, shrink)
    return (larger[0].permute(1, 2, 0).clamp(0, 1) * 255).cpu().numpy()


def _say(progress: Callable[[float], None], tile: int, count: int, done: float) -> None:
    """Tells of all `count` tiles what `tile` and a share of it are."""
    progress((tile + done) / count)


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
