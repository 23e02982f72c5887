"""A few choices side by side, one of them chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QWidget


class Segmented(QWidget):
    """Buttons in a row; Left and Right walk them, Tab leaves them. Value None shows none chosen."""

    value_changed = Signal(object)
    """Only when the artist chose, not through `set_value`."""

    def __init__(
        self, choices: Sequence[tuple[Any, str]] = (), parent: QWidget | None = None, *, name: str = ""
    ) -> None:
        """`choices` are (value, text); `name` is what a screen reader calls the row."""
        super().__init__(parent)
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._group.idClicked.connect(self._on_clicked)
        self._values: list[Any] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        self.set_choices(choices)

    def set_choices(self, choices: Sequence[tuple[Any, str]]) -> None:
        """Other choices; the one that was chosen stays if it is still there."""
        chosen = self.value()
        for button in self.buttons():
            self._group.removeButton(button)
            self._row.removeWidget(button)
            button.deleteLater()
        self._values = [value for value, _ in choices]
        for index, (_, text) in enumerate(choices):
            self._add_button(index, text)
        self.set_value(chosen)

    def _add_button(self, index: int, text: str) -> None:
        button = QPushButton(text)
        button.setCheckable(True)
        button.setAutoDefault(False)  # in a dialog Enter is for its main button; Space chooses here
        button.setProperty("role", "segment")
        button.setAccessibleName(f"{self.accessibleName()}: {text}" if self.accessibleName() else text)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.setMinimumWidth(1)
        self._group.addButton(button, index)
        self._row.addWidget(button)

    def buttons(self) -> list[QPushButton]:
        return [button for button in self._group.buttons() if isinstance(button, QPushButton)]

    def value(self) -> Any:
        """The chosen value, or None."""
        index = self._group.checkedId()
        return self._values[index] if index >= 0 else None

    def set_value(self, value: Any) -> None:
        """Show `value` as chosen; a value that is no choice shows none."""
        chosen = self._values.index(value) if value in self._values else -1
        self._group.setExclusive(False)  # else the chosen one could not be released
        for index, button in enumerate(self.buttons()):
            button.setChecked(index == chosen)
        self._group.setExclusive(True)
        for index, button in enumerate(self.buttons()):
            is_stop = index == max(chosen, 0)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if is_stop else Qt.FocusPolicy.ClickFocus)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        buttons = self.buttons()
        focused = next((index for index, button in enumerate(buttons) if button.hasFocus()), None)
        if step is None or focused is None:
            super().keyPressEvent(event)
            return
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            step = -step
        target = buttons[(focused + step) % len(buttons)]
        target.setFocus(Qt.FocusReason.TabFocusReason)
        target.click()

    def _on_clicked(self, index: int) -> None:
        self.set_value(self._values[index])
        self.value_changed.emit(self._values[index])
