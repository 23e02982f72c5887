"""What one does with the picture that one looks at, where it leads to another place of the window."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtGui import QCursor

from desktop.canvas.view import CanvasView
from desktop.gallery.picture_dialogs import PictureDialogs
from desktop.going import Going
from desktop.panels.canvas_work import CanvasWork
from desktop.panels.map_work import MapWork
from desktop.panels.picture_work import PictureWork
from desktop.panels.places import Place
from desktop.panels.side_column import SideColumn
from desktop.state.remaking import with_request_of
from desktop.state.studio import Studio
from engine.api.maps import MapKind


class Parts(Protocol):
    """What of the window it needs; `desktop.window.MainWindow` has it."""

    studio: Studio
    canvas: CanvasView
    painting: CanvasWork
    pictures: PictureWork
    picture_dialogs: PictureDialogs
    side: SideColumn
    map_work: MapWork
    going: Going


class Chosen:
    """Acts on `PictureWork`'s subject, and goes where the artist sees what became of it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def start_from(self) -> None:
        """Its pixels are what the next picture starts from; that is seen on the canvas."""
        self._parts.pictures.start_from()
        self._parts.going.to(Place.CANVAS)

    def place(self) -> None:
        """A layer of the open document; that is seen on the canvas."""
        self._parts.pictures.place_as_layer()
        self._parts.going.to(Place.CANVAS)

    def follow(self) -> None:
        """The next pictures follow it: its lines, its depth, whatever the artist chooses."""
        result = self._parts.pictures.shown.result
        if result is None:
            return
        path = result.path

        def follow(kind: MapKind) -> None:
            self._parts.going.to(Place.CANVAS)
            self._parts.map_work.follow_picture(kind, path)

        self._parts.side.maps.kinds_menu(follow).popup(QCursor.pos())

    def take_after(self) -> None:
        """The next pictures take after it; that is seen in the References section."""
        result = self._parts.pictures.shown.result
        if result is not None:
            self._parts.side.references.take(str(result.path))
            self._parts.going.to(Place.CANVAS)

    def make_sheet(self) -> None:
        """Over the recipe of the picture that is found, else over the present settings."""
        parts = self._parts
        is_found = parts.going.viewer is not None or parts.going.is_gallery
        result = parts.pictures.shown.result if is_found else None
        if result is None:
            parts.picture_dialogs.make_sheet(None)
        else:
            with_request_of(parts.studio, result.path, parts.picture_dialogs.make_sheet)

    def enlarge(self) -> None:
        """The pictures that are chosen; on the canvas what is painted there."""
        parts = self._parts
        is_found = parts.going.viewer is not None or parts.going.is_gallery
        shows_result = parts.studio.viewing.shown.result is not None and not parts.canvas.shows_document
        if is_found or shows_result:
            parts.picture_dialogs.enlarge(parts.pictures.paths)
        elif parts.painting.has_document():
            parts.picture_dialogs.enlarge_canvas(parts.studio.document)

    def export(self) -> None:
        self._parts.picture_dialogs.export(self._parts.pictures.paths)
