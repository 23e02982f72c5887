"""What lies over the picture and is no part of it: mask, selection, guides, the brush's outline."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from desktop.canvas.viewport import Viewport
from desktop.raster.dab import Tip
from desktop.raster.rect import Rect
from desktop.tools.guide import Guide, Look

HATCH_PX = 7
TINT = 0.45
"""Of the overlay's opacity, between the lines of the pattern."""
DASH_PX = 4
HANDLE_PX = 8
FACTS_PX = 34
"""At the foot of the view, where the facts may stand."""
SHADE = QColor(0, 0, 0, 130)
DARK, LIGHT = QColor(0, 0, 0, 190), QColor("#ffffff")


def paint_mask(
    painter: QPainter,
    seen: QImage,
    part: QRect,
    viewport: Viewport,
    color: QColor,
    opacity: float,
    keeps: bool,
) -> None:
    """Colour and slanting lines, as strong as the mask is: seen on any picture, and without telling colours
    apart. The lines lean the other way where the mask keeps."""
    painter_in = QPainter(seen)
    painter_in.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    origin = viewport.to_view(0, 0)
    painter_in.setBrushOrigin(QPointF(origin[0] - part.x(), origin[1] - part.y()))
    painter_in.fillRect(seen.rect(), QBrush(hatch(color.name(), opacity, viewport.ratio, keeps)))
    painter_in.end()
    painter.drawImage(part.topLeft(), seen)


@lru_cache(maxsize=16)
def hatch(color: str, opacity: float, ratio: float, keeps: bool) -> QImage:
    """One period of the pattern, translucent."""
    side = round(HATCH_PX * ratio)
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    tint = QColor(color)
    tint.setAlphaF(opacity * TINT)
    image.fill(tint)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    line = QColor(color)
    line.setAlphaF(min(opacity * 1.5, 1.0))
    painter.setPen(QPen(line, 1.5 * ratio))
    for shift in (-side, 0, side):
        if keeps:
            painter.drawLine(shift - 1, side + 1, shift + side + 1, -1)
        else:
            painter.drawLine(shift - 1, -1, shift + side + 1, side + 1)
    painter.end()
    return image


def paint_mask_alone(painter: QPainter, seen: QImage, part: QRect, viewport: Viewport) -> None:
    """The mask as a picture: white is painted, black is not."""
    sheet = QPainterPath()
    sheet.addPolygon(viewport.transform().map(QPolygonF(QRectF(0, 0, *viewport.extent))))
    painter.save()
    painter.setClipRect(part)
    painter.fillPath(sheet, QColor("#000000"))
    painter_in = QPainter(seen)
    painter_in.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter_in.fillRect(seen.rect(), QColor("#ffffff"))
    painter_in.end()
    painter.drawImage(part.topLeft(), seen)
    painter.restore()


def paint_ants(painter: QPainter, outline: Sequence[QPolygonF], ratio: float, phase: int) -> None:
    """A line of dark and light dashes: seen on everything. `phase` moves them."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    dashes = QPen(DARK, ratio)
    dashes.setDashPattern([DASH_PX, DASH_PX])
    dashes.setDashOffset(phase)
    for line in outline:
        painter.setPen(QPen(LIGHT, ratio))
        painter.drawPolygon(line)
        painter.setPen(dashes)
        painter.drawPolygon(line)
    painter.restore()


def paint_guides(painter: QPainter, guides: Sequence[Guide], viewport: Viewport, accent: QColor) -> None:
    """Lines and handles of the tool at work."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for guide in guides:
        line = QPolygonF([QPointF(*viewport.to_view(x, y)) for x, y in guide.points])
        if guide.look is Look.SHADE:
            paint_shade(painter, line, viewport)
        paint_line(painter, line, guide, viewport.ratio)
        for x, y in guide.handles:
            paint_handle(painter, QPointF(*viewport.to_view(x, y)), viewport.ratio, accent)
        if guide.text and guide.points:
            paint_text(painter, guide.text, line.boundingRect(), viewport)
    painter.restore()


def paint_line(painter: QPainter, line: QPolygonF, guide: Guide, ratio: float) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    draw = painter.drawPolygon if guide.is_closed else painter.drawPolyline
    painter.setPen(QPen(DARK, 2.5 * ratio if guide.look is not Look.DASHED else ratio))
    draw(line)
    pen = QPen(LIGHT, ratio)
    if guide.look is Look.DASHED:
        pen.setDashPattern([DASH_PX, DASH_PX])
    painter.setPen(pen)
    draw(line)


def paint_shade(painter: QPainter, line: QPolygonF, viewport: Viewport) -> None:
    outside = QPainterPath()
    outside.addRect(QRectF(0, 0, viewport.width, viewport.height))
    inside = QPainterPath()
    inside.addPolygon(line)
    inside.closeSubpath()
    painter.fillPath(outside.subtracted(inside), SHADE)


def paint_stream(painter: QPainter, image: QImage, rect: Rect, viewport: Viewport) -> None:
    """A picture that is not finished, in its place."""
    painter.save()
    painter.setTransform(viewport.transform())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(QRectF(*rect), image)
    painter.restore()


def paint_handle(painter: QPainter, at: QPointF, ratio: float, accent: QColor) -> None:
    side = HANDLE_PX * ratio
    square = QRectF(at.x() - side / 2, at.y() - side / 2, side, side)
    painter.setPen(QPen(DARK, ratio))
    painter.setBrush(LIGHT)
    painter.drawRect(square)
    painter.setBrush(accent)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawRect(square.adjusted(2 * ratio, 2 * ratio, -2 * ratio, -2 * ratio))


def paint_text(painter: QPainter, text: str, box: QRectF, viewport: Viewport) -> None:
    """On a dark pill below the box, or inside where there is no room; the line of facts stays free."""
    font = painter.font()
    font.setPixelSize(round(11 * viewport.ratio))
    painter.setFont(font)
    metrics = painter.fontMetrics()
    wide, high = metrics.horizontalAdvance(text) + 14 * viewport.ratio, metrics.height() + 6 * viewport.ratio
    x = min(max(box.center().x() - wide / 2, 4), viewport.width - wide - 4)
    y = min(box.bottom() + 8 * viewport.ratio, viewport.height - high - FACTS_PX * viewport.ratio)
    pill = QRectF(x, y, wide, high)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 200))
    painter.drawRoundedRect(pill, high / 2, high / 2)
    painter.setPen(LIGHT)
    painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)


def outline_of(tip: Tip, x: float, y: float, viewport: Viewport) -> QPolygonF:
    """The tip's edge at (x, y) of the document, in device pixels, turned and flattened as it is."""
    radius = max(tip.radius_px, 0.5)
    place = QTransform()
    place.translate(x, y)
    place.rotate(tip.angle_deg)
    place.scale(radius, radius * tip.ratio)
    whole = place * viewport.transform()
    steps = min(max(round(radius * viewport.zoom), 24), 180)
    return QPolygonF(
        [
            whole.map(QPointF(math.cos(2 * math.pi * i / steps), math.sin(2 * math.pi * i / steps)))
            for i in range(steps)
        ]
    )


def paint_outline(painter: QPainter, outline: QPolygonF, ratio: float) -> None:
    """Dark outside, light inside: seen on everything."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(0, 0, 0, 150), 3 * ratio))
    painter.drawPolygon(outline)
    painter.setPen(QPen(LIGHT, 1.25 * ratio))
    painter.drawPolygon(outline)
    painter.restore()
