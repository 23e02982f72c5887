"""Undo and redo of what is done to pictures on the disk and to what is said of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

MOST_STEPS = 200


@dataclass(frozen=True, eq=False)
class Step:
    """One thing that was done, and how it is taken back and done again; both may take their time."""

    text: str
    undo: Callable[[], None]
    redo: Callable[[], None]
    forget: Callable[[], None] = lambda: None
    """It cannot be undone any more: what was kept for that may go."""


class Steps(QObject):
    """The last ones first."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._done: list[Step] = []
        self._undone: list[Step] = []

    @property
    def last(self) -> Step | None:
        return self._done[-1] if self._done else None

    def can_undo(self) -> bool:
        return bool(self._done)

    def can_redo(self) -> bool:
        return bool(self._undone)

    def add(self, step: Step) -> None:
        """It was done just now; what was undone before cannot be done again."""
        self._undone.clear()
        self._done.append(step)
        if len(self._done) > MOST_STEPS:
            self._done.pop(0).forget()
        self.changed.emit()

    def undo(self) -> None:
        if self._done:
            step = self._done.pop()
            self._undone.append(step)
            step.undo()
            self.changed.emit()

    def redo(self) -> None:
        if self._undone:
            step = self._undone.pop()
            self._done.append(step)
            step.redo()
            self.changed.emit()

    def clear(self) -> None:
        """None of them can be taken back any more."""
        gone = [*self._done, *self._undone]
        self._done.clear()
        self._undone.clear()
        for step in gone:
            step.forget()
        self.changed.emit()

    def drop(self, step: Step) -> None:
        """It did not work, or can no longer be taken back."""
        for steps in (self._done, self._undone):
            if step in steps:
                steps.remove(step)
                self.changed.emit()
