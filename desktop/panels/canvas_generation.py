"""What is generated, shown on the canvas: what the model will see, and the picture on its way."""

from __future__ import annotations

from PySide6.QtCore import QObject

from desktop.bridge.pixels import to_qimage
from desktop.canvas.sight_overlay import SightLines
from desktop.canvas.view import CanvasView
from desktop.panels.canvas_work import CanvasWork
from desktop.panels.sight_words import say_sight
from desktop.raster.rect import Rect, fitted
from desktop.state.document.document import Document
from desktop.state.document.layers import ResultLayer
from desktop.state.jobs import Job
from desktop.state.result import Result
from desktop.state.studio import Studio
from desktop.state.viewing import ShownKind
from engine.api.canvas_place import CanvasPlace

NOWHERE = Rect(0, 0, 1, 1)


class CanvasGeneration(QObject):
    """Between what is generated and one canvas; another canvas comes with another language."""

    def __init__(self, studio: Studio, painting: CanvasWork, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._studio, self._painting, self._canvas = studio, painting, canvas
        studio.editing.sight.changed.connect(self.show_sight)
        studio.editing.map_views.shown_changed.connect(self.show_map)
        studio.editing.stream.changed.connect(self.show_stream)
        studio.editing.results.placed.connect(self._look_at_placed)
        studio.jobs.picture_saved.connect(self._show_saved)
        self._rests = False
        """The mask and what the model will see are only hinted at: a result is looked at."""
        self._followed: Document | None = None
        studio.edit.changed.connect(self._wake)
        studio.documents.changed.connect(self._follow)
        if canvas.bench is not None:
            canvas.bench.changed.connect(self._on_bench)
        self._follow()

    def show_all(self) -> None:
        """The document is on the canvas (again)."""
        self.show_stream()
        self.show_sight()
        self.show_map()

    def show_map(self) -> None:
        """The map that the artist wants to see, over the document."""
        view = self._studio.editing.map_views.shown
        pixels = view.pixels if view is not None else None
        self._canvas.show_map(to_qimage(pixels) if pixels is not None else None)

    def show_sight(self) -> None:
        """Lines over the document, and the facts under it."""
        if not self._canvas.shows_document:
            return
        sight = self._studio.editing.sight.sight
        lines = SightLines()
        if sight is not None:
            lines = SightLines(sight.crops, sight.denoising, sight.paste, sight.places)
        self._canvas.show_sight(lines)
        self._canvas.rest_overlays(self._rests)
        size = self._studio.document.size
        said = "" if self._rests else say_sight(sight)
        self._canvas.set_facts(said or f"{size.width} × {size.height}")

    def _follow(self) -> None:
        """Of a chosen result one wants to see what it shows, and not the mask that it was made with."""
        document = self._studio.document
        if document is not self._followed:
            self._followed = document
            document.active_changed.connect(self._look_at_active)
            document.masks_changed.connect(self._wake)
            document.size_changed.connect(self._wake)
            document.size_changed.connect(self.show_sight)
        self._look_at_active()

    def _look_at_active(self, *_: object) -> None:
        is_result = isinstance(self._studio.document.active, ResultLayer)
        self._rest(is_result and not self._studio.edit.is_live)

    def _look_at_placed(self, *_: object) -> None:
        """What live makes of the strokes is looked at too, unless it is the mask that is painted."""
        if not self._studio.edit.is_live:
            self._look_at_active()
        elif not self._is_masking():
            self._rest(True)

    def _wake(self, *_: object) -> None:
        """The next edit is prepared."""
        self._rest(False)

    def _on_bench(self, name: str) -> None:
        """Who takes up the mask brush wants to see the mask."""
        if name in ("tool_id", "paints_mask") and self._is_masking():
            self._wake()

    def _is_masking(self) -> bool:
        bench = self._canvas.bench
        return bench is not None and (bench.tool_id == "mask_brush" or bench.paints_mask)

    def _rest(self, rests: bool) -> None:
        if rests != self._rests:
            self._rests = rests
            self.show_sight()

    def show_stream(self) -> None:
        """A picture that is being made: where it belongs, or as large as fits."""
        arriving = self._studio.editing.stream.arriving
        shown, document = self._studio.viewing.shown, self._painting.document
        if arriving is not None:
            self._canvas.show_stream(arriving.image, arriving.rect)
        elif (
            document is None or shown.kind is not ShownKind.STEP or shown.pixels is None or shown.job is None
        ):
            self._canvas.show_stream(None, NOWHERE)
        elif CanvasPlace.of(shown.job.request) is None and self._studio.jobs.running is shown.job:
            self._canvas.show_stream(to_qimage(shown.pixels), fitted(shown.extent, document.canvas))
        else:
            self._canvas.show_stream(None, NOWHERE)

    def _show_saved(self, job: Job, result: Result) -> None:
        """A picture from words alone, while a document is open: it is looked at, the document waits."""
        if self._canvas.shows_document and CanvasPlace.of(job.request) is None:
            self._studio.viewing.show_result(result)
