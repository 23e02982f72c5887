"""What a dialog asks, and the two buttons below it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialogButtonBox, QFormLayout, QLayout, QVBoxLayout, QWidget

from desktop.widgets.label import Label


class Form(QFormLayout):
    """Controls in a column, their names before them."""

    def __init__(self, spacing: int = 8) -> None:
        """`spacing`: pixels between the lines."""
        super().__init__()
        self.setHorizontalSpacing(16)
        self.setVerticalSpacing(spacing)

    def add(self, text: str, control: QWidget | QLayout, buddy: QWidget | None = None) -> None:
        """`buddy` is what the name is of, where that is a part of `control`."""
        label = Label(text, role="dim")
        named = buddy or control
        if isinstance(named, QWidget):
            label.setBuddy(named)
        self.addRow(label, control)


class Foot(QDialogButtonBox):
    """`main` does what the dialog is for, also at Enter; Cancel stands beside it."""

    def __init__(self, text: str, accept: Callable[[], object], cancel: Callable[[], object]) -> None:
        super().__init__()
        self.main = self.addButton(text, QDialogButtonBox.ButtonRole.AcceptRole)
        self.main.setProperty("role", "main")
        self.addButton(self.tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        self.accepted.connect(accept)
        self.rejected.connect(cancel)

    def showEvent(self, event: QShowEvent) -> None:
        """Told when it is in its dialog: that else takes the first button of all for the one of Enter."""
        super().showEvent(event)
        self.main.setDefault(False)
        self.main.setDefault(True)


def lay_out(dialog: QWidget, *parts: QWidget | QLayout) -> None:
    """From top to bottom, with a dialog's margins."""
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(24, 24, 24, 16)
    layout.setSpacing(16)
    for part in parts:
        if isinstance(part, QLayout):
            layout.addLayout(part)
        else:
            layout.addWidget(part)
