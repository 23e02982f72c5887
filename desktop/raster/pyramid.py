"""Coverage seen from afar: each level half the size of the one below, made where one looks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from desktop.raster import opencv as cv2
from desktop.raster.rect import Rect
from desktop.raster.tile import TILE
from desktop.raster.tiles import Key, Tiles, keys_of

MOST_LEVELS = 7
HALF = TILE // 2


class CoveragePyramid:
    """Tiles of `source` at any level, as images whose alpha is the coverage."""

    def __init__(self, source: Tiles) -> None:
        self._source = source
        self._halved: dict[tuple[int, Key], NDArray[np.uint8] | None] = {}

    def forget(self, rect: Rect) -> None:
        """The coverage of `rect` changed."""
        for level in range(1, MOST_LEVELS):
            step = 1 << level
            if rect.area > 64 * (TILE * step) ** 2:
                self._halved = {place: held for place, held in self._halved.items() if place[0] != level}
                continue
            for key in keys_of(Rect.between(rect.left // step, rect.top // step,
                                            -(-rect.right // step), -(-rect.bottom // step))):  # fmt: skip
                self._halved.pop((level, key), None)

    def tile(self, key: Key, level: int) -> QImage | None:
        """256 x 256 pixels of `level`; None where nothing is covered."""
        pixels = self._pixels(key, level)
        return None if pixels is None else QImage(pixels.data, TILE, TILE, TILE, QImage.Format.Format_Alpha8)

    def _pixels(self, key: Key, level: int) -> NDArray[np.uint8] | None:
        if level == 0:
            held = self._source.get(key)
            return None if held is None else held.pixels
        if (level, key) not in self._halved:
            self._halved[level, key] = self._halve(key, level)
        return self._halved[level, key]

    def _halve(self, key: Key, level: int) -> NDArray[np.uint8] | None:
        result: NDArray[np.uint8] | None = None
        for down in (0, 1):
            for across in (0, 1):
                child = self._pixels((key[0] * 2 + across, key[1] * 2 + down), level - 1)
                if child is None:
                    continue
                if result is None:
                    result = np.zeros((TILE, TILE), np.uint8)
                small = cv2.resize(child, (HALF, HALF), interpolation=cv2.INTER_AREA)
                result[down * HALF : (down + 1) * HALF, across * HALF : (across + 1) * HALF] = small
        return result
