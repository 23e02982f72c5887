"""How a picture of the grid and the header of a group are drawn."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPen, QPolygonF

from desktop.widgets.grid.content import Cell
from desktop.widgets.grid.layout import HEADER_PX
from desktop.widgets.icons import icon
from desktop.widgets.theme import CORNER_PX, SMALL_PX, TEXT_PX, tokens

RING_PX = 3
INSET_PX = 6
STAR_PX = 9
BADGE_PX = 20
SMALLEST_FOR_BADGES_PX = 56
"""Smaller pictures show their pixels only."""
STAR = QPolygonF([
    QPointF(0.5, 0.0), QPointF(0.65, 0.33), QPointF(1.0, 0.38), QPointF(0.74, 0.63), QPointF(0.81, 1.0),
    QPointF(0.5, 0.82), QPointF(0.19, 1.0), QPointF(0.26, 0.63), QPointF(0.0, 0.38), QPointF(0.35, 0.33),
])  # fmt: skip


@dataclass(frozen=True)
class CellState:
    """How a cell stands in its grid."""

    is_picked: bool = False
    is_current: bool = False
    """The keyboard stands here, and the grid has the focus."""
    is_hovered: bool = False


def draw_cell(
    painter: QPainter, box: QRect, image: QImage | None, empty: QColor, cell: Cell, state: CellState
) -> None:
    """`image` is as large as the box in device pixels, or is scaled roughly for the moment."""
    if image is None:
        _draw_empty(painter, box, empty)
    elif cell.is_missing:
        painter.setOpacity(0.4)
        painter.drawImage(box, image)
        painter.setOpacity(1.0)
    else:
        painter.drawImage(box, image)
    if min(box.width(), box.height()) >= SMALLEST_FOR_BADGES_PX:
        _draw_badges(painter, box, cell)
    _draw_ring(painter, box, state)


def _draw_empty(painter: QPainter, box: QRect, colour: QColor) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(box, CORNER_PX, CORNER_PX)


def _draw_ring(painter: QPainter, box: QRect, state: CellState) -> None:
    """The picked wear the accent; where the keyboard stands there is a white ring inside it."""
    if not (state.is_picked or state.is_current or state.is_hovered):
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    frame = QRectF(box)
    if state.is_picked:
        _stroke(painter, frame, tokens().color("accent"), RING_PX)
        _stroke(painter, frame.adjusted(RING_PX, RING_PX, -RING_PX, -RING_PX), tokens().color("shadow"), 1)
    elif state.is_hovered:
        _stroke(painter, frame, tokens().color("dim"), 1)
    if state.is_current:
        inset = RING_PX if state.is_picked else 0
        inner = frame.adjusted(inset, inset, -inset, -inset)
        _stroke(painter, inner, tokens().color("shadow"), 4)  # seen on light pictures too
        _stroke(painter, inner, QColor(Qt.GlobalColor.white), 2)


def _stroke(painter: QPainter, frame: QRectF, colour: QColor, width: float) -> None:
    half = width / 2
    painter.setPen(QPen(colour, width))
    painter.drawRoundedRect(frame.adjusted(half, half, -half, -half), CORNER_PX - 1, CORNER_PX - 1)


def _draw_badges(painter: QPainter, box: QRect, cell: Cell) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    if cell.rating:
        _draw_stars(painter, box, cell.rating)
    if cell.colour is not None:
        _draw_label(painter, box, cell.colour)
    if cell.stack > 1:
        _draw_stack(painter, box, cell)
    if cell.is_missing:
        _draw_sign(painter, box, "circle-alert")
    elif cell.mark:
        _draw_word(painter, QPointF(box.left() + INSET_PX, box.top() + INSET_PX), cell.mark)


def _draw_stars(painter: QPainter, box: QRect, rating: int) -> None:
    """On a dark pill, so that they are read on any picture."""
    width = rating * (STAR_PX + 2) + 8
    pill = QRectF(box.left() + INSET_PX, box.bottom() - INSET_PX - 15, width, 16)
    _draw_pill(painter, pill)
    painter.setBrush(tokens().color("pill_text"))
    for number in range(rating):
        painter.save()
        painter.translate(pill.left() + 5 + number * (STAR_PX + 2), pill.top() + 3.5)
        painter.scale(STAR_PX, STAR_PX)
        painter.drawPolygon(STAR)
        painter.restore()


def _draw_label(painter: QPainter, box: QRect, colour: QColor) -> None:
    spot = QRectF(box.right() - INSET_PX - 11, box.bottom() - INSET_PX - 11, 12, 12)
    painter.setPen(QPen(tokens().color("pill"), 2))
    painter.setBrush(colour)
    painter.drawEllipse(spot)
    painter.setPen(Qt.PenStyle.NoPen)


def stack_badge(box: QRect, cell: Cell) -> QRect:
    """Where the number of a stack stands: pressed, it is spread out or gathered."""
    width = _small().horizontalAdvance(str(cell.stack)) + 28
    return QRect(box.right() - INSET_PX - width + 1, box.top() + INSET_PX, width, BADGE_PX)


def _draw_stack(painter: QPainter, box: QRect, cell: Cell) -> None:
    pill = stack_badge(box, cell)
    _draw_pill(painter, QRectF(pill))
    icon("layers-2" if not cell.is_open else "chevron-right", "pill_text").paint(
        painter, pill.left() + 5, pill.top() + 3, 14, 14
    )
    painter.setFont(_small_font())
    painter.setPen(tokens().color("pill_text"))
    painter.drawText(pill.adjusted(20, 0, -6, 0), Qt.AlignmentFlag.AlignCenter, str(cell.stack))


def _draw_sign(painter: QPainter, box: QRect, name: str) -> None:
    pill = QRect(box.left() + INSET_PX, box.top() + INSET_PX, BADGE_PX, BADGE_PX)
    _draw_pill(painter, QRectF(pill))
    icon(name, "pill_text").paint(painter, pill.adjusted(3, 3, -3, -3))


def _draw_word(painter: QPainter, place: QPointF, word: str) -> None:
    pill = QRectF(place.x(), place.y(), _small().horizontalAdvance(word) + 12, 18)
    _draw_pill(painter, pill)
    painter.setFont(_small_font())
    painter.setPen(tokens().color("pill_text"))
    painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, word)


def _draw_pill(painter: QPainter, pill: QRectF) -> None:
    colour = tokens().color("pill")
    colour.setAlphaF(0.8)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2)


def draw_header(painter: QPainter, left: int, top: int, width: int, title: str, count: str) -> None:
    """The title of a group and how many pictures it has, on one line."""
    font = QFont(painter.font())
    font.setPixelSize(TEXT_PX)
    font.setWeight(QFont.Weight.DemiBold)
    painter.setFont(font)
    metrics = QFontMetrics(font)
    painter.setPen(tokens().color("desk_text"))
    line = QRect(left, top, width, HEADER_PX)
    shown = metrics.elidedText(" ".join(title.split()), Qt.TextElideMode.ElideRight, max(40, width - 80))
    middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    painter.drawText(line, middle, shown)
    painter.setFont(_small_font())
    painter.setPen(tokens().color("desk_text"))
    painter.setOpacity(0.75)
    painter.drawText(line.adjusted(metrics.horizontalAdvance(shown) + 10, 1, 0, 0), middle, count)
    painter.setOpacity(1.0)


def draw_band(painter: QPainter, band: QRect) -> None:
    colour = tokens().color("accent")
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(colour, 1))
    colour.setAlphaF(0.15)
    painter.setBrush(colour)
    painter.drawRect(band.adjusted(0, 0, -1, -1))


def _small_font() -> QFont:
    font = QFont()
    font.setPixelSize(SMALL_PX)
    return font


def _small() -> QFontMetrics:
    return QFontMetrics(_small_font())
