"""A control with its name before it."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.widgets.label import Label

LABEL_PX = 84
"""Of the name, so that the controls of a panel stand in line."""


class LabelledRow(QWidget):
    """`label_px`: how wide the name is; None: as wide as it needs."""

    def __init__(
        self, text: str, control: QWidget, tip: str = "", *, label_px: int | None = LABEL_PX
    ) -> None:
        super().__init__()
        self.setToolTip(tip)
        label = Label(text, role="dim")
        if label_px is not None:
            label.setFixedWidth(label_px)
        label.setBuddy(control)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(label)
        layout.addWidget(control, 1)
