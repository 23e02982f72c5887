"""The queue's side of the journal: what the artist does to it counts only when it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.state.job import Job, JobState
from engine.api.errors import EngineError

if TYPE_CHECKING:
    from engine.library.journal import Journal


class Ledger(QObject):
    """Each method is one transaction; False where it could not be written, which was said by `failed`."""

    failed = Signal(object)
    """`EngineError`: mostly `CannotSave`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._journal: Journal | None = None
        self._owed: list[tuple[str, Path, str]] = []
        """Results whose row could not be written: job id, path and pixels' hash."""

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
        """A fact, for the picture is on the disk: where it cannot be written now, the next change brings it
        along. Until then the job is running in the journal, and the start after a crash finds the picture.
        """
        self._owed.append((job.id, path, pixels_sha256))
        return self._commit(lambda journal: None)

    def _commit(self, change: Callable[[Journal], object]) -> bool:
        journal = self._journal
        assert journal is not None, "the queue is used before `use`"
        if journal.is_read_only:
            self._owed.clear()
            return True  # said at the start: the queue is shown but not kept
        try:
            with journal.together():
                self._write_owed(journal)
                change(journal)
        except EngineError as error:
            self.failed.emit(error)
            return False
        self._owed.clear()
        return True

    def _write_owed(self, journal: Journal) -> None:
        for job_id, path, pixels_sha256 in self._owed:
            journal.add_result(job_id, path, pixels_sha256)
