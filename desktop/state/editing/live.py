"""Live: what one paints is generated again and again; the newest wins, and only the last one is kept."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer

from desktop.state.document.document import Document
from desktop.state.document.layers import Layer, new_id
from desktop.state.documents import Documents
from desktop.state.editing.edit_settings import EditSettings, Intent
from desktop.state.editing.request_maker import Done, Failed
from desktop.state.generation import GenerationState
from desktop.state.jobs import Job, JobQueue, JobState
from engine.api.canvas_place import ON_CANVAS, CanvasPlace
from engine.api.errors import EngineError
from engine.api.request import GenerationRequest

log = logging.getLogger("canvas")

REST_MS = 250
"""The hand rests so long before the next picture is begun; a running one is given up for it."""
FOLLOWED = (
    "prompt", "negative_prompt", "model", "steps", "guidance", "guidance_rescale", "guider",
    "guidance_start", "guidance_stop", "image_guidance",
    "box_share", "scheduler", "seed", "references",
)  # fmt: skip


class Live(QObject):
    """While `settings.is_live`: one running job follows the canvas and the prompt.

    What it makes is one layer, which is left out of what the next one sees; a picture that is given up
    leaves nothing behind. The seed is held, so that a stroke changes what it touches and little else.
    """

    def __init__(
        self,
        settings: EditSettings,
        documents: Documents,
        generation: GenerationState,
        jobs: JobQueue,
        ask_request: Callable[[str, Done, Failed], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._settings, self._documents, self._jobs = settings, documents, jobs
        self._ask_request = ask_request
        self._is_making = self._is_stale = False
        """A request is being made in the pool; something changed since it was begun."""
        self._layer_id = ""
        """The layer that shows what is made; another one each time that live is switched on."""
        self._was_placed = False
        """That layer was there."""
        self._job: Job | None = None
        self._asked: GenerationRequest | None = None
        self._followed: Document | None = None
        self._timer = QTimer(self, singleShot=True, interval=REST_MS)
        self._timer.timeout.connect(self._go_on)
        settings.changed.connect(self._on_setting)
        generation.changed.connect(lambda name: self._ask() if name in FOLLOWED else None)
        documents.changed.connect(self._follow)
        jobs.changed.connect(self._on_job)
        self._follow()

    @property
    def is_running(self) -> bool:
        return self._job is not None and not self._job.is_over

    def _follow(self) -> None:
        document = self._documents.current
        if document is not self._followed:
            self._followed = document
            self._begin_anew()
            document.changed.connect(self._on_canvas)
            document.masks_changed.connect(self._on_canvas)

    def _on_canvas(self, _rect: object) -> None:
        self._ask()

    def _on_setting(self, name: str) -> None:
        if name == "is_live" and not self._settings.is_live:
            self._timer.stop()
            self._begin_anew()
        elif name == "is_live":
            self._begin_anew()
            self._ask()
        else:
            self._ask()

    def _ask(self) -> None:
        if self._settings.is_live and self._settings.intent is not Intent.NEW:
            self._timer.start()  # anew with every stroke: the hand has to rest

    def _begin_anew(self) -> None:
        """What is made from now on is another layer."""
        self._give_up()
        self._asked = None
        self._use_new_layer()

    def _use_new_layer(self) -> None:
        self._layer_id, self._was_placed = new_id(), False

    def take_placed(self, layer: Layer) -> None:
        """A result is on the canvas."""
        self._was_placed = self._was_placed or layer.id == self._layer_id

    def _on_job(self, job: Job) -> None:
        """The engine is free again: what was asked meanwhile is made."""
        if not job.is_over or not self._settings.is_live:
            return
        if job is self._job:
            self._job = None
            if job.state is JobState.CANCELLED and self._jobs.queued:
                self._asked = None  # it gave way to the queue, and is made after it
        if not self._timer.isActive():
            self._go_on()

    def _go_on(self) -> None:
        """Begin what the canvas asks for now, unless it is what was made last."""
        document = self._documents.current
        if not self._settings.is_live or self._settings.intent is Intent.NEW:
            return
        if self._is_making:
            self._is_stale = True
            return
        if document.errand is not None or not document.lets_in:
            self._ask()
            return
        if self._was_placed and document.layer(self._layer_id) is None:
            self._use_new_layer()  # the artist took the old one away
        self._is_making, self._is_stale = True, False
        self._ask_request(self._layer_id, self._take_request, self._not_made)

    def _take_request(self, request: GenerationRequest) -> None:
        self._is_making = False
        place = CanvasPlace.of(request)
        is_here = place is not None and place.document == self._documents.current.identity
        if not self._settings.is_live or not is_here or self._is_stale or self._timer.isActive():
            self._ask()
            return
        if self._asked is not None and _same(request, self._asked):
            return
        if self.is_running:
            self._give_up()  # its end calls this again
        elif self._jobs.running is None:
            self._asked = request
            self._job = self._jobs.run_live(request)

    def _not_made(self, error: Exception) -> None:
        self._is_making = False
        if not isinstance(error, EngineError):
            log.error("live", exc_info=error)
        else:
            log.info("live: %s", error)
        if self._is_stale:
            self._ask()

    def _give_up(self) -> None:
        if self._job is not None and self._job is self._jobs.running:
            self._jobs.cancel(self._job)


def _same(one: GenerationRequest, other: GenerationRequest) -> bool:
    """Wherever the picture goes."""
    places = [CanvasPlace.of(request) for request in (one, other)]
    where = [(place.left, place.top) for place in places if place is not None]
    bare = [replace(request, extra={**request.extra, ON_CANVAS: None}) for request in (one, other)]
    return bare[0] == bare[1] and where[0] == where[-1]
