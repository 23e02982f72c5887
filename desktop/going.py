"""Where in the window one is, the ways there, and pictures looked at large over all of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QWidget

from desktop.canvas.view import CanvasView
from desktop.gallery.looking import Looking
from desktop.gallery.page import GalleryPage
from desktop.gallery.viewer.stage import Stage
from desktop.gallery.viewer.viewer import Viewer
from desktop.gallery.work import GalleryWork
from desktop.panels.filmstrip import Filmstrip
from desktop.panels.learn.page import LearnPage
from desktop.panels.message_board import MessageBoard
from desktop.panels.models.page import ModelsPage
from desktop.panels.pages import Pages
from desktop.panels.picture_menu import GALLERY_MENU, PICTURE_MENU, VIEWER_MENU, canvas_menu
from desktop.panels.picture_work import PictureWork
from desktop.panels.places import Place
from desktop.panels.prompt import PromptPanel
from desktop.panels.top_bar import TopBar
from desktop.state.result import Result
from desktop.state.studio import Studio
from desktop.state.viewing import Shown, ShownKind


class Parts(Protocol):
    """What of the window it needs; `desktop.window.MainWindow` has it."""

    studio: Studio
    gallery: GalleryWork
    pictures: PictureWork
    looking: Looking
    canvas: CanvasView
    prompt: PromptPanel
    filmstrip: Filmstrip
    top_bar: TopBar
    board: MessageBoard
    pages: Pages


class Going(QObject):
    """Lives as long as the window's content."""

    changed = Signal()
    """One is elsewhere: other commands are possible, from the next key on."""
    shown_changed = Signal()
    """Another picture is looked at large."""
    viewer_made = Signal(Viewer)
    """For the keys that act in it."""
    menu_asked = Signal(QPoint, tuple)
    """Where on the screen, and the names of the commands in it."""
    bare_asked = Signal(bool)
    """Nothing but the picture on the whole screen, or all again."""

    def __init__(self, parts: Parts, parent: QObject) -> None:
        super().__init__(parent)
        self._parts = parts
        self._viewer: Viewer | None = None

    # places

    def to(self, place: Place) -> None:
        """Open one of the window's places."""
        pages = self._parts.pages
        was, was_over = pages.place, pages.is_over
        self.show_picture_alone(False)
        page = pages.go_to(place)
        self._parts.top_bar.places.show_place(place)
        if place is was and not was_over:
            return
        self._settle_on(page)
        self.changed.emit()

    def _settle_on(self, page: QWidget) -> None:
        """Messages appear over it, and the keys act in it."""
        parts = self._parts
        if isinstance(page, GalleryPage):
            parts.board.speak_over(page.middle)
            page.take_focus()
        elif isinstance(page, LearnPage):
            parts.board.speak_over(page.progress.samples)
            page.take_focus()
        elif isinstance(page, ModelsPage):
            parts.board.speak_over(page.list)
            page.take_focus()
        else:
            parts.board.speak_over(parts.canvas)
            parts.prompt.take_focus()

    @property
    def is_gallery(self) -> bool:
        """Whether the grid is what one looks at."""
        return self._parts.pages.place is Place.GALLERY and not self._parts.pages.is_over

    @property
    def is_canvas(self) -> bool:
        return self._parts.pages.place is Place.CANVAS and self.viewer is None

    # pictures large

    @property
    def viewer(self) -> Viewer | None:
        """The viewer while it is what one looks at."""
        return self._viewer if self._viewer is not None and self._parts.pages.is_over else None

    @property
    def zoomed(self) -> CanvasView | Stage:
        """What the zoom commands act on."""
        return self._parts.canvas if self.viewer is None else self.viewer.stage

    def view(self, paths: Sequence[Path], index: int = 0, against: int | None = None) -> None:
        """Look at `paths[index]` large, with the others in a strip; compared with `against` where given."""
        if self._viewer is None:
            self._viewer = self._make_viewer()
        self._viewer.view(paths, index, against)
        self._parts.pages.show_over(self._viewer)
        self._parts.board.speak_over(self._viewer.stage)
        self._viewer.take_focus()
        self.changed.emit()

    def view_found(self, id: int) -> None:
        """Large, among those that are picked with it, else among its neighbours."""
        self._parts.studio.gallery.with_neighbours(id, self.view)

    def view_chosen(self) -> None:
        """The picture that is shown, among the results; or those that are chosen together."""
        chosen, studio = self._parts.pictures.paths, self._parts.studio
        if not chosen:
            return
        if self.is_gallery and studio.gallery.current is not None:
            self.view_found(studio.gallery.current)
            return
        results = [result.path for result in studio.pictures.items if not result.is_missing]
        paths = results if len(chosen) == 1 and chosen[0] in results else list(chosen)
        self.view(paths, paths.index(chosen[0]))

    def show_slides(self) -> None:
        if self.viewer is None:
            self.view_chosen()
        if self.viewer is not None:
            self.viewer.toggle_slides()

    def by(self, steps: int) -> None:
        """To the picture before or after, in the viewer or in the filmstrip."""
        (self._parts.filmstrip if self.viewer is None else self.viewer).go(steps)

    def show_picture_alone(self, is_alone: bool) -> None:
        """Nothing but the viewer's picture on the whole screen, or all again."""
        if self._viewer is not None and self._viewer.is_bare != is_alone:
            self._viewer.set_bare(is_alone)
            self.bare_asked.emit(is_alone)

    def _make_viewer(self) -> Viewer:
        viewer = self._parts.looking.make_viewer()
        viewer.closed.connect(lambda: self._come_back(viewer))
        viewer.shown_changed.connect(self.shown_changed)
        viewer.menu_asked.connect(lambda place: self.menu_asked.emit(place, VIEWER_MENU))
        viewer.full_screen_asked.connect(self.show_picture_alone)
        self.viewer_made.emit(viewer)
        return viewer

    def _come_back(self, viewer: Viewer) -> None:
        """To where one was; the gallery stands at what was looked at last."""
        self.to(self._parts.pages.place)
        self._parts.gallery.return_to(viewer.current)

    # what the commands of a picture act on

    def subject(self) -> Shown:
        """The picture that is looked at: large, picked in the grid, or on the canvas."""
        if self.viewer is not None:
            return self.viewer.subject()
        if self.is_gallery:
            path = next(iter(self._parts.gallery.paths()), None)
            return Shown() if path is None else Shown(ShownKind.RESULT, result=self._result_at(path))
        return self._parts.studio.viewing.shown

    def _result_at(self, path: Path) -> Result:
        """The one that is in the filmstrip too, else one of its own."""
        items = self._parts.studio.pictures.items
        return next((item for item in items if item.path == path), None) or Result(path)

    def ask_for_menu(self) -> None:
        """The menu of what has the focus, as by the Menu key, which not every keyboard has."""
        parts = self._parts
        if self.viewer is not None:
            self._ask_over(self.viewer.stage, VIEWER_MENU)
        elif self.is_gallery and parts.gallery.page is not None:
            self._ask_over(parts.gallery.page.grid, GALLERY_MENU)
        elif parts.canvas.hasFocus():
            self._ask_over(parts.canvas, canvas_menu(parts.canvas.shows_document))
        else:
            self._ask_over(parts.filmstrip.strip, PICTURE_MENU)

    def _ask_over(self, area: QWidget, entries: Sequence[str]) -> None:
        self.menu_asked.emit(area.mapToGlobal(area.rect().center()), tuple(entries))
