"""From a folder of pictures to a file that knows what they have in common."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import safetensors.torch
import torch

import engine
from engine.api.control import Control
from engine.api.errors import BadRequest, CannotSave
from engine.api.events import Event, Finished, Loading, Notice
from engine.api.images import Pixels
from engine.api.learnt import LearntKind
from engine.api.model_info import ModelInfo
from engine.api.prompt import literal
from engine.api.training import TrainRequest
from engine.diffusion.devices import fast_dtype, free_bytes
from engine.diffusion.stream import stream
from engine.diffusion.tap import Cancelled, blocks_of
from engine.library.folders import data_folder
from engine.library.save import save_bytes
from engine.training.drawing import draw, words_of
from engine.training.folder import Lesson, Skipped, open_lessons, read_folder, said_of
from engine.training.learning import Course, Learner, Progress
from engine.training.lessons import Encoded, Lessons, encode, sizes_for
from engine.training.lora import LoraLearner
from engine.training.memory_plan import MemoryPlan, plan
from engine.training.prior import draw_prior
from engine.training.telling import told as tell
from engine.training.textual_inversion import WordLearner

if TYPE_CHECKING:
    from engine.families.loaded_model import LoadedModel
    from engine.models.cache import Models

MOST_ON_PROCESSOR = 4
"""Pictures a step: there more steps teach more than larger ones."""
SAMPLE_STEPS = 12
SAMPLE_SEED = 7
TIME_TO_SAVE_S = 2.0
MOST_STATES = 5
"""Trainings that were broken off and can be gone on with; older ones are forgotten."""

IsCancelled = Callable[[], bool]


def teach(
    request: TrainRequest, info: ModelInfo, models: Models, control: Control
) -> Generator[Event, None, None]:
    """The events of a validated `request`: `Loading`, `Notice`s, a `Step` a step, `Finished`.

    `Step.extra` has the losses, some steps a picture of the fixed prompt; `Finished.extra` the file and its
    hash. Cancelled or killed, the next run of an equal request goes on from where it was.
    """

    def work(emit: Callable[[Event], None], is_cancelled: IsCancelled) -> None:
        for event in Teaching(request, info, models, control, is_cancelled).events():
            emit(event)

    yield from stream(work, control)


class Teaching:
    """One teaching, on its own thread."""

    def __init__(
        self,
        request: TrainRequest,
        info: ModelInfo,
        models: Models,
        control: Control,
        is_cancelled: IsCancelled,
    ) -> None:
        self._request, self._info, self._models = request, info, models
        self._control, self._is_cancelled = control, is_cancelled
        self._began = time.monotonic()

    def events(self) -> Iterator[Event]:
        request = self._request
        folder = read_folder(Path(request.folder), request.captions)
        for skipped in folder.skipped:
            yield notice_of(skipped)
        yield Loading("model")
        model = self._models.load(self._info, teaching_dtype(self._models.device), self._progress)
        model.wardrobe.wear("", tuple)
        with leaving_when(self._is_cancelled, model):
            lessons = yield from self._read_lessons(folder, model)
            arrangement = self._plan(model, len(lessons))
            yield arrangement.notice()
            yield from self._teach(
                model, [lesson for lesson, _ in lessons], [what for _, what in lessons], arrangement
            )

    def _teach(
        self, model: LoadedModel, lessons: list[Lesson], encoded: list[Encoded], arrangement: MemoryPlan
    ) -> Iterator[Event]:
        request = self._request
        batches = Lessons(encoded, arrangement.batch, request.seed)
        learner: LoraLearner | WordLearner = WordLearner(request, model, batches)
        if request.method is LearntKind.LORA:
            size = sizes_for(model, request.resolution)[0]
            prior = yield from draw_prior(request, lessons, model, size, self._is_cancelled)
            learner = LoraLearner(request, model, batches, prior)
        with learner.worn(), arrangement.arranged(model):
            state_file = state_file_of(request)
            prepared = time.monotonic() - self._began
            progress = Progress(request.steps, max(1.0, 60 * request.minutes - prepared - TIME_TO_SAVE_S))
            course = Course(
                learner, progress, state_file, lambda: self._sample(model, learner), self._control,
                batches.key(model.sha256),
            )  # fmt: skip
            if course.resume():
                told = {"step": progress.step, "losses": list(progress.losses)}
                yield Notice("resumed", f"Going on after step {progress.step}.", told)
            yield from course.run()
            data = as_file(request, model, learner, len(lessons), progress)
        try:
            path = save_learnt(Path(request.output), data)
        except CannotSave:
            with suppress(CannotSave):
                course.save()  # the next call has nothing to learn again
            raise
        state_file.unlink(missing_ok=True)
        stopped = None if progress.is_done else progress.step
        extra = {"path": str(path), "steps": progress.step, "stopped_at": stopped}
        yield Finished(0, time.monotonic() - self._began, extra)

    def _read_lessons(
        self, folder, model: LoadedModel
    ) -> Generator[Event, None, list[tuple[Lesson, Encoded]]]:
        """Every picture that opens, as latents; the others are named."""
        sizes, found = sizes_for(model, self._request.resolution), []
        assert model.reader is not None
        for number, (lesson, opened) in enumerate(open_lessons(folder)):
            yield Loading("lessons", number / len(folder.lessons))
            if isinstance(opened, Skipped):
                yield notice_of(opened)
            else:
                words = said_of(lesson, self._request, number)
                if model.reader.read(model, literal(words), self._learnt_words, False, 1).cut:
                    yield cut_notice_of(lesson)
                found.append((lesson, encode(model, opened, words, sizes)))
        if not found:
            raise BadRequest("folder", f"no picture in {Path(self._request.folder).name} can be opened")
        return found

    @property
    def _learnt_words(self) -> dict[str, int]:
        is_word = self._request.method is LearntKind.EMBEDDING
        return {self._request.trigger: self._request.vectors} if is_word else {}

    def _plan(self, model: LoadedModel, pictures: int) -> MemoryPlan:
        size = sizes_for(model, self._request.resolution)[0]
        most = min(pictures, MOST_ON_PROCESSOR) if model.device.type == "cpu" else pictures
        free = free_bytes(str(model.device))
        told = tell(model, words_of(model, self._request.trigger), size)
        return plan(model, size, self._request.rank, most, free, told)

    def _sample(self, model: LoadedModel, learner: Learner) -> Pixels | None:
        prompt = self._request.sample_prompt or self._request.trigger
        size = sizes_for(model, self._request.resolution)[0]
        return draw(model, learner.words(prompt), size, SAMPLE_STEPS, SAMPLE_SEED, self._is_cancelled)

    def _progress(self, _share: float) -> None:
        if self._is_cancelled():
            raise Cancelled


@contextmanager
def leaving_when(is_cancelled: IsCancelled, model: LoadedModel) -> Iterator[None]:
    """Inside, `Cancelled` is raised before the next block of a network once `is_cancelled` says so."""

    def stop(*_: object) -> None:
        if is_cancelled():
            raise Cancelled

    networks = [network for network in (model.denoiser, model.vae) if network is not None]
    hooks = [block.register_forward_pre_hook(stop) for network in networks for block in blocks_of(network)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def teaching_dtype(device: torch.device) -> torch.dtype:
    """Of the weights that stay as they are; what learns is float32 everywhere."""
    return fast_dtype(device) if device.type == "cuda" else torch.float32


def notice_of(skipped: Skipped) -> Notice:
    return Notice(
        "skipped", f"{skipped.name} {skipped.reason}", {"name": skipped.name, "reason": skipped.reason}
    )


def cut_notice_of(lesson: Lesson) -> Notice:
    return Notice(
        "caption_cut", f"{lesson.name} has more words than the model reads; the end is not learnt.",
        {"name": lesson.name},
    )  # fmt: skip


def state_file_of(request: TrainRequest) -> Path:
    """Where the state of this training is kept; of others only the latest stay."""
    folder = data_folder() / "training"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        states = sorted(folder.glob("*.safetensors"), key=lambda file: file.stat().st_mtime, reverse=True)
        own = folder / f"{request.key[:32]}.safetensors"
        for old in [state for state in states if state != own][MOST_STATES - 1 :]:
            old.unlink(missing_ok=True)
    except OSError as error:
        raise CannotSave(
            f"{folder} cannot be used ({error.strerror}). Make it writable, or set LIENZO_HOME to another.",
            path=str(folder),
        ) from error
    return own


def as_file(
    request: TrainRequest, model: LoadedModel, learner: Learner, pictures: int, progress: Progress
) -> bytes:
    """The safetensors file, with what one should know of it in its header."""
    told = {
        "format": "pt",
        "lienzo.trigger": request.trigger,
        "lienzo.teaches": request.teaches.value,
        "lienzo.base": model.info.title,
        "lienzo.base_sha256": model.sha256,
        "lienzo.base_licence": model.info.licence,
        "lienzo.pictures": str(pictures),
        "lienzo.steps": str(progress.step),
        "lienzo.seed": str(request.seed),
        "lienzo.version": engine.__version__,
        "modelspec.title": Path(request.output).stem,
        "modelspec.trigger_phrase": request.trigger,
        "modelspec.date": datetime.now(UTC).isoformat(timespec="seconds"),
        "modelspec.license": request.licence,
    }
    tensors = {name: tensor.cpu().contiguous() for name, tensor in learner.result().items()}
    return safetensors.torch.save(tensors, {name: text for name, text in told.items() if text})


def save_learnt(path: Path, data: bytes) -> Path:
    """Raises `CannotSave`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotSave(
            f"{path.parent} cannot be made ({error.strerror}). Choose another folder.", path=str(path)
        ) from error
    save_bytes(path, data)
    return path
