"""The queue: what waits, what runs, what came of it. Every change is in the journal before it is shown."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from desktop.bridge.engine_thread import EngineThread
from desktop.state.at_work import AtWork
from desktop.state.job import Job, JobState, KeptStep
from desktop.state.ledger import Ledger
from desktop.state.messages import Level, Messages
from desktop.state.pictures import Pictures
from desktop.state.result import Result
from desktop.state.saving import FinishedPicture, PictureSaver
from desktop.state.words import say
from engine.api.errors import CannotSave, EngineError, EngineLost
from engine.api.events import ImageReady, Loading, Notice
from engine.api.task import Queued
from engine.trace import trace

if TYPE_CHECKING:
    from engine.library.journal import Journal, StoredJob

__all__ = ["Job", "JobQueue", "JobState", "KeptStep"]

MOST_ATTEMPTS = 2
"""A job that took the engine (or the whole app) down this often is not started again by itself."""
WAITING, SAVING, REMOVED = "waiting", "saving", "removed"
"""Topics of the offers made here."""
FAILED, UNWRITTEN = "failed", "unwritten"
"""Topics of the errors said here."""


class JobQueue(QObject):
    """One job at a time is at work; the order is that of `jobs`."""

    added = Signal(object)
    """`Job`; where it stands says `jobs.index(job)`."""
    removed = Signal(object)
    moved = Signal()
    """The order of `jobs` is another."""
    changed = Signal(object)
    """`Job`: state, progress or results."""
    step_arrived = Signal(object, object)
    """`Job`, `KeptStep`."""
    lesson_learnt = Signal(object, object)
    """`Job` that teaches, `Step`; some have a picture of how far it is."""
    noticed = Signal(object, object)
    """`Job` in the engine, `Notice`: said to the artist already."""
    steps_dropped = Signal(object)
    """`Job` whose oldest steps were let go."""
    picture_made = Signal(object, object)
    """`Job`, `ImageReady`: the picture is there to see, but not on the disk yet."""
    picture_saved = Signal(object, object)
    """`Job`, `Result`: on the disk and in the journal, or, where that was said, with its next change."""
    paused_changed = Signal(bool)

    def __init__(
        self,
        engine: EngineThread,
        saver: PictureSaver,
        pictures: Pictures,
        messages: Messages,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.jobs: list[Job] = []
        self.is_paused = False
        self.work = AtWork(engine, self)
        self._ledger = Ledger(self)
        self._saver = saver
        self._pictures = pictures
        self._messages = messages
        self._is_closing = False
        self._waits_for_disk = False
        """The queue is paused for a picture that could not be saved, and goes on when it is."""
        self._removed: list[list[tuple[int, Job]]] = []
        self._asked_before: set[Job] = set()
        """What waited already when the last job failed: that one of these is made says nothing of it."""
        self._follow()

    @property
    def running(self) -> Job | None:
        """The job in the engine."""
        return self.work.job

    @property
    def queued(self) -> list[Job]:
        """What waits, in order."""
        return [job for job in self.jobs if job.state is JobState.QUEUED]

    # what the artist can do

    def enqueue(self, request: Queued, at_front: bool = False) -> Job | None:
        """Put a checked request in line. None (said) where the journal cannot be written."""
        job = Job(uuid.uuid4().hex, request, parent=self)
        index = self._first_queued() if at_front else len(self.jobs)
        if not self._put_in([(index, job)]):
            return None
        trace("job_queued", job=job.id)
        self._take_up_new()
        return job

    def enqueue_all(self, requests: Sequence[Queued]) -> list[Job]:
        """Put checked requests in line, all or (said) none, where the journal cannot be written."""
        jobs = [Job(uuid.uuid4().hex, request, parent=self) for request in requests]
        first = len(self.jobs)
        if not self._put_in([(first + index, job) for index, job in enumerate(jobs)]):
            return []
        self._take_up_new()
        return jobs

    def _take_up_new(self) -> None:
        if self.running is not None and self.running.is_live:
            self.work.cancel()
        if self._saver.is_failing:  # there may be room again, and else it is said once more
            self._saver.retry()
        self._go_on()

    def run_live(self, request: Queued) -> Job | None:
        """Make it at once beside the queue, if the engine is free; it gives way to what is queued, and
        nothing of it is kept here."""
        if self.running is not None or self._is_closing:
            return None
        job = Job(uuid.uuid4().hex, request, MOST_ATTEMPTS, self)
        job.is_live = True
        self.work.begin(job)
        return job

    def cancel(self, job: Job) -> None:
        """Take it from the line, or stop it within one network block. Finished pictures stay."""
        if job is self.running:
            self.work.cancel()
        elif job.state is JobState.QUEUED:
            self._set_state([job], JobState.CANCELLED)
            self._withdraw_if_none_waits()

    def cancel_all(self) -> None:
        """Every job that waits or runs."""
        self._set_state(self.queued, JobState.CANCELLED)
        self._withdraw_if_none_waits()
        self.work.cancel()

    def stop_and_keep(self) -> None:
        """The running job ends after its present step and delivers what is there."""
        self.work.stop_and_keep()

    def retry(self, job: Job) -> Job | None:
        """The same request again. A failed or cancelled job goes back in line for what is missing of it."""
        if job.state not in (JobState.FAILED, JobState.CANCELLED) or job.made >= job.request.images:
            return self.enqueue(job.request)
        job.attempts = 0
        self._set_state([job], JobState.QUEUED)
        self.move(job, len(self.jobs) - 1)
        self._go_on()
        return job

    def remove(self, job: Job) -> None:
        """Take it from the list; a running one is cancelled. `undo_remove` brings it back. Pictures stay."""
        if job is self.running:
            self.cancel(job)
        self._remove([job])

    def remove_finished(self) -> None:
        """Every job that is over, at once; one `undo_remove` brings them all back."""
        self._remove([job for job in self.jobs if job.is_over])

    def _remove(self, jobs: Sequence[Job]) -> None:
        wanted = set(jobs)
        gone = [(index, job) for index, job in enumerate(self.jobs) if job in wanted]
        if not gone or not self._ledger.remove([job for _, job in gone]):
            return
        self.jobs = [job for job in self.jobs if job not in wanted]
        self._removed.append(gone)
        for _, job in gone:
            self.removed.emit(job)
        self._withdraw_if_none_waits()
        text = self.tr("%n job(s) removed from the queue.", "", len(gone))
        self._messages.offer(Level.INFO, text, self.tr("Undo"), self.undo_remove, REMOVED)

    def undo_remove(self) -> None:
        """Bring what was removed last back to its place; what is being stopped ends there."""
        gone = self._removed.pop() if self._removed else []
        if gone and self._put_in(gone):
            self._go_on()
        elif gone:
            self._removed.append(gone)  # the journal could not be written: it can be asked again

    def move(self, job: Job, index: int) -> None:
        """Put it at `index` of `jobs`."""
        order = [other for other in self.jobs if other is not job]
        order.insert(max(0, min(index, len(order))), job)
        if order == self.jobs or not self._ledger.reorder(order):
            return
        self.jobs = order
        self.moved.emit()

    def pause(self) -> None:
        """The running job goes on; no other is started."""
        self._set_paused(True)

    def resume(self) -> None:
        """Start what waits; what could not be saved is tried again, and nothing is started before it is."""
        self._messages.withdraw(WAITING)
        if self._saver.is_failing:
            self._waits_for_disk = True
            self._saver.retry()
            return
        self._set_paused(False)
        self._go_on()

    # start and end of the app

    def use(self, journal: Journal, stored: Sequence[StoredJob], results: Mapping[Path, Result]) -> None:
        """Go on with what the journal held; what waits is asked about before it runs."""
        self._ledger.use(journal)
        for entry in stored:
            job = Job(entry.id, entry.request, entry.attempts, self)
            job.state, job.error = JobState(entry.state), entry.error
            job.results = [results[path] for path in entry.results if path in results]
            job.made = entry.made
            self.jobs.append(job)
            self.added.emit(job)
        if self.queued:
            self._set_paused(True)
            self._ask_to_run_on()

    def close(self) -> None:
        """The engine is ended and what it delivered is saved; what ran waits again for the next start."""
        self._is_closing = True
        self.work.close()
        self._saver.finish()
        for job in self.jobs:
            if job.state is JobState.RUNNING:
                job.attempts -= 1  # it was stopped by a friend, not by a crash
                self._end(job, JobState.QUEUED)

    # towards the engine

    def _follow(self) -> None:
        work, saver = self.work, self._saver
        work.changed.connect(self.changed)
        work.step_arrived.connect(self.step_arrived)
        work.lesson_learnt.connect(self.lesson_learnt)
        work.steps_dropped.connect(self.steps_dropped)
        work.picture_made.connect(self._take_picture)
        work.noticed.connect(self._take_notice)
        work.finished.connect(self._take_finished)
        work.cancelled.connect(self._take_cancelled)
        work.failed.connect(self._take_failed)
        work.lost.connect(self._take_engine_lost)
        saver.saved.connect(self._take_saved)
        saver.failed.connect(self._take_unsaved)
        self._ledger.failed.connect(self._take_unwritten)

    def _go_on(self) -> None:
        """Start the first job that waits, if nothing stands against it."""
        if self.is_paused or self._is_closing or self.running is not None or not self._ledger.is_open:
            return
        job = next((job for job in self.queued if not self._is_saving(job)), None)
        if job is None or not self._ledger.set_state([job], JobState.RUNNING, job.attempts + 1):
            return
        job.attempts += 1
        self.work.begin(job)

    @Slot(object)
    def _take_notice(self, notice: Notice) -> None:
        self._messages.info(say(notice))
        if self.running is not None:
            self.noticed.emit(self.running, notice)

    @Slot(object, object, int)
    def _take_picture(self, job: Job, event: ImageReady, image_index: int) -> None:
        self.picture_made.emit(job, event)
        if job.is_live:
            return
        self._saver.add(
            FinishedPicture(
                job, image_index, event.pixels, event.recipe, event.alpha, event.layers, event.depth
            )
        )

    @Slot(object)
    def _take_finished(self, job: Job) -> None:
        job.is_delivered = True
        self._close_when_saved(job)
        self._go_on()

    @Slot(object)
    def _take_cancelled(self, job: Job) -> None:
        if self._is_closing:
            return
        self._end(job, JobState.CANCELLED)
        self._go_on()

    @Slot(object, object)
    def _take_failed(self, job: Job, error: EngineError) -> None:
        if self._is_closing:
            return
        if job.made >= job.request.images:
            job.is_delivered = True
            self._close_when_saved(job)
        elif isinstance(error, EngineLost) and job.attempts < MOST_ATTEMPTS:
            self._end(job, JobState.QUEUED)
            self._messages.warning(self.tr("{what}\nThe job is tried once more.").format(what=say(error)))
        else:
            self._asked_before = set(self.queued)
            self._end(job, JobState.FAILED, error)
            self._messages.error(say(error), FAILED)
        self._go_on()

    @Slot(object)
    def _take_engine_lost(self, error: EngineLost) -> None:
        self._messages.warning(say(error))

    # towards the disk

    def _is_saving(self, job: Job) -> bool:
        return any(picture.job is job for picture in self._saver.waiting)

    def _close_when_saved(self, job: Job) -> None:
        """Done is said only when every picture is on the disk."""
        if not job.is_delivered or job.state is not JobState.RUNNING:
            return
        if not self._is_saving(job):
            self._end(job, JobState.DONE)
            if job not in self._asked_before:
                self._messages.withdraw(FAILED)
        elif self._saver.is_failing:
            job.loading = Loading("unsaved")
            self.changed.emit(job)

    @Slot(object, object, object)
    def _take_saved(self, picture: FinishedPicture, path: Path, thumbnail: QImage) -> None:
        job = picture.job
        self._ledger.add_result(job, path, picture.recipe.pixels_sha256)
        result = Result(path, picture.recipe, thumbnail, job.id)
        job.results.append(result)
        self._pictures.add(result)
        self._messages.withdraw(SAVING)
        if self._waits_for_disk:
            self._waits_for_disk = False
            self._set_paused(False)
        self.picture_saved.emit(job, result)
        self._close_when_saved(job)
        self.changed.emit(job)
        self._go_on()

    @Slot(object)
    def _take_unsaved(self, error: CannotSave) -> None:
        self._waits_for_disk = self._waits_for_disk or not self.is_paused
        self.pause()
        self._messages.offer(Level.ERROR, say(error), self.tr("Save again"), self._saver.retry, SAVING)
        self._close_when_saved(self._saver.waiting[0].job)

    # towards the journal

    @Slot(object)
    def _take_unwritten(self, error: EngineError) -> None:
        """The queue rests until the artist has seen to it. A picture is written with the next change."""
        self._messages.error(say(error), UNWRITTEN)
        self._set_paused(True)

    def _put_in(self, places: Sequence[tuple[int, Job]]) -> bool:
        """Jobs that are not in the list, each at its index of the list that comes of it."""
        order = list(self.jobs)
        for index, job in places:
            order.insert(index, job)
        if not self._ledger.add([job for _, job in places], order):
            return False
        self.jobs = order
        for _, job in places:
            self.added.emit(job)
        self._messages.withdraw(UNWRITTEN)
        return True

    def _set_state(self, jobs: Sequence[Job], state: JobState) -> bool:
        """A wish of the artist: shown only when it is in the journal."""
        if not self._ledger.set_state(jobs, state):
            return False
        for job in jobs:
            self._show_end(job, state, None)
        return True

    def _end(self, job: Job, state: JobState, error: EngineError | None = None) -> None:
        """A fact: shown even where the journal cannot be written; then the next start asks again."""
        if job in self.jobs:
            self._ledger.set_state([job], state, error=error)
        self._show_end(job, state, error)

    def _show_end(self, job: Job, state: JobState, error: EngineError | None) -> None:
        job.end(state, error)
        self.changed.emit(job)

    def _first_queued(self) -> int:
        return next(
            (index for index, job in enumerate(self.jobs) if job.state is JobState.QUEUED), len(self.jobs)
        )

    # pause

    def _set_paused(self, is_paused: bool) -> None:
        if is_paused != self.is_paused:
            self.is_paused = is_paused
            self.paused_changed.emit(is_paused)

    def _ask_to_run_on(self) -> None:
        text = self.tr("%n job(s) are waiting. Run on?", "", len(self.queued))
        self._messages.offer(Level.INFO, text, self.tr("Run on"), self.resume, WAITING)

    def _withdraw_if_none_waits(self) -> None:
        if not self.queued:
            self._messages.withdraw(WAITING)
