"""How a frame of the filmstrip is drawn."""

from __future__ import annotations

import math

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.widgets.strip_items import FIRST_OF_GROUP, ITEM, StripItem
from desktop.widgets.theme import CORNER_PX, SMALL_PX, tokens

FRAME_PX = 80
GAP_PX = 8
LABEL_PX = 18
GROUP_GAP_PX = 8
"""More room, and a line, before the first result."""


class StripDelegate(QStyledItemDelegate):
    """A square with round corners and a label below; the chosen one wears the accent."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pulse = 0.0
        """0..1: where the running frame's pulse stands; stays 1 where motion is reduced."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        extra = GROUP_GAP_PX if index.data(FIRST_OF_GROUP) else 0
        return QSize(FRAME_PX + GAP_PX + extra, FRAME_PX + LABEL_PX + 4)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        item: StripItem = index.data(ITEM)
        rect: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]  (a plain member of the stub)
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]
        is_chosen = bool(state & QStyle.StateFlag.State_Selected)
        if index.data(FIRST_OF_GROUP):
            x = rect.left() - GAP_PX // 2 + GROUP_GAP_PX // 2 + 1
            painter.fillRect(QRect(x, rect.top() + 2, 1, FRAME_PX), tokens().color("line"))
        frame = QRectF(rect.right() - GAP_PX - FRAME_PX + 2, rect.top() + 2, FRAME_PX, FRAME_PX)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self._paint_picture(painter, frame, item.image)
        self._paint_edge(painter, frame, item, is_chosen, bool(state & QStyle.StateFlag.State_MouseOver))
        self._paint_label(painter, frame, item.label, is_chosen)
        painter.restore()

    def _paint_picture(self, painter: QPainter, frame: QRectF, image: QImage) -> None:
        shape = QPainterPath()
        shape.addRoundedRect(frame, CORNER_PX, CORNER_PX)
        painter.fillPath(shape, tokens().color("field"))
        if image.isNull():
            return
        painter.save()
        painter.setClipPath(shape)
        painter.drawImage(frame, image, square_of(image))
        painter.restore()

    def _paint_edge(
        self, painter: QPainter, frame: QRectF, item: StripItem, is_chosen: bool, is_hovered: bool
    ) -> None:
        if is_chosen:
            pen = QPen(tokens().color("accent"), 2)
        elif item.is_running:
            color = QColor(tokens().color("accent"))
            color.setAlphaF(0.35 + 0.65 * (0.5 + 0.5 * math.sin(math.tau * self.pulse)))
            pen = QPen(
                color, 2, Qt.PenStyle.DotLine
            )  # dotted: not to be told from the chosen by colour alone
        elif is_hovered:
            pen = QPen(tokens().color("dim"), 1)
        else:
            return
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(frame.adjusted(0.5, 0.5, -0.5, -0.5), CORNER_PX, CORNER_PX)

    def _paint_label(self, painter: QPainter, frame: QRectF, text: str, is_chosen: bool) -> None:
        font = QFont(painter.font())
        font.setPixelSize(SMALL_PX - 1)
        painter.setFont(font)
        painter.setPen(tokens().color("text" if is_chosen else "dim"))
        below = QRectF(frame.left(), frame.bottom() + 2, frame.width(), LABEL_PX - 2)
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(below.width()))
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, shown)


def square_of(image: QImage) -> QRectF:
    """The largest centred square of `image`, in its pixels."""
    side = min(image.width(), image.height())
    return QRectF((image.width() - side) / 2, (image.height() - side) / 2, side, side)
