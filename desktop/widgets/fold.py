"""What is seldom needed, behind a button that unfolds it."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from desktop.widgets.icons import icon


class Fold(QWidget):
    """`button` stands above `page`, which has `rows` and is there while the button is pressed."""

    toggled = Signal(bool)
    """True: it was unfolded."""

    def __init__(
        self, title: str, rows: Iterable[QWidget], *, is_open: bool = False, spacing: int = 8
    ) -> None:
        super().__init__()
        self.button = QToolButton()
        self.button.setText(title)
        self.button.setCheckable(True)
        self.button.setChecked(is_open)
        self.button.setProperty("role", "fold")
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.page = QWidget()
        inside, layout = QVBoxLayout(self.page), QVBoxLayout(self)
        for column in (inside, layout):
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(spacing)
        for row in rows:
            inside.addWidget(row)
        layout.addWidget(self.button)
        layout.addWidget(self.page)
        self._show(is_open)
        self.button.toggled.connect(self._show)
        self.button.toggled.connect(self.toggled)

    def _show(self, is_open: bool) -> None:
        self.button.setIcon(icon("chevron-down" if is_open else "chevron-right"))
        self.page.setVisible(is_open)
