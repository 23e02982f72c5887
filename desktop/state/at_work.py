"""The job in the engine: what is asked of it, and what comes of it, as it comes."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from desktop.bridge.engine_thread import EngineThread
from desktop.state.job import Job
from desktop.state.kept_steps import KeptSteps
from engine.api.errors import EngineError, EngineLost
from engine.api.events import Event, Finished, ImageReady, Loading, Notice, Ready, Step
from engine.trace import trace


class AtWork(QObject):
    """One job at a time. What it says of a job that is not in the engine any more is not passed on."""

    changed = Signal(object)
    """`Job`: how far it is."""
    step_arrived = Signal(object, object)
    """`Job`, `KeptStep`."""
    lesson_learnt = Signal(object, object)
    """`Job` that teaches, `Step`; some have a picture of how far it is."""
    steps_dropped = Signal(object)
    """`Job` whose oldest steps were let go."""
    picture_made = Signal(object, object, int)
    """`Job`, `ImageReady`, which picture of the job's request it is."""
    noticed = Signal(object)
    """`Notice`."""
    finished = Signal(object)
    """`Job`; this or one of the next two is the last of a job, and `job` is None by then."""
    cancelled = Signal(object)
    failed = Signal(object, object)
    """`Job`, `EngineError`."""
    lost = Signal(object)
    """`EngineLost` while no job ran, or while one was stopped."""

    def __init__(self, engine: EngineThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.job: Job | None = None
        self.steps = KeptSteps()
        self.previews = True
        """Whether the jobs that begin from now on show their steps as pictures."""
        self.tiny_vaes = True
        """Whether a tiny VAE of the artist's may draw those."""
        self._engine = engine
        self._first_image = 0
        engine.event.connect(self._take_event)  # type: ignore[attr-defined]  # the stub knows QObject.event
        engine.finished.connect(self._take_finished)
        engine.cancelled.connect(self._take_cancelled)
        engine.failed.connect(self._take_failed)
        engine.engine_lost.connect(self._take_engine_lost)

    def begin(self, job: Job) -> None:
        """Make what is missing of it."""
        self._engine.start()  # after crashes it was not started with the window
        self.job = job
        self._first_image = job.made
        if self.steps.forget(job, from_image=job.made):
            self.steps_dropped.emit(job)  # of a picture that was never finished: it is made anew
        job.begin()
        self.changed.emit(job)
        self._engine.submit(job.id, job.rest(), self.previews, tiny_vaes=self.tiny_vaes)

    def cancel(self) -> None:
        """Stop within one network block."""
        if self.job is not None:
            self.job.is_stopping = True
            self._engine.cancel(self.job.id)
            self.job.changed.emit()

    def stop_and_keep(self) -> None:
        """End after the present step and deliver what is there."""
        if self.job is not None:
            self.job.is_stopping = True
            self._engine.keep(self.job.id)
            self.job.changed.emit()

    def close(self) -> None:
        """The engine is ended; what it delivered is passed on before this returns."""
        self._engine.stop()

    @Slot(str, object)
    def _take_event(self, job_id: str, event: Event) -> None:
        job = self.job
        if job is None or job.id != job_id:
            return
        match event:
            case Loading():
                job.loading = event
                job.changed.emit()
            case Step() if job.teaches:
                job.learn(event)
                self.lesson_learnt.emit(job, event)
            case Step():
                self._take_step(job, event)
            case Notice():
                self.noticed.emit(event)
            case ImageReady():
                self._take_picture(job, event)
            case Ready() | Finished():
                return  # who finished says `finished`
        self.changed.emit(job)

    def _take_step(self, job: Job, event: Step) -> None:
        kept = job.keep_step(event, self._first_image)
        for poorer in self.steps.add(job, kept):
            self.steps_dropped.emit(poorer)
        trace("step", job=job.id, image=kept.image_index, step=kept.index)
        self.step_arrived.emit(job, kept)

    def _take_picture(self, job: Job, event: ImageReady) -> None:
        image_index = self._first_image + event.image_index
        job.made = image_index + 1
        job.changed.emit()
        self.picture_made.emit(job, event, image_index)

    @Slot(str)
    def _take_finished(self, job_id: str) -> None:
        if (job := self._leave_engine(job_id)) is not None:
            self.finished.emit(job)

    @Slot(str)
    def _take_cancelled(self, job_id: str) -> None:
        if (job := self._leave_engine(job_id)) is not None:
            self.cancelled.emit(job)

    @Slot(str, object)
    def _take_failed(self, job_id: str, error: EngineError) -> None:
        was_stopped = self.job is not None and self.job.is_stopped_short
        if (job := self._leave_engine(job_id)) is None:
            return
        if was_stopped and isinstance(error, EngineLost):
            self.lost.emit(error)
            self.cancelled.emit(job)  # what was asked for came about, only less gently
        else:
            self.failed.emit(job, error)

    @Slot(object)
    def _take_engine_lost(self, error: EngineLost) -> None:
        if self.job is None:  # else the job's own failure says it
            self.lost.emit(error)

    def _leave_engine(self, job_id: str) -> Job | None:
        job = self.job
        if job is None or job.id != job_id:
            return None
        self.job = None
        job.is_stopping = False
        return job
