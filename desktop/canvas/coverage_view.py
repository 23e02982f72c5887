"""A mask or a selection as the view shows it: its cover in view pixels, and its outline."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QImage, QPainter, QPolygonF, QTransform

from desktop.canvas.frame import document_rect
from desktop.canvas.viewport import Viewport
from desktop.raster import opencv as cv2
from desktop.raster.pyramid import CoveragePyramid
from desktop.raster.rect import Rect
from desktop.raster.tile import TILE
from desktop.raster.tiles import Tiles, keys_of
from desktop.state.document.composite import at_level, level_for

BEYOND_PX = 2
"""The outline is looked for a little beyond the view, so that it does not run along its edge."""


class CoverageView:
    """Follows `tiles`; says what is seen of them."""

    def __init__(self, tiles: Tiles) -> None:
        self.tiles = tiles
        self._pyramid = CoveragePyramid(tiles)
        self._outline: list[QPolygonF] = []
        self._outlined: Viewport | None = None
        self._is_fresh = False

    @property
    def is_empty(self) -> bool:
        return not self.tiles.keys()

    def forget(self, rect: Rect) -> None:
        self._pyramid.forget(rect)
        self._is_fresh = False

    def seen(self, viewport: Viewport, part: QRect) -> QImage:
        """`part` of the view (device pixels): black, its alpha the cover."""
        image = QImage(part.size(), QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(0)
        canvas = Rect(0, 0, *viewport.extent)
        visible = document_rect(part, viewport).intersected(canvas)
        level = level_for(viewport.zoom)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, viewport.zoom < 2)
        moved = viewport.transform() * QTransform.fromTranslate(-part.x(), -part.y())
        painter.setTransform(QTransform.fromScale(2**level, 2**level) * moved)
        for key in keys_of(at_level(visible, level)):
            tile = self._pyramid.tile(key, level)
            if tile is not None:
                painter.drawImage(key[0] * TILE, key[1] * TILE, tile)
        painter.end()
        return image

    def outline(self, viewport: Viewport) -> list[QPolygonF]:
        """The lines where the cover is half, in device pixels of the view.

        While the view moves they move along; they are exact after `refresh`.
        """
        found, at = self._outline, self._outlined
        if at is None or at == viewport:
            return found
        inverse, _ = at.transform().inverted()
        moving = inverse * viewport.transform()
        return [moving.map(line) for line in found]

    def is_fresh(self, viewport: Viewport) -> bool:
        """Whether `outline` is exact: nothing changed and nothing moved since `refresh`."""
        return self._is_fresh and self._outlined == viewport

    def refresh(self, viewport: Viewport) -> None:
        """Look for the outline anew."""
        self._outlined, self._is_fresh = replace(viewport), True
        self._outline = [] if self.is_empty else self._find_outline(viewport)

    def _find_outline(self, viewport: Viewport) -> list[QPolygonF]:
        around = BEYOND_PX
        view = QRect(0, 0, viewport.width, viewport.height).adjusted(-around, -around, around, around)
        covered = viewport.transform().mapRect(QRectF(*self.tiles.bounds())).toAlignedRect()
        part = view.intersected(covered.adjusted(-around, -around, around, around))
        if part.isEmpty():
            return []
        image = self.seen(viewport, part)
        pixels = np.frombuffer(image.constBits(), np.uint8).reshape(part.height(), part.width(), 4)
        inside = np.ascontiguousarray(pixels[..., 3] > 127).view(np.uint8)
        contours, _ = cv2.findContours(inside, cv2.RETR_LIST, cv2.CHAIN_APPROX_TC89_L1)
        left, top = part.x() + 0.5, part.y() + 0.5
        return [
            QPolygonF([QPointF(x + left, y + top) for x, y in contour[:, 0].tolist()]) for contour in contours
        ]
