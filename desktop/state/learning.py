"""What is taught from which pictures, and how far it is: the state behind the Learn place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.bridge.background import Background
from desktop.state.generation import GenerationState
from desktop.state.job import Job
from desktop.state.jobs import JobQueue, JobState
from desktop.state.kept_file import KeptFile, read_kept
from desktop.state.lessons import LessonEntry, read_lessons, save_captions
from desktop.state.observable import Field, Observable
from engine.api.events import Notice, Step
from engine.api.images import Pixels
from engine.api.learnt import LearntKind
from engine.api.request import random_seed
from engine.api.training import Teaches, TrainRequest
from engine.library import folders

DELAY_MS = 2000
MOST_SAMPLES = 200
KEPT = ("folder", "trigger", "class_words", "teaches", "method", "minutes", "sample_prompt", "licence")
"""What is restored at the next start; the captions that were typed too."""


@dataclass(frozen=True, eq=False)
class Sample:
    """The fixed prompt as it came out after `step` steps; 0 is before anything was learnt."""

    step: int
    pixels: Pixels


class Learning(Observable):
    """Typed captions live here until the artist saves them beside the pictures."""

    folder = Field("")
    trigger = Field("")
    class_words = Field("")
    teaches: Field[Teaches] = Field(Teaches.SUBJECT, Teaches)
    method: Field[LearntKind] = Field(LearntKind.LORA, LearntKind)
    minutes: Field[float] = Field(5.0, float)
    sample_prompt = Field("")
    licence = Field("")

    lessons_changed = Signal()
    """The pictures of the folder were read (again)."""
    captions_changed = Signal()
    progress_changed = Signal()
    """The job, its losses or its state."""
    sample_arrived = Signal(object)
    """`Sample`."""
    learnt = Signal(object)
    """`TrainRequest` whose file is there now."""
    failed = Signal(object)
    """An `EngineError`: the folder or a caption."""

    def __init__(
        self,
        generation: GenerationState,
        jobs: JobQueue,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._generation, self._jobs, self._background = generation, jobs, background
        self.lessons: tuple[LessonEntry, ...] = ()
        self.typed: dict[str, str] = {}
        """Captions that differ from the files, by the picture's name."""
        self.job: Job | None = None
        """The teaching that is shown: the one at work, or the last one."""
        self.losses: list[float] = []
        self.samples: list[Sample] = []
        self.notices: list[Notice] = []
        """Of the job: the memory plan, what was skipped."""
        self.file = KeptFile(
            folders.data_folder() / "learning.json", self._content, background, DELAY_MS, self
        )
        self._restore()
        self.changed.connect(self._follow)
        jobs.lesson_learnt.connect(self._take_step)
        jobs.noticed.connect(self._take_notice)
        jobs.changed.connect(self._take_job)

    # what the artist can do

    def choose_folder(self, path: str | Path) -> None:
        """Teach from the pictures in `path`."""
        if str(path) != self.folder:
            self.typed = {}
            self.lessons = ()
        self.folder = str(path)
        self.read_again()

    def read_again(self) -> None:
        """Look at the folder again; `lessons_changed` follows."""
        folder = self.folder
        if not folder:
            return

        def take(lessons: list[LessonEntry]) -> None:
            if folder == self.folder:
                self.lessons = tuple(lessons)
                self.lessons_changed.emit()

        def fail(error: Exception) -> None:
            self.lessons = ()
            self.lessons_changed.emit()
            self.failed.emit(error)

        self._background.run(read_lessons, Path(folder), done=take, failed=fail)

    def caption_of(self, lesson: LessonEntry) -> str:
        return self.typed.get(lesson.name, lesson.caption)

    def set_caption(self, lesson: LessonEntry, words: str) -> None:
        """It counts at once for the teaching; the file beside the picture changes with `save_captions`."""
        if words == lesson.caption:
            self.typed.pop(lesson.name, None)
        else:
            self.typed[lesson.name] = words
        self.file.write_soon()
        self.captions_changed.emit()

    def save_captions(self) -> None:
        """Write what was typed beside the pictures."""
        folder, typed = Path(self.folder), dict(self.typed)

        def done(_: object) -> None:
            self.typed = {name: words for name, words in self.typed.items() if typed.get(name) != words}
            self.captions_changed.emit()
            self.read_again()

        self._background.run(save_captions, folder, typed, done=done, failed=self.failed.emit)

    def start(self) -> Job | None:
        """Put the teaching in line. Raises `BadRequest` naming the field that is wrong."""
        job = self._jobs.enqueue(self.to_request())
        if job is not None:
            self._show(job)
        return job

    def stop(self) -> None:
        """End and keep what is learnt."""
        if self.is_at_work:
            self._jobs.stop_and_keep()
            self.progress_changed.emit()

    def cancel(self) -> None:
        """End and keep nothing; the next start of the same goes on from there."""
        if self.job is not None and not self.job.is_over:
            self._jobs.cancel(self.job)
            self.progress_changed.emit()

    @property
    def is_at_work(self) -> bool:
        return self.job is not None and self.job is self._jobs.running

    def to_request(self) -> TrainRequest:
        """The checked request; that of the cancelled teaching where nothing else is wished: it goes on."""
        request = TrainRequest(
            model=self._generation.model,
            folder=self.folder,
            trigger=self.trigger,
            output="x.safetensors",
            method=self.method,
            teaches=self.teaches,
            class_words=self.class_words,
            captions=dict(self.typed),
            minutes=self.minutes,
            sample_prompt=self.sample_prompt,
            seed=random_seed(),
            licence=self.licence,
        ).validated()
        before = self.job.request if self.job is not None and self.job.state is JobState.CANCELLED else None
        if isinstance(before, TrainRequest) and request == replace(
            before, seed=request.seed, output=request.output
        ):
            return before
        return replace(request, output=str(free_output(request.trigger, request.method)))

    # following the job

    def _take_job(self, job: Job) -> None:
        if job.teaches and job.state is JobState.RUNNING and job is not self.job:
            self._show(job)
        if job is not self.job:
            return
        self.progress_changed.emit()
        if job.state is JobState.DONE and isinstance(job.request, TrainRequest):
            self.learnt.emit(job.request)

    def _show(self, job: Job) -> None:
        self.job, self.losses, self.samples, self.notices = job, [], [], []
        self.progress_changed.emit()

    def _take_step(self, job: Job, event: Step) -> None:
        if job is not self.job:
            return
        loss = event.extra.get("loss")
        if isinstance(loss, (int, float)):
            self.losses.append(float(loss))
        if event.preview is not None:
            sample = Sample(event.index, event.preview)
            self.samples = [*self.samples, sample][-MOST_SAMPLES:]
            self.sample_arrived.emit(sample)
        self.progress_changed.emit()

    def _take_notice(self, job: Job, notice: Notice) -> None:
        if job is self.job:
            self.notices.append(notice)
            if notice.code == "resumed" and isinstance(losses := notice.extra.get("losses"), list):
                self.losses = [float(str(loss)) for loss in losses]
            self.progress_changed.emit()

    # kept through a kill

    def _follow(self, _field: str) -> None:
        self.file.write_soon()

    def _content(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in KEPT}
        return {**values, "typed": self.typed}

    def _restore(self) -> None:
        content, _ = read_kept(self.file.path)
        for name in KEPT:
            self._set(name, content.get(name))
        typed = content.get("typed")
        if isinstance(typed, Mapping):
            self.typed = {str(name): str(words) for name, words in typed.items()}

    def _set(self, name: str, value: Any) -> None:
        if value is None:
            return
        try:
            setattr(self, name, value if name in ("teaches", "method", "minutes") else str(value))
        except (ValueError, TypeError):
            pass  # of another version: the default serves


def free_output(trigger: str, method: LearntKind) -> Path:
    """A file that is not there yet, where the catalog finds it by its name."""
    # the names' rules are read with the first teaching, not with the window
    from engine.library.names import safe_name

    place = {LearntKind.LORA: "loras", LearntKind.EMBEDDING: "embeddings"}[method]
    folder, stem = folders.models_folder() / place, safe_name(trigger)
    names = [stem, *(f"{stem} ({number})" for number in range(2, 10_000))]
    return next(path for name in names if not (path := folder / f"{name}.safetensors").exists())
