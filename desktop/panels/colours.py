"""The colours to paint with: chosen by eye, by number, or one of the last."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from desktop.tools.workbench import MOST_RECENT, Workbench
from desktop.widgets.colour_field import ColourField
from desktop.widgets.label import Label
from desktop.widgets.segmented import Segmented
from desktop.widgets.theme import tokens

WIDTH_PX = 252
SWATCH_PX = 26
IN_A_ROW = 8
BASICS = ("#000000", "#ffffff", "#808080", "#d83a2b", "#f2a33d", "#f5e04c", "#3fae55", "#2f6fd6")


class ColourPopup(QFrame):
    """Follows the bench; closes with a click outside or Esc."""

    def __init__(self, bench: Workbench, is_background: bool, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("surface", "raised")
        self._bench = bench
        self.which = Segmented(
            [(False, self.tr("Foreground")), (True, self.tr("Background"))], name=self.tr("Colour of")
        )
        self.which.set_value(is_background)
        self.which.value_changed.connect(lambda _value: self._show())
        self.field = ColourField(name=self.tr("Colour"))
        self.field.value_changed.connect(self._take)
        self.code = QLineEdit()
        self.code.setAccessibleName(self.tr("Colour as a code, e.g. #f2643d"))
        self.code.setMaxLength(32)
        self.code.editingFinished.connect(self._take_code)
        self._lay_out()
        bench.changed.connect(self._show)
        self._show()

    def open_beside(self, widget: QWidget) -> None:
        self.adjustSize()
        place = widget.mapToGlobal(QPoint(widget.width() + 8, widget.height() - self.height()))
        screen = widget.screen().availableGeometry()
        x = min(max(place.x(), screen.left() + 4), screen.right() - self.width() - 4)
        y = min(max(place.y(), screen.top() + 4), screen.bottom() - self.height() - 4)
        self.move(x, y)
        self.show()
        self.field.setFocus()

    @property
    def _field_name(self) -> str:
        return "background" if self.which.value() else "foreground"

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(10)
        layout.addWidget(self.which)
        layout.addWidget(self.field)
        row = QHBoxLayout()
        row.setSpacing(8)
        label = Label(self.tr("Code"), role="dim")
        label.setBuddy(self.code)
        row.addWidget(label)
        row.addWidget(self.code, 1)
        layout.addLayout(row)
        self.swatches = QGridLayout()
        self.swatches.setSpacing(4)
        colors = list(dict.fromkeys([*self._bench.recent, *BASICS]))[: max(MOST_RECENT, 16)]
        for index, color in enumerate(colors):
            swatch = Swatch(color)
            swatch.clicked.connect(lambda _=False, color=color: self._take(QColor(color)))
            self.swatches.addWidget(swatch, index // IN_A_ROW, index % IN_A_ROW)
        layout.addLayout(self.swatches)
        self.setFixedWidth(WIDTH_PX + 24)

    def _take(self, color: QColor) -> None:
        setattr(self._bench, self._field_name, color.name())

    def _take_code(self) -> None:
        """`#rgb`, `#rrggbb` or a name of SVG; what is none changes nothing."""
        text = self.code.text().strip()
        for wanted in (text, f"#{text}"):
            if QColor.isValidColorName(wanted):
                self._take(QColor(wanted))
                break
        self._show()

    def _show(self, _name: str = "") -> None:
        color = QColor(getattr(self._bench, self._field_name))
        self.field.set_value(color)
        if not (self.code.hasFocus() and self.code.isModified()):
            self.code.setText(color.name())


class Swatch(QAbstractButton):
    """One colour to click on."""

    def __init__(self, color: str) -> None:
        super().__init__()
        self.color = color
        self.setFixedSize(QSize(SWATCH_PX, SWATCH_PX))
        self.setAccessibleName(color)
        self.setToolTip(color)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(self.color))
        token = "text" if self.hasFocus() else "line"
        painter.setPen(QPen(tokens().color(token), 2 if self.hasFocus() else 1))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -2, -2), 4, 4)
        painter.end()
