"""What stands on the desk while there is no picture: an icon, one line, and what one can press."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop.widgets.icons import icon
from desktop.widgets.label import Label

ICON_PX = 40


class EmptyPlace(QWidget):
    """Says what to do here."""

    clicked = Signal()
    chosen = Signal(str)
    """One of the examples was pressed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture = BigIcon("image")
        self.line = Label("", role="desk")
        self.line.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.line.setWordWrap(True)
        self.button = QPushButton()
        self.button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.button.clicked.connect(self.clicked)
        self.examples = QHBoxLayout()
        self.examples.setSpacing(8)
        layout = QVBoxLayout(self)
        layout.setSpacing(16)
        layout.addStretch()
        layout.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self.line)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addLayout(self.examples)
        layout.addStretch()

    def say(self, icon_name: str, text: str, button: str) -> None:
        """Show this; without `button` there is none."""
        self.picture.set_icon(icon_name)
        self.line.setText(text)
        self.button.setText(button)
        self.button.setVisible(bool(button))

    def offer(self, examples: Sequence[str]) -> None:
        """Buttons in one line, instead of the single one; none brings that back."""
        while (item := self.examples.takeAt(0)) is not None:
            if (button := item.widget()) is not None:
                button.hide()
                button.deleteLater()
        self.button.setVisible(not examples and bool(self.button.text()))
        self.examples.addStretch()
        for text in examples:
            self.examples.addWidget(self._example(text))
        self.examples.addStretch()

    def _example(self, text: str) -> QPushButton:
        button = QPushButton(text.replace("&", "&&"))
        button.setProperty("role", "example")
        button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        button.clicked.connect(lambda: self.chosen.emit(text))
        return button


class BigIcon(QWidget):
    """An icon on the desk, in a colour that is readable there."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setFixedSize(ICON_PX, ICON_PX)
        self.set_icon(name)

    def set_icon(self, name: str) -> None:
        self._icon = icon(name, "desk_text")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(ICON_PX, ICON_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._icon.paint(painter, self.rect())
        painter.end()  # before the widget can go
