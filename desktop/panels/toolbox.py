"""The tools in one column, and the two colours below them."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeySequence, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QFrame,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.panels.colours import ColourPopup
from desktop.tools.tool import Tool
from desktop.tools.toolbox import tools
from desktop.tools.workbench import Workbench
from desktop.widgets.icons import icon
from desktop.widgets.label import plain_tooltip
from desktop.widgets.theme import tokens

WIDTH_PX = 46
BUTTON_PX, BUTTON_HIGH_PX, BUTTON_LOW_PX = 34, 28, 24
ABOVE_PX = 6
ICON_PX = 18
SWATCHES = QSize(34, 34)


class Toolbox(QFrame):
    """One tool is in hand. In a low window the buttons are lower, then they scroll; the colours stay."""

    taken = Signal()
    """A tool was clicked: the keys are the canvas's now."""

    def __init__(self, bench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self.setObjectName("toolbox")
        self.setFixedWidth(WIDTH_PX)
        self.setAccessibleName(self.tr("Tools"))
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._buttons: dict[str, QToolButton] = {}
        self._lay_out()
        bench.changed.connect(self._follow)
        self._follow("tool_id")

    def button(self, tool_id: str) -> QToolButton:
        return self._buttons[tool_id]

    def _lay_out(self) -> None:
        column = QWidget()
        tools_layout = QVBoxLayout(column)
        tools_layout.setContentsMargins(0, ABOVE_PX, 0, 0)
        tools_layout.setSpacing(0)
        for tool in tools().values():
            tools_layout.addWidget(self._button_for(tool), 0, Qt.AlignmentFlag.AlignHCenter)
        tools_layout.addStretch()
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(column)
        self.swatches = Swatches(self._bench)
        layout = self._column = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 8)
        layout.setSpacing(6)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(self.swatches, 0, Qt.AlignmentFlag.AlignHCenter)

    def _button_for(self, tool: Tool) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(tool.icon))
        button.setIconSize(QSize(ICON_PX, ICON_PX))
        button.setFixedSize(BUTTON_PX, BUTTON_HIGH_PX)
        button.setCheckable(True)
        button.setAccessibleName(tool.text)
        button.setAccessibleDescription(tool.hint_text)
        keys = QKeySequence(tool.key).toString(QKeySequence.SequenceFormat.NativeText)
        name = f"{tool.text} ({keys})" if keys else tool.text
        button.setToolTip(plain_tooltip(f"{name}\n{tool.hint_text}"))
        button.clicked.connect(lambda: self._take_up(tool, button))
        self._group.addButton(button)
        self._buttons[tool.id] = button
        return button

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._column.activate()  # the room for the buttons is known then
        each = (self._scroll.height() - ABOVE_PX) // len(self._buttons)
        for button in self._buttons.values():
            button.setFixedHeight(min(max(each, BUTTON_LOW_PX), BUTTON_HIGH_PX))

    def _take_up(self, tool: Tool, button: QToolButton) -> None:
        self._bench.take_up(tool.id)
        if not button.hasFocus():
            self.taken.emit()

    def _follow(self, name: str) -> None:
        if name != "tool_id":
            return
        for tool_id, button in self._buttons.items():
            is_held = tool_id == self._bench.tool_id
            button.setChecked(is_held)
            # one stop for Tab; the arrows walk on from there
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus if is_held else Qt.FocusPolicy.NoFocus)
            if is_held:
                self._scroll.ensureWidgetVisible(button, 0, 8)


class Swatches(QAbstractButton):
    """Foreground over background. A click opens the colours, on the lower right for the background."""

    opened = Signal()

    def __init__(self, bench: Workbench) -> None:
        super().__init__()
        self._bench = bench
        self._popup: ColourPopup | None = None
        self.setFixedSize(SWATCHES)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Colours"))
        self.setToolTip(self.tr("Foreground and background colour (X swaps, D resets)"))
        self.clicked.connect(self.open)
        bench.changed.connect(self._on_bench)
        self._pressed = QPoint()

    def _on_bench(self, _name: str) -> None:
        self.update()

    def open(self) -> None:
        """The colours, for the one that was clicked."""
        side = self.width() * 2 // 3
        is_background = self._pressed.x() > side and self._pressed.y() > side // 2
        self._popup = ColourPopup(self._bench, is_background, self)
        self._popup.open_beside(self)
        self._pressed = QPoint()
        self.opened.emit()

    @property
    def popup(self) -> ColourPopup | None:
        return self._popup

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position().toPoint()
        super().mousePressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = 20
        for color, at in ((self._bench.background, 11), (self._bench.foreground, 3)):
            painter.setPen(QPen(tokens().color("window"), 2))
            painter.setBrush(QColor(color))
            painter.drawRoundedRect(at, at, side, side, 4, 4)
            painter.setPen(QPen(tokens().color("dim"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(at, at, side, side, 4, 4)
        if self.hasFocus():
            painter.setPen(QPen(tokens().color("text"), 2))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 6, 6)
        painter.end()
