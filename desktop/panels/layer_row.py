"""How a layer looks in the list: its picture, name and facts, and the eye that shows and hides it."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QImage, QMouseEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from desktop.panels.layer_item_model import FACTS, LAYER, PICTURE
from desktop.state.document.layers import Group, ImageLayer, Layer, MaskLayer, ResultLayer
from desktop.widgets.icons import icon

ROW_PX, PICTURE_PX, ICON_PX, EYE_PX = 40, 32, 16, 28
GAP_PX = 8
Index = QModelIndex | QPersistentModelIndex
ICONS = {Group: "folder", ResultLayer: "sparkles", MaskLayer: "blend", ImageLayer: "image"}


class LayerRow(QStyledItemDelegate):
    """One line, or two where there are facts; plain text only, whatever a name holds."""

    eye_clicked = Signal(object)
    """The layer whose eye was pressed."""
    fold_clicked = Signal(object)
    """The index of the group whose folder was pressed."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        layer: Layer | None = index.data(LAYER)
        if layer is None:
            return
        self._paint_ground(painter, option, index)
        painter.save()
        painter.setOpacity(1.0 if layer.visible else 0.5)
        left = self._paint_picture(painter, option, layer, index.data(PICTURE))
        text = option.rect.adjusted(left - option.rect.left(), 0, -EYE_PX - GAP_PX, 0)
        self._paint_words(painter, option, text, index)
        painter.restore()
        eye = eye_place(option.rect)
        icon("eye" if layer.visible else "eye-off", "dim").paint(painter, _centred(eye, ICON_PX))
        if layer.locked:
            icon("lock", "dim").paint(painter, _centred(eye.translated(-20, 0), 12))

    def editorEvent(
        self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        """The eye acts when it is pressed; the row is not chosen by that."""
        is_press = event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)
        if not is_press or not isinstance(event, QMouseEvent):
            return super().editorEvent(event, model, option, index)
        if eye_place(option.rect).contains(event.position().toPoint()):
            if event.button() == Qt.MouseButton.LeftButton:
                self.eye_clicked.emit(index.data(LAYER))
            return True
        if isinstance(index.data(LAYER), Group) and event.position().x() < option.rect.left() + PICTURE_PX:
            self.fold_clicked.emit(index)
        return super().editorEvent(event, model, option, index)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setAccessibleName(self.tr("Name of the layer"))
        return editor

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        left = PICTURE_PX + 3 * GAP_PX
        editor.setGeometry(option.rect.adjusted(left, 4, -EYE_PX - GAP_PX, -4))

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        ground = QStyleOptionViewItem(option)
        self.initStyleOption(ground, index)
        ground.text = ""
        style = option.widget.style() if option.widget is not None else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, ground, painter, option.widget)

    def _paint_picture(
        self, painter: QPainter, option: QStyleOptionViewItem, layer: Layer, picture: QImage | None
    ) -> int:
        """The layer's picture, or the icon of its kind; returns where the words begin."""
        place = QRect(option.rect.left() + GAP_PX, 0, PICTURE_PX, PICTURE_PX)
        place.moveTop(option.rect.center().y() - PICTURE_PX // 2 + 1)
        if picture is not None:
            size = picture.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
            frame = QRect(0, 0, max(1, size.width()), max(1, size.height()))
            frame.moveCenter(place.center())
            painter.fillRect(frame, option.palette.color(QPalette.ColorRole.Mid))
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(frame, picture)
        if isinstance(layer, Group):
            is_open = bool(option.state & QStyle.StateFlag.State_Open)
            arrow = _centred(QRect(place.left() - 4, place.top(), 14, place.height()), 12)
            icon("chevron-down" if is_open else "chevron-right", "dim").paint(painter, arrow)
        kind = next((name for kind, name in ICONS.items() if isinstance(layer, kind)), "brush")
        badge = _centred(place, ICON_PX) if picture is None else QRect(place.right() + 6, 0, 14, 14)
        if picture is not None:
            badge.moveTop(option.rect.center().y() - 6)
        icon(kind, "accent" if isinstance(layer, MaskLayer) else "dim").paint(painter, badge)
        return badge.right() + GAP_PX if picture is not None else place.right() + GAP_PX

    def _paint_words(
        self, painter: QPainter, option: QStyleOptionViewItem, place: QRect, index: Index
    ) -> None:
        facts = index.data(FACTS)
        small = QFont(option.font)
        small.setPixelSize(11)
        ink = option.palette.color(QPalette.ColorRole.Text)
        dim = option.palette.color(QPalette.ColorRole.PlaceholderText)
        lines = [(index.data(), option.font, ink), *([(facts, small, dim)] if facts else [])]
        height = 17
        top = place.center().y() - height * len(lines) // 2 + 1
        for line, (text, font, colour) in enumerate(lines):
            painter.setFont(font)
            painter.setPen(colour)
            where = QRect(place.left(), top + line * height, place.width(), height)
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, where.width())
            painter.drawText(where, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


def eye_place(row: QRect) -> QRect:
    """Where the eye is in a row."""
    return QRect(row.right() - EYE_PX, row.top(), EYE_PX, row.height())


def _centred(place: QRect, side: int) -> QRect:
    square = QRect(0, 0, side, side)
    square.moveCenter(place.center())
    return square
