"""A colour that is chosen by a click."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QColorDialog, QPushButton, QWidget

from desktop.widgets.theme import tokens

SWATCH_PX = 20
MARGIN_PX = 9


class ColourButton(QPushButton):
    """Shows the colour and its value; a click opens the system's chooser."""

    value_changed = Signal(object)
    """The new `QColor`."""

    def __init__(self, colour: QColor, parent: QWidget | None = None, *, name: str = "") -> None:
        super().__init__(parent)
        self._name = name
        self._colour = colour
        self.clicked.connect(self._choose)
        self._show()

    def value(self) -> QColor:
        return self._colour

    def set_value(self, colour: QColor) -> None:
        if colour.isValid() and colour != self._colour:
            self._colour = colour
            self._show()
            self.value_changed.emit(colour)

    def sizeHint(self) -> QSize:
        return super().sizeHint() + QSize(SWATCH_PX + MARGIN_PX, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = (self.height() - SWATCH_PX) / 2
        painter.setPen(tokens().color("line"))
        painter.setBrush(self._colour)
        painter.setOpacity(1.0 if self.isEnabled() else 0.4)
        painter.drawRoundedRect(QRectF(MARGIN_PX, top + 0.5, SWATCH_PX, SWATCH_PX - 1), 4, 4)

    def _show(self) -> None:
        value = self._colour.name().upper()
        self.setText(f"       {value}")
        self.setAccessibleName(f"{self._name} {value}".strip())
        self.update()

    def _choose(self) -> None:
        dialog = QColorDialog(self._colour, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(self._name)
        dialog.colorSelected.connect(self.set_value)
        dialog.open()
