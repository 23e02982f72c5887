"""Live: what one paints is generated again and again; the newest wins, and only the last one is kept."""

from __future__ import annotations

import logging
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from desktop.state.document.document import Document
from desktop.state.document.layers import new_id
from desktop.state.documents import Documents
from desktop.state.editing.edit_settings import EditSettings, Intent
from desktop.state.generation import GenerationState
from desktop.state.jobs import Job, JobQueue
from engine.api.errors import EngineError
from engine.api.request import GenerationRequest

log = logging.getLogger("canvas")

REST_MS = 250
"""The hand rests so long before the next picture is begun; a running one is given up for it."""
FOLLOWED = (
    "prompt", "negative_prompt", "model", "steps", "guidance", "guidance_rescale", "scheduler", "seed",
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
        make_request: Callable[[str], GenerationRequest],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._settings, self._documents, self._jobs = settings, documents, jobs
        self._make_request = make_request
        self._layer_id = ""
        """The layer that shows what is made; another one each time that live is switched on."""
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
            document.changed.connect(self._on_canvas)
            document.masks_changed.connect(self._on_canvas)

    def _on_canvas(self, _rect: object) -> None:
        self._ask()

    def _on_setting(self, name: str) -> None:
        if name == "is_live" and not self._settings.is_live:
            self._timer.stop()
            self._give_up()
            self._asked = None
        elif name == "is_live":
            self._layer_id = new_id()
            self._ask()
        else:
            self._ask()

    def _ask(self) -> None:
        if self._settings.is_live and self._settings.intent is not Intent.NEW:
            self._timer.start()  # anew with every stroke: the hand has to rest

    def _on_job(self, job: Job) -> None:
        """The engine is free again: what was asked meanwhile is made."""
        if job is self._job and job.is_over:
            self._job = None
            if self._settings.is_live and self._timer.isActive():
                return
            self._go_on()

    def _go_on(self) -> None:
        """Begin what the canvas asks for now, unless it is what was made last."""
        if not self._settings.is_live or self._documents.current.is_busy:
            self._ask()
            return
        try:
            request = self._make_request(self._layer_id)
        except EngineError as error:
            log.info("live: %s", error)
            return
        if self._asked is not None and request == self._asked:
            return
        if self.is_running:
            self._give_up()  # its end calls this again
            return
        if self._jobs.running is None:
            self._asked = request
            self._job = self._jobs.run_live(request)

    def _give_up(self) -> None:
        if self._job is not None and self._job is self._jobs.running:
            self._jobs.cancel(self._job)
