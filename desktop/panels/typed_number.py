"""A whole number that is typed: wrong text is marked and explained, never replaced or lost."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from desktop.state.observable import Observable
from desktop.widgets.icons import icon


class TypedNumber(QLineEdit):
    """Shows and sets `observable.field`, of any size (a seed has 64 bits, more than Qt's `int`).

    While the text is no allowed number the field keeps its last value, `problem` says why
    and a sign is shown in the field. Up and Down step by `step`.
    """

    def __init__(
        self, observable: Observable, field: str, low: int, high: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._observable, self._field = observable, field
        self.low, self.high = low, high
        self.step = 1
        self.is_grid = False
        """Whether only multiples of `step` are allowed."""
        self.problem = ""
        self._sign = self.addAction(icon("circle-alert"), QLineEdit.ActionPosition.TrailingPosition)
        self._sign.setVisible(False)
        self.textEdited.connect(self._take)
        observable.changed.connect(self._follow)
        self._show()

    def set_grid(self, step: int) -> None:
        """Allow only multiples of `step`."""
        self.step, self.is_grid = step, True
        self._take(self.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        directions = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
        if event.key() in directions and not event.modifiers():
            self._step_by(directions[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def _step_by(self, direction: int) -> None:
        value = getattr(self._observable, self._field)
        stepped = (value // self.step + direction) * self.step if self.is_grid else value + direction
        if self.low <= stepped <= self.high:
            setattr(self._observable, self._field, stepped)
            self._show()

    def _take(self, text: str) -> None:
        value = read_whole(text)
        self._mark(self._problem_with(value))
        if value is not None and not self.problem:
            setattr(self._observable, self._field, value)

    def _problem_with(self, value: int | None) -> str:
        if value is None or not self.low <= value <= self.high:
            return self.tr("A whole number from {low} to {high}").format(low=self.low, high=self.high)
        if self.is_grid and value % self.step:
            near = max(self.step, round(value / self.step) * self.step)
            return self.tr("In steps of {step}: {near} is near").format(step=self.step, near=near)
        return ""

    def _follow(self, field: str) -> None:
        if field == self._field and read_whole(self.text()) != getattr(self._observable, self._field):
            self._show()

    def _show(self) -> None:
        self.setText(str(getattr(self._observable, self._field)))
        self._mark("")

    def _mark(self, problem: str) -> None:
        self.problem = problem
        self.setToolTip(problem)
        self.setAccessibleDescription(problem)
        self._sign.setVisible(bool(problem))
        self._sign.setToolTip(problem)


def read_whole(text: str) -> int | None:
    """The number in `text`, spaces around it allowed; None where it is none (or absurdly long)."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 30 else None
