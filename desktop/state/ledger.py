"""The queue's side of the journal: what the artist does to it counts only when it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.state.job import Job, JobState
from engine.api.errors import CannotSave, EngineError

if TYPE_CHECKING:
    from engine.library.journal import Journal


class Ledger(QObject):
    """Each method is one transaction; False where it could not be written, which was said by `failed`."""

    failed = Signal(object)
    """`CannotSave`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._journal: Journal | None = None

    @property
    def is_open(self) -> bool:
        return self._journal is not None

    def use(self, journal: Journal) -> None:
        self._journal = journal

    def add(self, jobs: Sequence[Job], order: Sequence[Job]) -> bool:
        """Jobs that were not known, and where they stand in `order`."""

        def change(journal: Journal) -> None:
            for job in jobs:
                journal.add(job.id, job.request, job.state)
                if job.attempts:
                    journal.set_state(job.id, job.state, job.error, job.attempts)
            if list(order[-len(jobs) :]) != list(jobs):
                journal.reorder([job.id for job in order])

        return self._commit(change)

    def set_state(
        self,
        jobs: Iterable[Job],
        state: JobState,
        attempts: int | None = None,
        error: EngineError | None = None,
    ) -> bool:
        """Of all `jobs` or of none; `attempts` where it is another now."""

        def change(journal: Journal) -> None:
            for job in jobs:
                count = job.attempts if attempts is None else attempts
                journal.set_state(job.id, state, error, count)

        return self._commit(change)

    def reorder(self, order: Sequence[Job]) -> bool:
        return self._commit(lambda journal: journal.reorder([job.id for job in order]))

    def remove(self, jobs: Iterable[Job]) -> bool:
        def change(journal: Journal) -> None:
            for job in jobs:
                journal.remove(job.id)

        return self._commit(change)

    def add_result(self, job: Job, path: Path, pixels_sha256: str) -> bool:
        return self._commit(lambda journal: journal.add_result(job.id, path, pixels_sha256))

    def _commit(self, change: Callable[[Journal], object]) -> bool:
        journal = self._journal
        assert journal is not None, "the queue is used before `use`"
        if journal.is_read_only:
            return True  # said at the start: the queue is shown but not kept
        try:
            with journal.together():
                change(journal)
        except CannotSave as error:
            self.failed.emit(error)
            return False
        return True
