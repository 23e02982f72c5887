"""Generating on the canvas, as one thing: the settings, the plan, the results, the picture on its way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject

from desktop.bridge.background import Background
from desktop.raster.rect import EMPTY, Rect
from desktop.state.document.document import Document
from desktop.state.document.layers import ResultLayer
from desktop.state.document.maps import picture_root
from desktop.state.document.rendering import flattened
from desktop.state.documents import Documents
from desktop.state.editing.canvas_request import canvas_request
from desktop.state.editing.canvas_results import CanvasResults, request_again
from desktop.state.editing.changing import Seen
from desktop.state.editing.edit_settings import EditSettings, Intent
from desktop.state.editing.live import Live
from desktop.state.editing.map_views import MapViews
from desktop.state.editing.owed_results import OwedResults
from desktop.state.editing.request_maker import Done, Failed, RequestMaker
from desktop.state.editing.sight import SightMaker
from desktop.state.editing.stream import CanvasStream
from desktop.state.generation import GenerationState
from desktop.state.jobs import JobQueue
from engine.api.edit import SeamMode
from engine.api.errors import BadRequest
from engine.api.images import Pixels
from engine.api.mask import Coverage
from engine.api.model_info import ModelInfo
from engine.api.request import GenerationRequest
from engine.api.wire import inputs_of

NEEDS_MASK = (Intent.PAINTED, Intent.REMOVE)
Keep = Callable[[Pixels | Coverage], object] | None


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
        self._place = EMPTY
        """Of the canvas, as long as its picture was not moved on it: see `place_of`."""
        self._is_grown = False
        """The canvas was made larger, and Generate is to fill it."""
        self.settings = settings
        self._maker = RequestMaker(background)
        self.sight = SightMaker(lambda: documents.current, settings, generation, background, self)
        self.map_views = MapViews(documents, background, self)
        self.results = CanvasResults(lambda: documents.current, jobs, info_of, background, self)
        self.owed = OwedResults(documents, jobs, self.results, background, self)
        self.stream = CanvasStream(lambda: documents.current, jobs, info_of, background, self)
        self.live = Live(settings, documents, generation, jobs, self.ask_live, self)
        self.results.placed.connect(self.live.take_placed)
        documents.changed.connect(self._follow)
        self._follow()

    def ask(self, keep: Keep, done: Done, failed: Failed) -> None:
        """What Generate asks for now, as soon as it is made; `failed` gets what is wrong or missing.

        `keep` packs pixels for the journal, in the pool, so that queueing finds them there.
        """
        is_edit = self.settings.intent is not Intent.NEW
        self._ask(lambda: self._generation.to_request(is_edit=is_edit), "", keep, done, failed)

    def ask_again(
        self, layer: ResultLayer, keep: Keep, done: Done, failed: Failed, anew: bool, seam: SeamMode | None
    ) -> None:
        """The same for a result that is made again; see `request_again`."""
        document, images = self._documents.current, self._generation.images if anew else 1
        layer = replace(
            layer,
            source=layer.source.snapshot() if layer.source is not None else None,
            mask=layer.mask.snapshot() if layer.mask is not None else None,
        )

        def make() -> None:
            args = layer, Seen.of(document, with_layers=False), images, anew, seam
            self._maker.run(kept, keep, request_again, *args, done=done, failed=failed)

        document.when_free(make, is_kept=True)

    def ask_live(self, layer_id: str, done: Done, failed: Failed) -> None:
        """The same for one picture that takes the place of the layer `layer_id`."""
        self._ask(
            lambda: replace(self._generation.to_request(is_edit=True), images=1), layer_id, None, done, failed
        )

    def _ask(
        self,
        base_of: Callable[[], GenerationRequest],
        layer_id: str,
        keep: Keep,
        done: Done,
        failed: Failed,
    ) -> None:
        try:
            base = base_of()
        except BadRequest as error:
            failed(error)
            return
        document, settings, info = self._documents.current, self.settings.now(), self._generation.info

        def make() -> None:
            args = base, Seen.of(document), settings, info, layer_id
            self._maker.run(kept, keep, canvas_request, *args, done=done, failed=failed)

        document.when_free(make, is_kept=True)

    def _follow(self) -> None:
        document = self._documents.current
        if document is self._followed:
            return
        self._followed = document
        self._place, self._is_grown = place_of(document), False
        self.stream.clear()
        document.masks_changed.connect(self._on_mask)
        document.selection_changed.connect(self._on_pixels)
        document.size_changed.connect(self._on_size)
        document.maps_changed.connect(self.sight.look_again)
        document.changed.connect(self._on_pixels)
        self.settings.intent = Intent.PAINTED if document.mask.keys() else Intent.NEW
        self.sight.look_again()

    def _on_mask(self, _rect: object) -> None:
        """The first stroke of the mask says what Generate is for, also when what was empty is filled; a mask
        that is gone says nothing more."""
        assert self._followed is not None
        is_painted, intent = bool(self._followed.mask.keys()), self.settings.intent
        if is_painted and (intent is Intent.NEW or (intent is Intent.EMPTY and self.sight.is_filled)):
            self.settings.intent = Intent.PAINTED
        elif not is_painted and intent in NEEDS_MASK:
            self.settings.intent = Intent.NEW
        self.sight.look_again()

    def _on_size(self) -> None:
        """A canvas that was made larger waits to be filled, whatever is painted in the mask; made smaller
        again (or taken back) it does not."""
        document, intent = self._followed, self.settings.intent
        assert document is not None
        was, self._place = self._place, place_of(document)
        if was.contains(self._place):
            if self._is_grown and intent is Intent.EMPTY and not has_empty_edge(document):
                self.settings.intent = Intent.PAINTED if document.mask.keys() else Intent.NEW
        elif intent in (Intent.NEW, Intent.PAINTED) and has_empty_edge(document):
            self.settings.intent = Intent.EMPTY
            self._is_grown = True
        self.sight.look_again()

    def _on_pixels(self, _rect: object) -> None:
        if self.settings.intent is not Intent.NEW:
            self.sight.look_again()


def place_of(document: Document) -> Rect:
    """Where the canvas lies, counted from where its corner was at first."""
    return document.canvas.moved(*document.state.origin)


def has_empty_edge(document: Document) -> bool:
    """Whether one can see through the picture somewhere along the edge of the canvas."""
    canvas = document.canvas
    lines = (
        Rect(0, 0, canvas.width, 1), Rect(0, canvas.bottom - 1, canvas.width, 1),
        Rect(0, 0, 1, canvas.height), Rect(canvas.right - 1, 0, 1, canvas.height),
    )  # fmt: skip
    root = picture_root(document.state)
    return any((flattened(root, line)[..., 3] < 255).any() for line in lines)


def kept(keep: Keep, make: Callable[..., GenerationRequest], *args: object) -> GenerationRequest:
    """`make(*args)`, its pixels given to `keep`. For the disk pool."""
    request = make(*args)
    for _, pixels in inputs_of(request) if keep is not None else ():
        if keep is not None and pixels is not None:
            keep(pixels)
    return request
