"""How a lesson looks in the list: the picture small, its name, its caption; what is wrong with it."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from desktop.panels.learn.lesson_item_model import IS_TYPED, LESSON, PROBLEM, ROW

INSET_PX, PICTURE_PX, LINE_PX, CAPTION_PX = 8, 64, 18, 36
Index = QModelIndex | QPersistentModelIndex


class LessonRow(QStyledItemDelegate):
    """Plain text only. The editor lies where the caption is."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return ROW

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        ground = QStyleOptionViewItem(option)
        self.initStyleOption(ground, index)
        ground.text = ""
        style = option.widget.style() if option.widget is not None else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, ground, painter, option.widget)
        lesson = index.data(LESSON)
        if lesson is None:
            return
        self._paint_picture(painter, option, lesson.thumbnail)
        palette = option.palette
        ink, dim = palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.PlaceholderText)
        small = QFont(option.font)
        small.setPixelSize(11)
        words = words_place(option.rect)
        painter.setFont(small)
        painter.setPen(dim)
        head = f"{lesson.name} •" if index.data(IS_TYPED) else lesson.name
        elide = Qt.TextElideMode.ElideMiddle
        place = QRect(words.left(), words.top(), words.width(), LINE_PX)
        painter.drawText(
            place, Qt.AlignmentFlag.AlignVCenter, painter.fontMetrics().elidedText(head, elide, place.width())
        )
        problem = index.data(PROBLEM)
        text = problem or index.data() or self.tr("No words yet: the trigger alone")
        painter.setFont(option.font)
        painter.setPen(ink if problem or index.data() else dim)
        flags = int(Qt.AlignmentFlag.AlignTop) | int(Qt.TextFlag.TextWordWrap)
        painter.drawText(caption_place(option.rect), flags, text)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setAccessibleName(self.tr("Words for this picture"))
        return editor

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        editor.setGeometry(caption_place(option.rect))

    def _paint_picture(self, painter: QPainter, option: QStyleOptionViewItem, thumbnail) -> None:
        box = QRect(option.rect.left() + INSET_PX, option.rect.top() + INSET_PX, PICTURE_PX, PICTURE_PX)
        if thumbnail is None:
            painter.setPen(option.palette.color(QPalette.ColorRole.Mid))
            painter.drawRect(box)
            return
        pixmap = QPixmap.fromImage(thumbnail)
        size = pixmap.size().scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(box.topLeft(), size)
        place.moveCenter(box.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(place, pixmap)


def words_place(row: QRect) -> QRect:
    left = row.left() + 2 * INSET_PX + PICTURE_PX
    return QRect(left, row.top() + INSET_PX, row.right() - INSET_PX - left, PICTURE_PX)


def caption_place(row: QRect) -> QRect:
    words = words_place(row)
    return QRect(words.left(), words.top() + LINE_PX + 4, words.width(), CAPTION_PX + 6)
