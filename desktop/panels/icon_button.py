"""Buttons with a line icon: alone, with a name for screen readers and a tooltip, or beside a word."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QToolButton

from desktop.widgets.icons import icon

ALONE_PX, WIDEST_PX = 34, 16_777_215
"""Of a button with a word: while its icon stands alone, and as Qt has it."""


class IconButton(QToolButton):
    """`keys`, where given, are shown after the name in the tooltip."""

    def __init__(self, icon_name: str, name: str, keys: str = "") -> None:
        super().__init__()
        self.setIcon(icon(icon_name))
        self.setAccessibleName(name)
        self.setToolTip(f"{name} ({keys})" if keys else name)


class LabelledButton(QPushButton):
    """An icon and a word with air between them (Qt's styles leave 4 px, too little at this size)."""

    def __init__(self, icon_name: str, text: str, token: str = "text") -> None:
        super().__init__(icon(icon_name, token), "")
        self.set_words(text)

    def set_icon(self, icon_name: str, token: str = "text") -> None:
        self.setIcon(icon(icon_name, token))

    def set_words(self, text: str) -> None:
        self.setText(f" {text}")
        self.setAccessibleName(text)

    def show_words(self, shows: bool) -> None:
        """Where there is little room the icon stands alone; who points at it is told the word."""
        self.setText(f" {self.accessibleName()}" if shows else "")
        self.setMaximumWidth(WIDEST_PX if shows else ALONE_PX)
        if not self.toolTip():
            self.setToolTip(self.accessibleName())
