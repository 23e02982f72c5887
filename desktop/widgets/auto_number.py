"""A number that may be left to the app: a slider, and beside it a button that says *auto*."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from desktop.widgets.number import NumberSlider


class AutoNumber(QWidget):
    """Value None while *auto* is pressed; moving the slider or typing a number lets go of it."""

    value_changed = Signal(object)
    """An int, a float, or None."""

    def __init__(self, slider: NumberSlider, auto_text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slider = slider
        self.auto = QPushButton(auto_text)
        self.auto.setCheckable(True)
        self.auto.setChecked(True)
        self.auto.setProperty("role", "segment")
        self.auto.setAccessibleName(f"{slider.accessibleName()}: {auto_text}")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(slider, 1)
        layout.addWidget(self.auto)
        self.setFocusProxy(slider)
        self.auto.clicked.connect(self._on_auto)
        slider.value_changed.connect(self._on_number)

    def value(self) -> int | float | None:
        return None if self.auto.isChecked() else self.slider.value()

    def set_value(self, value: float | None) -> None:
        """Show it; None presses *auto* and leaves the slider where it is."""
        self.auto.setChecked(value is None)
        if value is not None:
            with QSignalBlocker(self.slider):
                self.slider.set_value(value)

    def _on_auto(self, _checked: bool) -> None:
        self.value_changed.emit(self.value())

    def _on_number(self, value: float) -> None:
        self.auto.setChecked(False)
        self.value_changed.emit(value)
