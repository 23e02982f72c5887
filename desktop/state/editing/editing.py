"""Generating on the canvas, as one thing: the settings, the plan, the results, the picture on its way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject

from desktop.bridge.background import Background
from desktop.state.document.document import Document
from desktop.state.documents import Documents
from desktop.state.editing.canvas_request import canvas_request
from desktop.state.editing.canvas_results import CanvasResults
from desktop.state.editing.edit_settings import EditSettings, EditValues, Intent
from desktop.state.editing.live import Live
from desktop.state.editing.sight import SightMaker
from desktop.state.editing.stream import CanvasStream
from desktop.state.generation import GenerationState
from desktop.state.jobs import JobQueue
from engine.api.model_info import ModelInfo
from engine.api.request import GenerationRequest

NEEDS_MASK = (Intent.PAINTED, Intent.REMOVE)


class Editing(QObject):
    """Between the document and the queue; follows whichever document is open."""

    def __init__(
        self,
        settings: EditSettings,
        documents: Documents,
        generation: GenerationState,
        jobs: JobQueue,
        info_of: Callable[[str], ModelInfo | None],
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._documents, self._generation = documents, generation
        self._followed: Document | None = None
        self.settings = settings
        self.sight = SightMaker(lambda: documents.current, settings, generation, background, self)
        self.results = CanvasResults(lambda: documents.current, jobs, info_of, background, self)
        self.stream = CanvasStream(lambda: documents.current, jobs, info_of, background, self)
        self.live = Live(settings, documents, generation, jobs, self.live_request, self)
        documents.changed.connect(self._follow)
        self._follow()

    def to_request(self) -> GenerationRequest:
        """What Generate asks for now. Raises `BadRequest` naming what is wrong or missing."""
        base = self._generation.to_request()
        if self.settings.intent is Intent.NEW:
            return base
        return canvas_request(base, self._documents.current, self._values())

    def live_request(self, layer_id: str) -> GenerationRequest:
        """The same for one picture that takes the place of the layer `layer_id`."""
        base = replace(self._generation.to_request(), images=1)
        return canvas_request(base, self._documents.current, self._values(), layer_id)

    def _values(self) -> EditValues:
        """With words only for places that there are; those of a mask that is gone stay typed."""
        values, sight = self.settings.now(), self.sight.sight
        count = len(sight.places) if sight is not None else 0
        return replace(values, place_prompts=values.place_prompts[:count])

    def _follow(self) -> None:
        document = self._documents.current
        if document is self._followed:
            return
        self._followed = document
        document.masks_changed.connect(self._on_mask)
        document.selection_changed.connect(self._on_pixels)
        document.size_changed.connect(self._on_size)
        document.changed.connect(self._on_pixels)
        self.settings.intent = Intent.PAINTED if document.mask.keys() else Intent.NEW
        self.sight.look_again()

    def _on_mask(self, _rect: object) -> None:
        """The first stroke of the mask says what Generate is for; a mask that is gone says nothing more."""
        assert self._followed is not None
        is_painted, intent = bool(self._followed.mask.keys()), self.settings.intent
        if is_painted and intent is Intent.NEW:
            self.settings.intent = Intent.PAINTED
        elif not is_painted and intent in NEEDS_MASK:
            self.settings.intent = Intent.NEW
        self.sight.look_again()

    def _on_size(self) -> None:
        """A canvas that was made larger waits to be filled."""
        assert self._followed is not None
        shown = self._followed.root.bounds()
        if self.settings.intent is Intent.NEW and not shown.contains(self._followed.canvas):
            self.settings.intent = Intent.EMPTY
        self.sight.look_again()

    def _on_pixels(self, _rect: object) -> None:
        if self.settings.intent is not Intent.NEW:
            self.sight.look_again()
