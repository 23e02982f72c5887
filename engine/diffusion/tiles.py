"""How a length is covered by tiles that overlap, and how much each of them counts where they do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Span:
    """One tile along one side: the units `start` to `stop` - 1 of whatever is counted."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        return self.stop - self.start


def spans(length: int, tile: int, overlap: int, multiple: int = 1) -> tuple[Span, ...]:
    """The fewest tiles of `tile` units that cover `length` and overlap by at least `overlap`, evenly spread.

    All are equally long, and shorter than `tile` only where `length` is. Each begins at a multiple of
    `multiple`, of which `length` and `tile` are multiples too.
    """
    if length <= tile:
        return (Span(0, length),)
    step = max(multiple, (tile - overlap) // multiple * multiple)
    count = -(-(length - tile) // step) + 1
    last = (length - tile) // multiple
    starts = [round(index * last / (count - 1)) * multiple for index in range(count)]
    return tuple(Span(start, start + tile) for start in starts)


def shares(tiles: tuple[Span, ...]) -> tuple[NDArray[np.float32], ...]:
    """For each tile how much its units count, 0 to 1: ramps where two overlap, together 1 everywhere."""
    length = tiles[-1].stop
    before = np.arange(length) + 0.5
    weights = []
    for index, tile in enumerate(tiles):
        weight = np.ones(length)
        if index > 0:
            weight = np.minimum(weight, _ramp(before, tile.start, tiles[index - 1].stop))
        if index + 1 < len(tiles):
            weight = np.minimum(weight, 1 - _ramp(before, tiles[index + 1].start, tile.stop))
        weights.append(weight[tile.start : tile.stop])
    total = np.zeros(length)
    for tile, weight in zip(tiles, weights, strict=True):
        total[tile.start : tile.stop] += weight
    return tuple(
        (weight / total[tile.start : tile.stop]).astype(np.float32)
        for tile, weight in zip(tiles, weights, strict=True)
    )


def _ramp(places: NDArray[Any], low: int, high: int) -> NDArray[Any]:
    """0 up to `low`, 1 from `high` on, without a corner at either."""
    return (1 - np.cos(np.pi * np.clip((places - low) / max(1, high - low), 0, 1))) / 2
