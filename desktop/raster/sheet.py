"""A piece of canvas that is painted on with Qt, addressed in canvas pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage, QPainter

from desktop.raster import blend
from desktop.raster.blend import Blend
from desktop.raster.rect import Rect
from desktop.raster.tile import TILE, Kind
from desktop.raster.tiles import Tiles, parts, rect_of


class Sheet:
    """An ARGB32 premultiplied image of `rect`, with a painter on it until `end`."""

    def __init__(self, rect: Rect, image: QImage | None = None) -> None:
        """A transparent one, where no `image` of the same size is given."""
        self.rect = rect
        if image is None:
            image = QImage(rect.width, rect.height, Kind.COLOUR.format)
            image.fill(0)
        self.image = image
        self.painter = QPainter(image)

    def end(self) -> QImage:
        self.painter.end()
        return self.image

    def clear(self, part: Rect) -> None:
        """Transparent in `part`."""
        self.painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
        self.painter.setOpacity(1.0)
        self.painter.fillRect(part.moved(-self.rect.left, -self.rect.top).qrect, QColor(0, 0, 0, 0))

    def lay(self, image: QImage, left: int, top: int, mode: Blend, opacity: float, part: Rect) -> None:
        """`image`, its corner at (left, top) of the canvas, over what is here, inside `part`."""
        x, y = self.rect.left, self.rect.top
        blend.draw(self.image, self.painter, image, left - x, top - y, mode, opacity, part.moved(-x, -y))

    def lay_tiles(
        self, tiles: Tiles, offset: tuple[int, int], mode: Blend, opacity: float, part: Rect
    ) -> None:
        """Colour tiles, their (0, 0) at `offset` of the canvas, over what is here, inside `part`."""
        right, down = offset
        for key, piece, _ in parts(part.moved(-right, -down)):
            image = tiles.tile(*key)
            if image is not None:
                left, top = rect_of(key)[:2]
                self.lay(image, left + right, top + down, mode, opacity, piece.moved(right, down))
            elif mode.clears_outside:
                self.clear(piece.moved(right, down))

    def cut(
        self,
        coverage: Tiles,
        offset: tuple[int, int],
        part: Rect,
        opacity: float = 1.0,
        inverted: bool = False,
    ) -> None:
        """Keep what `coverage` covers (`inverted`: what it does not) and let the rest go, by `opacity`."""
        right, down = offset
        for key, piece, _ in parts(part.moved(-right, -down)):
            held = coverage.get(key)
            where = piece.moved(right, down)
            if held is None:
                self._fade(where, 1.0 if inverted else 1 - opacity)
                continue
            pixels = held.pixels
            if inverted or opacity < 1:
                pixels = _kept_share(opacity, inverted)[pixels]
            alpha = QImage(pixels.data, TILE, TILE, pixels.strides[0], QImage.Format.Format_Alpha8)
            left, top = rect_of(key)[:2]
            self.lay(alpha, left + right, top + down, Blend.DST_IN, 1.0, where)

    def _fade(self, part: Rect, share: float) -> None:
        if share >= 1:
            return
        self.painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
        self.painter.setOpacity(1.0)
        where = part.moved(-self.rect.left, -self.rect.top).qrect
        self.painter.fillRect(where, QColor.fromRgbF(0, 0, 0, share))


def _kept_share(opacity: float, inverted: bool) -> NDArray[np.uint8]:
    """256 entries: a coverage to the share of alpha that is kept."""
    covered = np.arange(256, dtype=np.float32)
    if inverted:
        covered = 255 - covered
    return np.round(255 - opacity * (255 - covered)).astype(np.uint8)
