"""The queue: what waits, what runs, what came of it. Every change is in the journal before it is shown."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from desktop.bridge.engine_thread import EngineThread
from desktop.state.job import Job, JobState, KeptStep
from desktop.state.kept_steps import KeptSteps
from desktop.state.messages import Level, Messages
from desktop.state.pictures import Pictures
from desktop.state.result import Result
from desktop.state.saving import FinishedPicture, PictureSaver
from desktop.state.words import say
from engine.api.errors import CannotSave, EngineError, EngineLost
from engine.api.events import Event, Finished, ImageReady, Loading, Notice, Ready, Step
from engine.api.request import GenerationRequest
from engine.trace import trace

if TYPE_CHECKING:
    from engine.library.journal import Journal, StoredJob

__all__ = ["Job", "JobQueue", "JobState", "KeptStep"]

log = logging.getLogger("jobs")

MOST_ATTEMPTS = 2
"""A job that took the engine (or the whole app) down this often is not started again by itself."""
WAITING, SAVING, REMOVED = "waiting", "saving", "removed"
"""Topics of the offers made here."""


class JobQueue(QObject):
    """One job at a time goes through the engine thread; the order is that of `jobs`."""

    added = Signal(object)
    """`Job`; where it stands says `jobs.index(job)`."""
    removed = Signal(object)
    moved = Signal()
    """The order of `jobs` is another."""
    changed = Signal(object)
    """`Job`: state, progress or results."""
    step_arrived = Signal(object, object)
    """`Job`, `KeptStep`."""
    steps_dropped = Signal(object)
    """`Job` whose oldest steps were let go."""
    picture_made = Signal(object, object)
    """`Job`, `ImageReady`: the picture is there to see, but not on the disk yet."""
    picture_saved = Signal(object, object)
    """`Job`, `Result`: on the disk, and in the journal."""
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
        self.running: Job | None = None
        """The job in the engine."""
        self.is_paused = False
        self._journal: Journal | None = None
        self._engine = engine
        self._saver = saver
        self._pictures = pictures
        self._messages = messages
        self._steps = KeptSteps()
        self._first_image = 0
        self._is_closing = False
        self._removed: list[tuple[Job, int]] = []
        engine.event.connect(self._take_event)  # type: ignore[attr-defined]  # the stub knows QObject.event
        engine.finished.connect(self._take_finished)
        engine.cancelled.connect(self._take_cancelled)
        engine.failed.connect(self._take_failed)
        engine.engine_lost.connect(self._take_engine_lost)
        saver.saved.connect(self._take_saved)
        saver.failed.connect(self._take_unsaved)

    # what the artist can do

    def enqueue(self, request: GenerationRequest, at_front: bool = False) -> Job | None:
        """Put a checked request in line. None (said) where the journal cannot be written."""
        job = Job(uuid.uuid4().hex, request, parent=self)
        index = self._first_queued() if at_front else len(self.jobs)
        if not self._put_in(job, index):
            return None
        trace("job_queued", job=job.id)
        self._go_on()
        return job

    def cancel(self, job: Job) -> None:
        """Take it from the line, or stop it within one network block. Finished pictures stay."""
        if job is self.running:
            job.is_stopping = True
            self._engine.cancel(job.id)
            job.changed.emit()
        elif job.state is JobState.QUEUED:
            self._set_state(job, JobState.CANCELLED)
            self._withdraw_if_none_waits()

    def cancel_all(self) -> None:
        """Every job that waits or runs."""
        for job in [job for job in self.jobs if not job.is_over]:
            self.cancel(job)

    def stop_and_keep(self) -> None:
        """The running job ends after its present step and delivers what is there."""
        if self.running is not None:
            self.running.is_stopping = True
            self._engine.keep(self.running.id)
            self.running.changed.emit()

    def retry(self, job: Job) -> Job | None:
        """The same request again. A failed or cancelled job goes back in line for what is missing of it."""
        if job.state not in (JobState.FAILED, JobState.CANCELLED) or job.made >= job.request.images:
            return self.enqueue(job.request)
        job.attempts = 0
        self._set_state(job, JobState.QUEUED)
        self.move(job, len(self.jobs) - 1)
        self._go_on()
        return job

    def remove(self, job: Job) -> None:
        """Take it from the list; a running one is cancelled. `undo_remove` brings it back. Pictures stay."""
        if job is self.running:
            self.cancel(job)
        if job not in self.jobs or not self._commit(lambda journal: journal.remove(job.id)):
            return
        index = self.jobs.index(job)
        del self.jobs[index]
        self._removed.append((job, index))
        self.removed.emit(job)
        self._withdraw_if_none_waits()
        self._messages.offer(
            Level.INFO, self.tr("The job was removed."), self.tr("Undo"), self.undo_remove, REMOVED
        )

    def undo_remove(self) -> None:
        """Bring the job that was removed last back to its place."""
        if not self._removed:
            return
        job, index = self._removed.pop()
        if job.state is JobState.RUNNING or job.is_stopping:
            job.state = JobState.CANCELLED
        self._put_in(job, min(index, len(self.jobs)))
        self._go_on()

    def move(self, job: Job, index: int) -> None:
        """Put it at `index` of `jobs`."""
        order = [other for other in self.jobs if other is not job]
        order.insert(max(0, min(index, len(order))), job)
        if order == self.jobs or not self._commit(lambda journal: journal.reorder([j.id for j in order])):
            return
        self.jobs = order
        self.moved.emit()

    def pause(self) -> None:
        """The running job goes on; no other is started."""
        self._set_paused(True)

    def resume(self) -> None:
        self._messages.withdraw(WAITING)
        self._set_paused(False)
        self._go_on()

    @property
    def queued(self) -> list[Job]:
        """What waits, in order."""
        return [job for job in self.jobs if job.state is JobState.QUEUED]

    # start and end of the app

    def use(self, journal: Journal, stored: Sequence[StoredJob], results: Mapping[Path, Result]) -> None:
        """Go on with what the journal held; what waits is asked about before it runs."""
        self._journal = journal
        for entry in stored:
            job = Job(entry.id, entry.request, entry.attempts, self)
            job.state, job.error = JobState(entry.state), entry.error
            job.results = [results[path] for path in entry.results if path in results]
            job.made = len(entry.results)
            self.jobs.append(job)
            self.added.emit(job)
        if self.queued:
            self._set_paused(True)
            self._ask_to_run_on()

    def close(self) -> None:
        """The engine is ended and what it delivered is saved; what ran waits again for the next start."""
        self._is_closing = True
        self._engine.stop()
        self._saver.finish()
        for job in self.jobs:
            if job.state is JobState.RUNNING:
                job.attempts -= 1  # it was stopped by a friend, not by a crash
                self._end(job, JobState.QUEUED)

    # towards the engine

    def _go_on(self) -> None:
        """Start the first job that waits, if nothing stands against it."""
        if self.is_paused or self._is_closing or self.running is not None or self._journal is None:
            return
        job = next((job for job in self.queued if not self._is_saving(job)), None)
        if job is None:
            return
        attempts = job.attempts + 1
        if not self._commit(lambda journal: journal.set_state(job.id, JobState.RUNNING, None, attempts)):
            return
        self.running = job
        self._first_image = job.made
        job.attempts = attempts
        job.begin()
        self.changed.emit(job)
        self._engine.submit(job.id, job.rest())

    @Slot(str, object)
    def _take_event(self, job_id: str, event: Event) -> None:
        job = self.running
        if job is None or job.id != job_id:
            return
        match event:
            case Loading():
                job.loading = event
                job.changed.emit()
            case Step():
                self._take_step(job, event)
            case Notice():
                self._messages.info(say(event))
            case ImageReady():
                self._take_picture(job, event)
            case Ready() | Finished():
                return  # who finished says `finished`
        self.changed.emit(job)

    def _take_step(self, job: Job, event: Step) -> None:
        kept = job.keep_step(event, self._first_image)
        for poorer in self._steps.add(job, kept):
            self.steps_dropped.emit(poorer)
        trace("step", job=job.id, image=kept.image_index, step=kept.index)
        self.step_arrived.emit(job, kept)

    def _take_picture(self, job: Job, event: ImageReady) -> None:
        image_index = self._first_image + event.image_index
        job.made = image_index + 1
        job.changed.emit()
        self.picture_made.emit(job, event)
        self._saver.add(FinishedPicture(job, image_index, event.pixels, event.recipe))

    @Slot(str)
    def _take_finished(self, job_id: str) -> None:
        job = self._leave_engine(job_id)
        if job is not None:
            job.is_delivered = True
            self._close_when_saved(job)
            self._go_on()

    @Slot(str)
    def _take_cancelled(self, job_id: str) -> None:
        job = self._leave_engine(job_id)
        if job is None or self._is_closing:
            return
        self._end(job, JobState.CANCELLED)
        self._go_on()

    @Slot(str, object)
    def _take_failed(self, job_id: str, error: EngineError) -> None:
        job = self._leave_engine(job_id)
        if job is None or self._is_closing:
            return
        if job.made >= job.request.images:
            job.is_delivered = True
            self._close_when_saved(job)
        elif isinstance(error, EngineLost) and job.attempts < MOST_ATTEMPTS:
            self._end(job, JobState.QUEUED)
            self._messages.warning(self.tr("{what}\nThe job is tried once more.").format(what=say(error)))
        else:
            self._end(job, JobState.FAILED, error)
            self._messages.error(say(error))
        self._go_on()

    @Slot(object)
    def _take_engine_lost(self, error: EngineLost) -> None:
        if self.running is None:  # else the job's own failure says it
            self._messages.warning(say(error))

    def _leave_engine(self, job_id: str) -> Job | None:
        job = self.running
        if job is None or job.id != job_id:
            return None
        self.running = None
        job.is_stopping = False
        return job

    # towards the disk

    def _is_saving(self, job: Job) -> bool:
        return any(picture.job is job for picture in self._saver.waiting)

    def _close_when_saved(self, job: Job) -> None:
        """Done is said only when every picture is on the disk."""
        if job.is_delivered and job.state is JobState.RUNNING and not self._is_saving(job):
            self._end(job, JobState.DONE)

    @Slot(object, object, object)
    def _take_saved(self, picture: FinishedPicture, path: Path, thumbnail: QImage) -> None:
        job = picture.job
        self._commit(lambda journal: journal.add_result(job.id, path, picture.recipe.pixels_sha256))
        result = Result(path, picture.recipe, thumbnail, job.id)
        job.results.append(result)
        self._pictures.add(result)
        self._messages.withdraw(SAVING)
        self.picture_saved.emit(job, result)
        self._close_when_saved(job)
        self.changed.emit(job)
        self._go_on()

    @Slot(object)
    def _take_unsaved(self, error: CannotSave) -> None:
        self.pause()
        self._messages.offer(Level.ERROR, say(error), self.tr("Save again"), self._save_again, SAVING)

    def _save_again(self) -> None:
        self._saver.retry()
        self.resume()

    # towards the journal

    def _commit(self, change: Callable[[Journal], object]) -> bool:
        """Write to the journal. Where that fails it is said, the queue rests, and this is False."""
        journal = self._journal
        assert journal is not None, "the queue is used before `use`"
        if journal.is_read_only:
            return True  # said at the start: the queue is shown but not kept
        try:
            change(journal)
        except CannotSave as error:
            self._messages.error(say(error))
            self._set_paused(True)
            return False
        return True

    def _put_in(self, job: Job, index: int) -> bool:
        order = [other.id for other in self.jobs]
        order.insert(index, job.id)

        def change(journal: Journal) -> None:
            journal.add(job.id, job.request, job.state)
            if job.attempts:
                journal.set_state(job.id, job.state, job.error, job.attempts)
            if index < len(order) - 1:
                journal.reorder(order)

        if not self._commit(change):
            return False
        self.jobs.insert(index, job)
        self.added.emit(job)
        return True

    def _set_state(self, job: Job, state: JobState) -> bool:
        """A wish of the artist: shown only when it is in the journal."""
        if not self._commit(lambda journal: journal.set_state(job.id, state, None, job.attempts)):
            return False
        self._show_end(job, state, None)
        return True

    def _end(self, job: Job, state: JobState, error: EngineError | None = None) -> None:
        """A fact: shown even where the journal cannot be written; then the next start asks again."""
        if job in self.jobs:
            self._commit(lambda journal: journal.set_state(job.id, state, error, job.attempts))
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
