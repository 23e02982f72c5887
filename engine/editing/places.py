"""The separate places of a mask, found on a grid that is coarse enough to be quick on a huge picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.api.mask import Coverage
from engine.api.rect import Rect
from engine.editing.change import Change

MOST_CELLS = 640
"""Along the longer side: up to this size in pixels the grid is exact."""
MOST_PLACES = 64
"""Speckles beyond this number are joined with their neighbours."""


@dataclass(frozen=True, eq=False)
class Places:
    """Which place each part of the canvas belongs to."""

    domain: Rect
    cell_px: int
    coverage: Coverage
    """Rows x columns of cells: the largest value in each."""
    labels: NDArray[np.int32]
    """0 is none; places count from 1."""
    bounds: tuple[Rect, ...]
    """Of place 1, 2, ... in pixels."""

    def only(self, part: Coverage, rect: Rect, numbers: tuple[int, ...]) -> Coverage:
        """`part` (the change in `rect`) with 0 outside the places `numbers`."""
        if len(numbers) == len(self.bounds):
            return part
        wanted = np.isin(self.labels, numbers).view(np.uint8) * np.uint8(255)
        rows = (np.arange(rect.top, rect.bottom) - self.domain.top) // self.cell_px
        columns = (np.arange(rect.left, rect.right) - self.domain.left) // self.cell_px
        outside_rows = (rows < 0) | (rows >= wanted.shape[0])
        outside_columns = (columns < 0) | (columns >= wanted.shape[1])
        chosen = wanted[np.clip(rows, 0, wanted.shape[0] - 1)][:, np.clip(columns, 0, wanted.shape[1] - 1)]
        chosen[outside_rows] = 0
        chosen[:, outside_columns] = 0
        return np.minimum(part, chosen)

    def at(self, x: int, y: int) -> int:
        """The number of the place at a pixel, or of the nearest one."""
        row, column = (y - self.domain.top) // self.cell_px, (x - self.domain.left) // self.cell_px
        rows, columns = self.labels.shape
        if 0 <= row < rows and 0 <= column < columns and self.labels[row, column]:
            return int(self.labels[row, column])
        distances = [_distance(bounds, x, y) for bounds in self.bounds]
        return distances.index(min(distances)) + 1

    def share(self, rect: Rect, numbers: tuple[int, ...]) -> float:
        """The changing part of `rect`, 0 to 1, soft values counted as what they are."""
        chosen = np.isin(self.labels, numbers)
        changing = float(self.coverage[chosen].sum(dtype=np.int64)) / 255 * self.cell_px**2
        return min(1.0, changing / max(1, rect.area))


def find_places(change: Change) -> Places:
    """The places of `change` that do not touch; none where nothing changes."""
    domain = change.domain()
    if not domain:
        nothing = np.zeros((0, 0), np.uint8)
        return Places(domain, 1, nothing, nothing.astype(np.int32), ())
    cell = max(1, -(-max(domain.width, domain.height) // MOST_CELLS))
    coverage = pooled(change.read(domain), cell)
    labels, stats = _joined(coverage)
    boxes = [Rect(*box).moved(domain.left, domain.top) & domain for box in (stats[1:, :4] * cell).tolist()]
    return Places(domain, cell, coverage, labels, tuple(boxes))


def _joined(coverage: Coverage) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Labels and boxes of the separate places, neighbours joined while there are too many."""
    spread = coverage
    while True:
        count, labels, stats, _ = cv2.connectedComponentsWithStats(spread, connectivity=8)
        if count - 1 <= MOST_PLACES:
            return labels.astype(np.int32, copy=False), stats.astype(np.int32, copy=False)
        spread = cv2.dilate(spread, np.ones((5, 5), np.uint8)).astype(np.uint8, copy=False)


def pooled(coverage: Coverage, cell: int) -> Coverage:
    """The largest value in each cell of `cell` x `cell` pixels; the last ones may be smaller."""
    if cell == 1:
        return coverage
    height, width = coverage.shape
    rows, columns = -(-height // cell), -(-width // cell)
    whole = height // cell * cell
    bands = np.zeros((rows, width), np.uint8)
    # whole rows first: the machine's widest instructions take them, and little is left for the columns
    np.max(coverage[:whole].reshape(-1, cell, width), axis=1, out=bands[: whole // cell])
    if whole < height:
        bands[-1] = coverage[whole:].max(axis=0)
    padded = np.zeros((columns * cell, rows), np.uint8)
    padded[:width] = bands.T
    return np.ascontiguousarray(padded.reshape(columns, cell, rows).max(axis=1).T)


def _distance(rect: Rect, x: int, y: int) -> int:
    across = max(rect.left - x, 0, x - rect.right + 1)
    down = max(rect.top - y, 0, y - rect.bottom + 1)
    return across * across + down * down
