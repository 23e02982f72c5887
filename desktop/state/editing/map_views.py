"""What the maps of the open document look like, made anew a moment after anything changed."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.bridge.background import Background
from desktop.raster.rect import Rect
from desktop.state.document.document import Document
from desktop.state.document.document_map import DocumentMap, MapSource, find
from desktop.state.document.document_state import DocumentState
from desktop.state.documents import Documents
from engine.api.errors import EngineError
from engine.api.events import MapReady
from engine.api.images import Extent, ImageInput, Pixels
from engine.api.maps import MapKind

log = logging.getLogger("canvas")

REST_MS = 250
LONGEST_PX = 768
"""Of what is looked at; what the model gets is made at its own size."""


@dataclass(frozen=True, eq=False)
class MapView:
    given: DocumentMap
    pixels: Pixels | None
    error: EngineError | None = None
    """Why there is nothing to see."""
    picture: ImageInput | None = None
    """What its network is to draw it from; None where none draws it."""
    answer: MapReady | None = None
    """What that network has drawn."""

    @property
    def is_guess(self) -> bool:
        """True while its network has not looked."""
        return self.picture is not None and self.answer is None and self.error is None


def make_views(state: DocumentState, wanted: tuple[DocumentMap, ...]) -> dict[str, MapView]:
    """For the disk pool."""
    # it brings OpenCV and scikit-image, which are not loaded with the window
    from desktop.state.editing.map_pixels import is_by_network, map_pixels, picture_pixels

    scale = min(1.0, LONGEST_PX / max(state.size))
    extent = Extent(max(1, round(state.size.width * scale)), max(1, round(state.size.height * scale)))
    views = {}
    for given in wanted:
        whole = Rect.whole(state.size)
        if given.source is MapSource.MASK:  # only the engine sees it
            views[given.id] = MapView(given, None)
            continue
        try:
            picture = None
            if is_by_network(given):
                picture = ImageInput.of(picture_pixels(state, given, whole, extent), given.kind.value)
            can_be_guessed = picture is None or given.kind is not MapKind.POSE
            pixels = map_pixels(state, given, whole, extent) if can_be_guessed else None
            views[given.id] = MapView(given, pixels, picture=picture)
        except EngineError as error:
            views[given.id] = MapView(given, None, error)
    return views


class MapViews(QObject):
    """Follows whichever document is open."""

    changed = Signal()
    """Other pictures of maps are there."""
    shown_changed = Signal()
    """Another map is shown over the canvas, or none, or it looks different."""

    def __init__(self, documents: Documents, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._documents, self._background = documents, background
        self._followed: Document | None = None
        self._is_making = self._is_stale = False
        self.views: Mapping[str, MapView] = {}
        self.shown_id = ""
        """The map that is shown over the canvas."""
        self._resting = QTimer(self, singleShot=True, interval=REST_MS)
        self._resting.timeout.connect(self._make)
        documents.changed.connect(self._follow)
        self._follow()

    @property
    def shown(self) -> MapView | None:
        """What is to be seen over the canvas; a layer that is a map is seen by itself."""
        view = self.views.get(self.shown_id)
        return view if view is not None and view.given.source is not MapSource.READY else None

    def show(self, id: str) -> None:
        """Show this map over the canvas, "" for none."""
        if id != self.shown_id:
            self.shown_id = id
            self.shown_changed.emit()

    def answer(self, answers: Mapping[str, MapReady | EngineError]) -> None:
        """What the networks of these maps have drawn, or why they cannot."""
        views = dict(self.views)
        for id in answers.keys() & views.keys():
            answer = answers[id]
            if isinstance(answer, MapReady):
                views[id] = replace(views[id], pixels=answer.pixels, answer=answer)
            else:
                views[id] = replace(views[id], error=answer)
        self.views = views
        self.changed.emit()
        self.shown_changed.emit()

    def _follow(self) -> None:
        document = self._documents.current
        if document is self._followed:
            return
        self._followed, self.views = document, {}
        self.show("")
        for signal in (document.changed, document.size_changed, document.maps_changed):
            signal.connect(self._look_again)
        self._look_again()
        self.changed.emit()

    def _look_again(self, *_: object) -> None:
        assert self._followed is not None
        if not self._followed.maps:
            if self.views:
                self.views = {}
                self.show("")
                self.changed.emit()
            return
        if find(self._followed.maps, self.shown_id) is None:
            self.show("")
        if not self._resting.isActive():
            self._resting.start()

    def _make(self) -> None:
        document = self._followed
        if document is None or document.is_closed or not document.maps:
            return
        if self._is_making:
            self._is_stale = True
            return
        self._is_making = True

        def take(views: dict[str, MapView]) -> None:
            self._is_making = False
            if document is self._followed:
                self.views = views
                self.changed.emit()
                self.shown_changed.emit()
            self._go_on()

        self._background.run(make_views, document.state.copy(), document.maps, done=take, failed=self._fail)

    def _fail(self, error: Exception) -> None:
        log.error("maps cannot be shown", exc_info=error)
        self._is_making = False
        self._go_on()

    def _go_on(self) -> None:
        if self._is_stale:
            self._is_stale = False
            self._look_again()
