"""What keeps an enlarged picture in one piece: its colours are the old ones; and whether tiles are seen."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.api.images import Pixels, read_only
from engine.diffusion.tiled_network import Grid
from engine.diffusion.tiles import Span

BLUR_PX = 48
"""What is wider than this is colour and light, and stays; what is finer is detail, and is new."""
NEAR_PX = 8
"""A seam is held against the lines that lie so near to it: the picture's own edges are on both sides."""


def with_colours_of(before: Pixels, after: Pixels) -> Pixels:
    """`after` with the broad colours and light of `before`, both H x W x 3.

    A network's tiles, and an autoencoder's, drift apart in colour; detail is all that is wanted of them. As
    the colour fixes of StableSR (https://arxiv.org/abs/2305.07015).
    """
    height, width = before.shape[:2]
    small = (max(1, round(width / BLUR_PX)), max(1, round(height / BLUR_PX)))
    fixed = np.empty_like(after)
    for channel in range(3):
        drift = cv2.resize(before[..., channel].astype(np.float32), small, interpolation=cv2.INTER_AREA)
        drift -= cv2.resize(after[..., channel].astype(np.float32), small, interpolation=cv2.INTER_AREA)
        drift = cv2.resize(drift, (width, height), interpolation=cv2.INTER_LINEAR)
        fixed[..., channel] = np.round(np.clip(after[..., channel] + drift, 0, 255))
    return read_only(fixed)


def steepness_at_seams(before: Pixels, after: Pixels, grid: Grid, whole: tuple[int, int]) -> float | None:
    """How much steeper the change from `before` to `after` is where tiles begin and end than right beside it.

    Both are H x W x 3; `whole` is the height and width that `grid` cuts. About 1 where no seam is to be seen;
    None where there is one tile.
    """
    if grid.count == 1:
        return None
    upright, lying = _steepness(before, after)
    found = [
        _against_neighbours(lines, edge)
        for lines, tiles, unit in (
            (upright, grid.across, whole[1] // grid.columns),
            (lying, grid.down, whole[0] // grid.rows),
        )
        for edge in _edges(tiles, unit, len(lines))
    ]
    return round(float(np.mean(found)), 3) if found else None


def _steepness(before: Pixels, after: Pixels) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of the change between neighbours: the mean on each upright and on each lying line between pixels."""
    height, width = before.shape[:2]
    upright, lying, last = np.zeros(width - 1), np.zeros(height - 1), None
    for row in range(height):
        change = after[row].mean(axis=1) - before[row].mean(axis=1)
        upright += np.abs(np.diff(change))
        if last is not None:
            lying[row - 1] = np.abs(change - last).mean()
        last = change
    return upright / height, lying


def _against_neighbours(lines: NDArray[np.float64], edge: int) -> float:
    """The line before pixel `edge`, as a multiple of those near it."""
    near = np.concatenate([lines[max(0, edge - 1 - NEAR_PX) : edge - 1], lines[edge : edge + NEAR_PX]])
    return float((lines[edge - 1] + 1e-3) / (near.mean() + 1e-3)) if near.size else 1.0


def _edges(tiles: tuple[Span, ...], unit: int, length: int) -> list[int]:
    """Where tiles begin and end inside the picture, in pixels."""
    edges = {edge * unit for tile in tiles for edge in (tile.start, tile.stop)}
    return sorted(edge for edge in edges if 0 < edge <= length)
