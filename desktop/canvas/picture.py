"""The picture as it is drawn on the canvas, at any zoom, without a copy of it per paint."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from desktop.canvas.viewport import Viewport
from desktop.widgets.theme import Tokens

CRISP_FROM = 2.0
"""From this zoom on one wants to see pixels, not a blur of them."""
GRID_FROM = 8.0
GRID_COLOR = QColor(128, 128, 128, 56)
SHADOW_SIDE_PX, SHADOW_BELOW_PX = 1, 6


class CanvasPicture:
    """An image and the size it stands for; a preview may be far smaller than its extent."""

    def __init__(self, image: QImage, extent: tuple[int, int]) -> None:
        self.image = image
        self.extent = extent
        self._halved: dict[int, QImage] = {0: image}

    @property
    def is_preview(self) -> bool:
        return (self.image.width(), self.image.height()) != self.extent

    def know_halved(self, times: int, image: QImage) -> None:
        """`image` is this one halved so often: made elsewhere, it need not be made at the first look."""
        self._halved[times] = image

    def paint(self, painter: QPainter, viewport: Viewport, tokens: Tokens) -> None:
        """Draw shadow, picture and pixel grid; the painter's units are device pixels."""
        target = QRectF(*viewport.rect())
        below = target.adjusted(-SHADOW_SIDE_PX, 4, SHADOW_SIDE_PX, SHADOW_BELOW_PX * viewport.ratio)
        painter.fillRect(below, tokens.color("shadow"))
        view = QRectF(0, 0, viewport.width, viewport.height)
        visible = target.intersected(view if viewport.is_straight else target)
        if visible.isEmpty():
            return
        is_crisp = viewport.zoom >= CRISP_FROM and not viewport.is_fitted and not self.is_preview
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not is_crisp and viewport.zoom != 1)
        self._draw(painter, target, visible, is_crisp)
        if is_crisp and viewport.zoom >= GRID_FROM:
            paint_grid(painter, viewport, visible)

    def _draw(self, painter: QPainter, target: QRectF, visible: QRectF, is_crisp: bool) -> None:
        """Only the part that is seen, from the smallest halving with a pixel for each of the screen's.

        Qt's bilinear filter looks at four pixels: straight from 100 megapixels it would flicker.
        """
        image = self.image if is_crisp else self._halved_for(target.width() / self.image.width())
        scale_x, scale_y = image.width() / target.width(), image.height() / target.height()
        # whole picture pixels, one more on each side: no seam where the view cuts through one
        left = max(math.floor((visible.left() - target.left()) * scale_x) - 1, 0)
        top = max(math.floor((visible.top() - target.top()) * scale_y) - 1, 0)
        right = min(math.ceil((visible.right() - target.left()) * scale_x) + 1, image.width())
        bottom = min(math.ceil((visible.bottom() - target.top()) * scale_y) + 1, image.height())
        source = QRectF(left, top, right - left, bottom - top)
        place = QRectF(
            target.left() + left / scale_x,
            target.top() + top / scale_y,
            source.width() / scale_x,
            source.height() / scale_y,
        )
        painter.drawImage(place, image, source)

    def _halved_for(self, scale: float) -> QImage:
        """`image` halved as often as `scale` (screen pixels per picture pixel) allows; made once, kept."""
        times = max(0, math.floor(-math.log2(scale)))
        if times not in self._halved:
            self._halved[times] = halved(self.image, times)
        return self._halved[times]


def halved(image: QImage, times: int) -> QImage:
    """`image` at 1/2^times of its size, each pixel the mean of many (64 at least beyond the third halving).

    `QImage.scaled` would convert a whole RGB888 image to 32 bits first: 0.7 s and 400 MB for 100 megapixels.
    So most of the way goes by drawing, which reads only the pixels it needs.
    """
    drawn = max(times - 2, 1)
    half = QImage(max(image.width() >> drawn, 1), max(image.height() >> drawn, 1), QImage.Format.Format_RGB32)
    if image.hasAlphaChannel():
        half = half.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
        half.fill(Qt.GlobalColor.transparent)
    painter = QPainter(half)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(QRectF(half.rect()), image, QRectF(image.rect()))
    painter.end()
    size = QSize(max(image.width() >> times, 1), max(image.height() >> times, 1))
    return half.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)


def paint_grid(painter: QPainter, viewport: Viewport, visible: QRectF) -> None:
    """Faint lines between the pixels, as far as they are seen."""
    zoom = viewport.zoom
    first_x, first_y = viewport.to_picture(visible.left(), visible.top())
    last_x, last_y = viewport.to_picture(visible.right(), visible.bottom())
    for x in range(math.ceil(first_x), math.floor(last_x) + 1):
        painter.fillRect(
            QRectF(round(viewport.left + x * zoom), visible.top(), 1, visible.height()), GRID_COLOR
        )
    for y in range(math.ceil(first_y), math.floor(last_y) + 1):
        painter.fillRect(
            QRectF(visible.left(), round(viewport.top + y * zoom), visible.width(), 1), GRID_COLOR
        )
