"""What the window's canvas shows: the document that is painted on, else the picture that is looked at."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QObject, Signal

from desktop.bridge.pixels import to_qimage
from desktop.canvas.view import CanvasView
from desktop.going import Going
from desktop.panels.canvas_generation import CanvasGeneration
from desktop.panels.canvas_work import CanvasWork
from desktop.panels.facts import facts_of
from desktop.panels.picture_work import PictureWork
from desktop.panels.top_bar import TopBar
from desktop.panels.work_area import WorkArea
from desktop.state.document.document import Document
from desktop.state.editing.edit_settings import Intent
from desktop.state.studio import Studio
from desktop.state.viewing import ShownKind
from engine.api.canvas_place import CanvasPlace
from engine.api.images import Extent


class Parts(Protocol):
    """What of the window it needs; `desktop.window.MainWindow` has it."""

    studio: Studio
    pictures: PictureWork
    painting: CanvasWork
    canvas: CanvasView
    on_canvas: CanvasGeneration
    work: WorkArea
    top_bar: TopBar
    going: Going


class Showing(QObject):
    """Lives as long as the window."""

    changed = Signal()
    """Something else is shown: other commands are possible."""

    def __init__(self, parts: Parts, parent: QObject) -> None:
        super().__init__(parent)
        self._parts = parts
        self._followed: Document | None = None

    def follow(self) -> None:
        """From now on show what changes; called once, after the panels follow it too."""
        parts = self._parts
        parts.studio.viewing.changed.connect(self._follow_viewing)
        parts.studio.documents.changed.connect(self._follow_document)
        parts.painting.begun.connect(self._follow_document)
        parts.studio.edit.changed.connect(self._follow_edit)

    def show_all(self) -> None:
        """Everything anew: the window's content was just built."""
        self._show_document()
        self.show_picture()

    def show_picture(self) -> None:
        """The document, or the picture of the filmstrip or of the running job, or nothing."""
        parts = self._parts
        shown, canvas = parts.studio.viewing.shown, parts.canvas
        canvas.look_at_picture(not parts.studio.viewing.is_following)
        if canvas.shows_document:
            parts.on_canvas.show_all()
            self.show_zoom()
            return
        if shown.pixels is None:
            canvas.show_nothing()
        else:
            path = str(shown.result.path) if shown.result is not None else ""
            canvas.show_pixels(to_qimage(shown.pixels), shown.extent, path)
        canvas.set_facts(facts_of(shown))
        self.show_zoom()

    def show_zoom(self, *_: object) -> None:
        """In the top bar, where there is something to zoom."""
        parts = self._parts
        has_zoom = parts.going.is_canvas and parts.canvas.has_picture
        parts.top_bar.show_zoom(parts.canvas.zoom if has_zoom else None)

    def open_for_tool(self) -> None:
        """A tool was set down on what is looked at: from now on it is a document. None is begun of a step,
        nor behind the first picture while that is being drawn: what is painted there would not be seen."""
        studio = self._parts.studio
        if self._parts.painting.has_document():
            self.open_shown()
        elif self._is_first_under_way():
            studio.messages.info(self.tr("The picture is still being drawn. Paint on it when it is there."))
        elif studio.viewing.shown.kind is ShownKind.STEP:
            studio.messages.info(
                self.tr("This is a step's small preview. Choose a finished picture to paint on.")
            )
        else:
            self.open_shown()

    def _is_first_under_way(self) -> bool:
        """A whole picture is being made, and there is no other to be seen."""
        job = self._parts.studio.jobs.running
        if job is None or job.teaches or self._parts.pictures.has_picture():
            return False
        return CanvasPlace.of(job.request) is None

    def open_shown(self) -> None:
        """What is looked at is a document from now on, or an empty one of the next picture's size is."""
        studio, painting = self._parts.studio, self._parts.painting
        shown, has_picture = studio.viewing.shown, self._parts.pictures.has_picture()
        if painting.has_document() and not (painting.is_untouched() and has_picture):
            studio.viewing.is_following = True  # the document again, never another in its place
        elif has_picture and shown.pixels is not None:
            name = shown.result.name if shown.result is not None else ""
            studio.viewing.is_following = True
            painting.open_picture(shown.pixels, name)
        elif shown.kind in (ShownKind.EMPTY, ShownKind.STEP):
            painting.open_blank(Extent(studio.generation.width, studio.generation.height))

    def open_to_steer(self) -> None:
        """A map or a place is asked for; where a picture is still being drawn, on a canvas of its size."""
        shown, studio = self._parts.studio.viewing.shown, self._parts.studio
        self.open_shown()
        if not self._parts.painting.has_document():
            size = Extent(studio.generation.width, studio.generation.height)
            self._parts.painting.open_blank(shown.extent if shown.extent.width else size)

    def open_to_change(self) -> None:
        """Where Generate is to change a picture, it is the one that is seen, not an empty canvas behind."""
        edit, is_seen = self._parts.studio.edit, self._parts.studio.viewing.shown.pixels is not None
        intent = edit.intent
        if intent is not Intent.NEW and is_seen and not self._parts.painting.has_document():
            self.open_shown()
            edit.intent = intent  # which began anew with the document

    def _follow_viewing(self, field: str) -> None:
        if field in ("shown", "is_following"):
            self.show_picture()
            self.changed.emit()

    def _follow_edit(self, field: str) -> None:
        if field == "intent":
            self.open_to_change()

    def _follow_document(self) -> None:
        """Another document is painted on, or the first one is begun."""
        self.show_all()
        self.changed.emit()

    def _show_document(self) -> None:
        """The canvas and the bar follow the document; the signals of one that is gone end with it."""
        document = self._parts.painting.document
        if document is not None and document is not self._followed:
            document.history_changed.connect(self.changed)
            document.selection_changed.connect(self.changed)
            document.size_changed.connect(self.show_picture)
        self._followed = document
        self._parts.canvas.set_document(document)
        self._parts.work.options.set_document(document)
