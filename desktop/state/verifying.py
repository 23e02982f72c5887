"""Making a picture again to see whether it comes out the same; nothing of it is kept."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.bridge.background import Background
from desktop.bridge.engine_thread import EngineThread
from desktop.state.messages import Level, Messages
from desktop.state.remaking import read_request
from desktop.state.words import say
from engine.api.errors import EngineError, UnreadableFile
from engine.api.events import Event, ImageReady
from engine.api.recipe import Recipe
from engine.api.request import GenerationRequest

if TYPE_CHECKING:
    from engine.library.journal import Journal
    from engine.verification import Verdict

RUNNING = "verifying"
"""The topic of the offer to cancel."""


def read_to_verify(path: Path, journal: Journal | None) -> tuple[Recipe, GenerationRequest]:
    """Raises `EngineError` where the picture cannot be verified. For the disk pool."""
    # the engine's own judge, which is loaded with the first picture
    from engine.verification import check_one_picture

    metadata, request = read_request(path, journal)
    if metadata.recipe is None or request is None:
        raise UnreadableFile(
            f"{path.name} holds no recipe of Lienzo, so it cannot be verified.",
            path=str(path),
            problem="no_recipe",
        )
    check_one_picture(path, metadata.recipe)
    return metadata.recipe, request


def judge_picture(path: Path, recipe: Recipe, made: ImageReady) -> Verdict:
    """For the disk pool."""
    # as above
    from engine.verification import judge

    return judge(path, recipe, made)


class Verifying(QObject):
    """One picture at a time, after what is at work in the engine; the queue goes on afterwards."""

    verified = Signal(object, object)
    """`Path`, `Verdict`; said to the artist too."""

    def __init__(
        self,
        engine: EngineThread,
        background: Background,
        messages: Messages,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._background = background
        self._messages = messages
        self._numbers = itertools.count(1)
        self._job_id = ""
        self._path = Path()
        self._recipe: Recipe | None = None
        engine.event.connect(self._take_event)  # type: ignore[attr-defined]  # the stub knows QObject.event
        engine.cancelled.connect(self._take_end)
        engine.failed.connect(self._take_failed)

    @property
    def is_at_work(self) -> bool:
        return bool(self._job_id)

    def start(self, path: Path, journal: Journal | None) -> None:
        """`verified` follows, or a message that says why it cannot be."""
        if self.is_at_work:
            self._messages.info(self.tr("Another picture is being verified; it will not take long."))
            return
        self._background.run(
            read_to_verify,
            path,
            journal,
            done=lambda found: self._begin(path, *found),
            failed=lambda error: self._messages.error(say(error)),
        )

    def cancel(self) -> None:
        if self.is_at_work:
            self._engine.cancel(self._job_id)

    def _begin(self, path: Path, recipe: Recipe, request: GenerationRequest) -> None:
        self._job_id = f"verify-{next(self._numbers)}"
        self._path, self._recipe = path, recipe
        self._messages.offer(
            Level.INFO,
            self.tr("“{name}” is made again to compare it.").format(name=path.name),
            self.tr("Cancel"),
            self.cancel,
            RUNNING,
        )
        self._engine.start()  # after crashes it was not started with the window
        self._engine.submit(self._job_id, request, False, recipe.stopped_at)

    def _take_event(self, job_id: str, event: Event) -> None:
        if job_id != self._job_id or not isinstance(event, ImageReady) or self._recipe is None:
            return
        path = self._path
        self._take_end(job_id)
        self._background.run(
            judge_picture,
            path,
            self._recipe,
            event,
            done=lambda verdict: self._say(path, verdict),
            failed=lambda error: self._messages.error(say(error)),
        )

    def _take_end(self, job_id: str) -> None:
        if job_id == self._job_id:
            self._job_id = ""
            self._messages.withdraw(RUNNING)

    def _take_failed(self, job_id: str, error: EngineError) -> None:
        if job_id == self._job_id:
            self._take_end(job_id)
            self._messages.error(say(error))

    def _say(self, path: Path, verdict: Verdict) -> None:
        name = path.name
        if verdict.is_same:
            text = self.tr("Verified: “{name}” was made again, and every pixel is the same.")
        elif verdict.is_verified:
            text = self.tr(
                "Verified: “{name}” was made again as its recipe promises. Its format keeps them nearly."
            )
        elif verdict.remade_as_recipe:
            text = self.tr("“{name}” was changed after it was made: its recipe makes other pixels.")
        else:
            text = self.tr("“{name}” came out differently.")
        text = text.format(name=name)
        if verdict.differences and not verdict.is_verified:
            text += "\n" + "\n".join(verdict.differences[:4])
        (self._messages.info if verdict.is_verified else self._messages.warning)(text)
        self.verified.emit(path, verdict)
