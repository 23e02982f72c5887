"""What the model will see, over the picture: crops as thin white frames, masks as lines around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from desktop.canvas.viewport import Viewport
from desktop.raster.rect import Rect

DARK, LIGHT = QColor(0, 0, 0, 110), QColor(255, 255, 255, 190)
NUMBER_PX = 9
"""Radius of the disc behind a place's number."""
Line = Sequence[tuple[int, int]]
"""Corners of a closed line, in the document's pixels."""


@dataclass(frozen=True, eq=False)
class SightLines:
    """All in the document's pixels."""

    crops: Sequence[Rect] = ()
    denoising: Sequence[Line] = ()
    """Around what the network may touch."""
    paste: Sequence[Line] = ()
    """Around what is laid over the picture."""
    places: Sequence[Rect] = ()
    """Numbered from 1 on the picture, where each may have words of its own."""


def paint_sight(painter: QPainter, lines: SightLines, viewport: Viewport, accent: QColor) -> None:
    """The painter's units are device pixels."""
    painter.save()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for crop in lines.crops:
        frame = viewport.transform().map(QPolygonF(QRectF(*crop)))
        for color, width in ((DARK, 3), (LIGHT, 1)):
            painter.setPen(QPen(color, width * viewport.ratio))
            painter.drawPolygon(frame)
    dashed = QPen(LIGHT, viewport.ratio)
    dashed.setDashPattern([2, 3])
    for pen, corners in ((dashed, lines.denoising), (QPen(accent, 1.5 * viewport.ratio), lines.paste)):
        painter.setPen(pen)
        for line in corners:
            painter.drawPolygon(QPolygonF([QPointF(*viewport.to_view(x, y)) for x, y in line]))
    for number, place in enumerate(lines.places, 1):
        paint_number(painter, number, QPointF(*viewport.to_view(place.left, place.top)), viewport.ratio)
    painter.restore()


def paint_number(painter: QPainter, number: int, at: QPointF, ratio: float) -> None:
    """White on a dark disc, upright however the view is turned."""
    radius = NUMBER_PX * ratio
    disc = QRectF(at.x() - radius, at.y() - radius, 2 * radius, 2 * radius)
    font = painter.font()
    font.setPixelSize(round(11 * ratio))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 200))
    painter.drawEllipse(disc)
    painter.setPen(QColor("#ffffff"))
    painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, str(number))
