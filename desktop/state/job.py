"""One job of the queue: a request, how far it has come, and what came of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from desktop.state.result import Result
from engine.api.errors import EngineError
from engine.api.events import Loading, Step
from engine.api.images import Pixels
from engine.api.rect import Rect
from engine.api.request import GenerationRequest
from engine.api.task import Queued
from engine.api.training import TrainRequest

SMOOTHING = 0.3
"""Weight of the newest step in `Job.seconds_per_step`."""


class JobState(enum.StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, eq=False)
class KeptStep:
    """A step that one can look back at and branch from."""

    image_index: int
    """Which picture of the job's request."""
    index: int
    """1 to `total`."""
    total: int
    sigma: float
    preview: Pixels | None
    rect: Rect | None = None
    """Of an edit: where the preview lies in the request's picture."""
    place_index: int = 0
    """Of an edit: which of its places is worked on."""


class Job(QObject):
    """Read by the panels; only the `JobQueue` changes it."""

    changed = Signal()

    def __init__(
        self, job_id: str, request: Queued, attempts: int = 0, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.id = job_id
        self.request = request
        self.state = JobState.QUEUED
        self.error: EngineError | None = None
        self.loading: Loading | None = None
        """What is prepared just now; None while steps are made."""
        self.steps: list[KeptStep] = []
        """In order of arrival; the oldest jobs' are dropped when there are too many."""
        self.results: list[Result] = []
        """The pictures that are saved."""
        self.attempts = attempts
        """How often it was started without being finished."""
        self.made = 0
        """Pictures that came out of the engine; a new start makes only the rest."""
        self.image_index = 0
        """The picture in work, 0 to `request.images - 1`."""
        self.step = 0
        """Steps done of the picture in work."""
        self.total = request.steps if isinstance(request, TrainRequest) else request.sampling.steps
        """Steps of each picture, or of the teaching, as the engine says."""
        self.seconds_per_step: float | None = None
        """Smoothed; None before the first step."""
        self.is_delivered = False
        """The engine has nothing more to give; it is done when all is saved."""
        self.is_stopping = False
        """It was asked to stop (and keep, or not) and has not answered yet."""
        self.share = 0.0
        """Of a teaching, whose steps are counted by the clock: 0 to 1."""
        self.is_live = False
        """It follows the artist's hand: not in the list, not in the journal, not in the library."""
        self._steps_timed = 0

    @property
    def pictures(self) -> GenerationRequest:
        """The request of a job that makes pictures."""
        assert isinstance(self.request, GenerationRequest)
        return self.request

    @property
    def teaches(self) -> bool:
        """True where nothing is drawn but learnt."""
        return isinstance(self.request, TrainRequest)

    @property
    def seconds_left(self) -> float | None:
        """For this picture and those after it; None while unknown."""
        if self.seconds_per_step is None or self.state is not JobState.RUNNING:
            return None
        pictures_after = max(0, self.request.images - self.image_index - 1)
        return self.seconds_per_step * (self.total - self.step + pictures_after * self.total)

    @property
    def progress(self) -> float:
        """0 to 1 over all pictures of the job."""
        if self.state is JobState.DONE:
            return 1.0
        if self.teaches:
            return self.share
        if self.loading is not None and self.loading.stage == "upscale" and not self.made:
            return self.loading.share or 0.0
        pictures = max(self.made, self.image_index) + (self.step / self.total if self.is_in_picture else 0.0)
        return min(1.0, pictures / self.request.images)

    @property
    def is_in_picture(self) -> bool:
        """Steps of a picture are being made that is not out yet."""
        return self.made <= self.image_index and self.total > 0

    @property
    def is_stopped_short(self) -> bool:
        """It was asked to stop before all its pictures were out."""
        return self.is_stopping and self.made < self.request.images

    @property
    def is_over(self) -> bool:
        return self.state in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)

    def rest(self) -> Queued:
        """The request for the pictures that are still to be made, alike to the last bit."""
        request = self.request
        if not self.made or isinstance(request, TrainRequest):
            return request
        sampling = replace(request.sampling, seed=request.seed_of(self.made))
        return replace(request, images=request.images - self.made, sampling=sampling)

    def begin(self) -> None:
        """It goes to the engine now."""
        self.state, self.error, self.loading = JobState.RUNNING, None, None
        self.is_delivered = False
        self.image_index, self.step = self.made, 0
        self._steps_timed = 0
        self.changed.emit()

    def end(self, state: JobState, error: EngineError | None = None) -> None:
        self.state, self.error, self.loading, self.is_stopping = state, error, None, False
        self.changed.emit()

    def keep_step(self, event: Step, first_image: int) -> KeptStep:
        """Take in a step; `first_image` is the picture that the engine counts from."""
        kept = KeptStep(
            first_image + event.image_index,
            event.index,
            event.total,
            event.sigma,
            event.preview,
            event.rect,
            event.place_index,
        )
        self.image_index, self.step, self.total = kept.image_index, kept.index, kept.total
        self.loading = None
        self.steps.append(kept)
        self._time(event.seconds)
        self.changed.emit()
        return kept

    def learn(self, event: Step) -> None:
        """Take in a step of a teaching."""
        self.step, self.total, self.loading = event.index, event.total, None
        share = event.extra.get("share", self.share)
        self.share = float(share) if isinstance(share, (int, float)) else self.share
        if event.preview is None:  # a step with a picture takes longer than the others
            self._time(event.seconds)
        self.changed.emit()

    def _time(self, seconds: float) -> None:
        if seconds <= 0:
            return
        # the first step of a job warms up caches and says little of the others
        weight = SMOOTHING if self._steps_timed > 1 and self.seconds_per_step else 1.0
        self._steps_timed += 1
        self.seconds_per_step = weight * seconds + (1 - weight) * (self.seconds_per_step or 0.0)
