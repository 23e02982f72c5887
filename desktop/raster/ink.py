"""What a stroke leaves where it covers: colour, nothing, mask, or other pixels. Laid over a snapshot, so that
the same stroke can be laid again as it grows."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage, QPainter

from desktop.raster import opencv as cv2
from desktop.raster.rect import Rect
from desktop.raster.tiles import Tiles

Coverage8 = NDArray[np.uint8]
"""H x W, 0 to 255."""
PixelsBGRA = NDArray[np.uint8]
"""H x W x 4, blue, green, red, alpha, premultiplied."""


class Ink(Protocol):
    """`lay(base, coverage, part)` gives the pixels of `part` with the ink on them; `base` may be reused."""

    def lay(self, base: NDArray[np.uint8], coverage: Coverage8, part: Rect) -> NDArray[np.uint8]: ...


class Mode(enum.Enum):
    """How colour goes on."""

    OVER = QPainter.CompositionMode.CompositionMode_SourceOver
    ATOP = QPainter.CompositionMode.CompositionMode_SourceAtop
    """Only where something is: the alpha stays (a layer whose transparency is locked)."""
    ERASE = QPainter.CompositionMode.CompositionMode_DestinationOut


class ColourInk:
    """One colour, or an eraser."""

    def __init__(self, color: QColor, opacity: float = 1.0, mode: Mode = Mode.OVER) -> None:
        self._mode = mode.value
        self._by_cover = premultiplied_steps(color, opacity)

    def lay(self, base: PixelsBGRA, coverage: Coverage8, part: Rect) -> PixelsBGRA:
        ink = self._by_cover[coverage]
        return composed(base, ink.view(np.uint8).reshape(*coverage.shape, 4), self._mode)


class CoverageInk:
    """More mask, or less."""

    def __init__(self, adds: bool, opacity: float = 1.0) -> None:
        self._adds = adds
        self._opacity = opacity

    def lay(self, base: Coverage8, coverage: Coverage8, part: Rect) -> Coverage8:
        cover = scaled(coverage, self._opacity)
        return 255 - times(255 - base, 255 - cover) if self._adds else times(base, 255 - cover)


class PixelInk:
    """Pixels of elsewhere: clone, and one variant through another."""

    def __init__(
        self, source: Callable[[Rect], PixelsBGRA], opacity: float = 1.0, replaces: bool = False
    ) -> None:
        """`source` reads the pixels for a part of the target. `replaces`: also what is transparent there."""
        self._source = source
        self._opacity = opacity
        self._replaces = replaces

    def lay(self, base: PixelsBGRA, coverage: Coverage8, part: Rect) -> PixelsBGRA:
        cover = scaled(coverage, self._opacity)[..., None].repeat(4, axis=2)
        ink = times(self._source(part), cover)
        if self._replaces:
            return times(base, 255 - cover) + ink
        return composed(base, ink, Mode.OVER.value)


class Layover:
    """Lays a growing stroke over `tiles` as they were when it began."""

    def __init__(
        self, tiles: Tiles, ink: Ink, clip: Tiles | None = None, offset: tuple[int, int] = (0, 0)
    ) -> None:
        """`clip` is the selection, in document pixels; `offset` is where the layer's (0, 0) lies there."""
        self._tiles = tiles
        self._before = tiles.snapshot()
        self._ink = ink
        self._clip = clip
        self._offset = offset

    @property
    def before(self) -> Tiles:
        """The pixels without the stroke."""
        return self._before

    def lay(self, parts: Iterable[tuple[Rect, Coverage8]]) -> None:
        """Show these parts of the stroke (document pixels) with all that they cover by now."""
        for part, coverage in parts:
            if self._clip is not None:
                coverage = times(coverage, self._clip.read(part))
            place = part.moved(-self._offset[0], -self._offset[1])
            self._tiles.write(place, self._ink.lay(self._before.read(place), coverage, part))


def premultiplied_steps(color: QColor, opacity: float) -> NDArray[np.uint32]:
    """`color` at each of the 256 coverages, as premultiplied ARGB32 words."""
    alpha = np.arange(256) * (color.alphaF() * opacity)
    words = np.zeros(256, np.uint32)
    for value, shift in ((1.0, 24), (color.redF(), 16), (color.greenF(), 8), (color.blueF(), 0)):
        words |= np.floor(alpha * value + 0.5).astype(np.uint32) << shift
    return words


def composed(base: PixelsBGRA, over: PixelsBGRA, mode: QPainter.CompositionMode) -> PixelsBGRA:
    """`over` on `base`, painted into the memory of `base` (contiguous)."""
    below, above = as_image(base), as_image(np.ascontiguousarray(over))
    painter = QPainter(below)
    painter.setCompositionMode(mode)
    painter.drawImage(0, 0, above)
    painter.end()
    return base


def as_image(pixels: PixelsBGRA) -> QImage:
    """A QImage over the memory of `pixels` (contiguous H x W x 4)."""
    height, width, _ = pixels.shape
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)


def times(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The product where 255 is 1, rounded; 255 keeps the other bit by bit."""
    return np.asarray(cv2.multiply(one, other, scale=1 / 255), np.uint8)


def scaled(coverage: Coverage8, opacity: float) -> Coverage8:
    if opacity >= 1:
        return coverage
    return np.asarray(cv2.convertScaleAbs(coverage, alpha=opacity), np.uint8)
