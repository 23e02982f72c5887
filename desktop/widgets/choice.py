"""A drop-down list for panels that scroll."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter, QWidget


class Choice(QComboBox):
    """A combo box that the wheel cannot change: the wheel scrolls the panel, the open list scrolls itself."""

    def __init__(self, parent: QWidget | None = None, *, name: str = "") -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def offer(self, entries: Sequence[tuple[str, str]]) -> None:
        """Text and value of all that can be chosen, in this order; an open list stays open meanwhile."""
        values = {value for _, value in entries}
        for row in reversed(range(self.count())):
            if self.itemData(row) not in values:
                self.removeItem(row)
        for row, (text, value) in enumerate(entries):
            if self.itemData(row) != value:
                self.insertItem(row, text, value)
            elif self.itemText(row) != text:
                self.setItemText(row, text)
        while self.count() > len(entries):  # where one stood before
            self.removeItem(self.count() - 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """As ever, with dots where the text is too long for it."""
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        room = self.room_px(option)
        option.currentText = self.fontMetrics().elidedText(  # type: ignore[attr-defined]  # the stubs lack it
            self.currentText(), Qt.TextElideMode.ElideRight, room
        )
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def room_px(self, option: QStyleOptionComboBox) -> int:
        """How wide the present text can be."""
        control, part = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
        return self.style().subControlRect(control, option, part, self).width()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()
