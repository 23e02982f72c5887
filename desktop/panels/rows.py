"""A section of rows: what there is to say, a row for each thing, and the buttons that add one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.widgets.label import Label

Row = TypeVar("Row", bound=QWidget)


class RowsPanel(QWidget, Generic[Row]):
    """Who has one decides what the rows are; `set_rows` shows them."""

    def __init__(self, spacing: int, parent: QWidget | None = None) -> None:
        """`spacing`: pixels between rows."""
        super().__init__(parent)
        self.rows: list[Row] = []
        self.said = Label(role="dim")
        self.said.setWordWrap(True)
        self._rows, self._buttons = QVBoxLayout(), QHBoxLayout()
        self._rows.setSpacing(spacing)
        self._buttons.setSpacing(8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.said)
        layout.addLayout(self._rows)
        layout.addLayout(self._buttons)

    def add_buttons(self, *buttons: QWidget) -> None:
        """Below the rows, once."""
        for button in buttons:
            self._buttons.addWidget(button)
        self._buttons.addStretch()

    def say(self, text: str) -> None:
        """Above the rows; "" for nothing."""
        self.said.setText(text)
        self.said.setVisible(bool(text))

    def set_rows(self, rows: Sequence[Row]) -> None:
        """In this order; present rows that are among them stay as they are, the others are deleted."""
        for row in self.rows:
            if row not in rows:
                self._rows.removeWidget(row)
                row.hide()
                row.deleteLater()
        for place, row in enumerate(rows):
            if self._rows.indexOf(row) != place:
                self._rows.insertWidget(place, row)
        self.rows = list(rows)
