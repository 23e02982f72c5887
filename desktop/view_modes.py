"""How much of the window is seen: all, the picture and the prompt, the whole screen; and the way round it."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from desktop.canvas.view import CanvasView
from desktop.gallery.work import GalleryWork
from desktop.going import Going
from desktop.panels.areas import go_round
from desktop.panels.filmstrip import Filmstrip
from desktop.panels.prompt import PromptPanel
from desktop.panels.side_column import SideColumn
from desktop.panels.toolbox import Toolbox
from desktop.panels.top_bar import TopBar
from desktop.panels.work_area import WorkArea


class Parts(Protocol):
    """What of the window it needs; `desktop.window.MainWindow` has it."""

    going: Going
    gallery: GalleryWork
    canvas: CanvasView
    prompt: PromptPanel
    filmstrip: Filmstrip
    side: SideColumn
    toolbox: Toolbox
    top_bar: TopBar
    work: WorkArea


class ViewModes(QObject):
    """Lives as long as the window, through changes of the language."""

    def __init__(self, parts: Parts, window: QWidget) -> None:
        super().__init__(window)
        self._parts, self._window = parts, window
        self._is_bare = False

    def toggle_bare(self) -> None:
        """Only the picture and the prompt, or all again."""
        self._is_bare = not self._is_bare
        self.show_bare()

    def show_bare(self) -> None:
        """As it was chosen: the window's content may have been built anew."""
        parts = self._parts
        for part in (parts.top_bar, parts.side, parts.toolbox):
            part.setVisible(not self._is_bare)
        parts.work.show_bare(self._is_bare)

    def show_picture_alone(self, is_alone: bool) -> None:
        """Nothing but the viewer's picture on the whole screen, or all again."""
        self._parts.top_bar.setVisible(not is_alone and not self._is_bare)
        full, state = Qt.WindowState.WindowFullScreen, self._window.windowState()
        self._window.setWindowState(state | full if is_alone else state & ~full)

    def toggle_full_screen(self) -> None:
        """The window; in the viewer nothing but the picture."""
        viewer = self._parts.going.viewer
        if viewer is not None:
            self._parts.going.show_picture_alone(not viewer.is_bare)
        else:
            self._window.setWindowState(self._window.windowState() ^ Qt.WindowState.WindowFullScreen)

    def focus_area(self, by: int) -> None:
        """F6: canvas, prompt, filmstrip, settings, top bar, and round again."""
        parts = self._parts
        areas = [parts.canvas, parts.prompt, parts.filmstrip, parts.side, parts.top_bar]
        if parts.going.viewer is not None:
            areas = [*parts.going.viewer.areas, parts.top_bar]
        elif parts.going.is_gallery and parts.gallery.page is not None:
            areas = [*parts.gallery.page.areas, parts.top_bar]
        go_round(areas, self._window.focusWidget(), by)
