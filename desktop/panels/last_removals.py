"""Ctrl+Z for what was taken away: pictures and jobs, in the order in which they went."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from desktop.state import pictures
from desktop.state.jobs import Job
from desktop.state.result import Result
from desktop.state.studio import Studio


@dataclass(frozen=True, eq=False)
class Removal:
    thing: Job | Result
    undo: Callable[[], None]
    redo: Callable[[], None]


class LastRemovals(QObject):
    """Follows what the state says was removed and came back, whoever asked for it."""

    changed = Signal()

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._gone: list[Removal] = []
        self._back: list[Removal] = []
        studio.pictures.removed.connect(self._picture_went)
        studio.pictures.restored.connect(self._came_back)
        studio.jobs.removed.connect(self._job_went)
        studio.jobs.added.connect(self._came_back)
        studio.messages.withdrawn.connect(self._expired)

    def can_undo(self) -> bool:
        return bool(self._gone)

    def can_redo(self) -> bool:
        return bool(self._back)

    def undo(self) -> None:
        """Bring back what went last; it arrives when the disk has it again."""
        if self._gone:
            self._gone[-1].undo()

    def redo(self) -> None:
        """Take away again what was brought back last."""
        if self._back:
            self._back.pop().redo()

    def _picture_went(self, result: Result) -> None:
        state = self._studio.pictures
        self._went(Removal(result, state.undo_remove, lambda: state.remove(result)))

    def _job_went(self, job: Job) -> None:
        state = self._studio.jobs
        self._went(Removal(job, state.undo_remove, lambda: state.remove(job)))

    def _went(self, removal: Removal) -> None:
        self._gone.append(removal)
        self.changed.emit()

    def _came_back(self, thing: Job | Result, _index: int = 0) -> None:
        removal = next((entry for entry in self._gone if entry.thing is thing), None)
        if removal is not None:
            self._gone.remove(removal)
            self._back.append(removal)
            self.changed.emit()

    def _expired(self, topic: str) -> None:
        """Pictures that went to the system's trash can no longer be brought back from here."""
        if topic == pictures.REMOVED:
            self._gone = [removal for removal in self._gone if not isinstance(removal.thing, Result)]
            self.changed.emit()
