"""What a command of the window is: its words, its keys, and where they act."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QCoreApplication, Qt

from desktop.canvas.view import CanvasView
from desktop.chosen import Chosen
from desktop.dialogs.dialogs import Dialogs
from desktop.dialogs.document_dialogs import DocumentDialogs
from desktop.gallery.viewer.stage import Stage
from desktop.gallery.viewer.viewer import Viewer
from desktop.gallery.work import GalleryWork
from desktop.going import Going
from desktop.panels.canvas_work import CanvasWork
from desktop.panels.filmstrip import Filmstrip
from desktop.panels.last_removals import LastRemovals
from desktop.panels.picture_work import PictureWork
from desktop.panels.places import Place
from desktop.panels.prompt import PromptPanel
from desktop.panels.side_column import SideColumn
from desktop.state.studio import Studio
from desktop.tools.workbench import Workbench
from desktop.view_modes import ViewModes

translate = QCoreApplication.translate


class Window(Protocol):
    """What the commands act on; `desktop.window.MainWindow` is it."""

    studio: Studio
    bench: Workbench
    painting: CanvasWork
    pictures: PictureWork
    removals: LastRemovals
    canvas: CanvasView
    prompt: PromptPanel
    filmstrip: Filmstrip
    side: SideColumn
    documents: DocumentDialogs
    dialogs: Dialogs
    gallery: GalleryWork
    going: Going
    chosen: Chosen
    modes: ViewModes

    @property
    def viewer(self) -> Viewer | None:
        """The viewer while it is what one looks at."""
        ...

    @property
    def zoomed(self) -> CanvasView | Stage:
        """What the zoom commands act on."""
        ...

    def zoom(self, is_nearer: bool) -> None: ...

    def generate(self, at_front: bool = False) -> None: ...
    def undo(self) -> None: ...
    def redo(self) -> None: ...
    def copy(self) -> None: ...
    def paste(self) -> None: ...
    def stop(self) -> None: ...
    def cancel(self) -> None: ...
    def is_working(self) -> bool: ...
    def choose_start_picture(self) -> None: ...
    def choose_settings_file(self) -> None: ...
    def go_to(self, place: Place) -> None: ...
    def show_preferences(self) -> None: ...
    def show_palette(self) -> None: ...
    def show_keyboard(self) -> None: ...
    def show_about(self) -> None: ...
    def close(self) -> bool: ...


class Where(enum.Enum):
    """Which part of the window must have the focus for a shortcut to act."""

    WINDOW = "window"
    CANVAS = "canvas"
    FILMSTRIP = "filmstrip"
    """Letters that on the canvas take up a tool."""
    PICTURES = "pictures"
    """Wherever pictures are: single letters, Delete."""
    GALLERY = "gallery"
    """The grid of pictures."""
    VIEWER = "viewer"
    """One picture large, or two compared."""


CONTEXTS = {
    Where.WINDOW: Qt.ShortcutContext.WindowShortcut,
    Where.CANVAS: Qt.ShortcutContext.WidgetShortcut,  # Tab goes on from a button on the canvas
    Where.FILMSTRIP: Qt.ShortcutContext.WidgetWithChildrenShortcut,
    Where.PICTURES: Qt.ShortcutContext.WidgetWithChildrenShortcut,
    Where.GALLERY: Qt.ShortcutContext.WidgetWithChildrenShortcut,
    Where.VIEWER: Qt.ShortcutContext.WidgetWithChildrenShortcut,
}


class Menu(enum.Enum):
    FILE = "file"
    EDIT = "edit"
    SELECT = "select"
    TOOLS = "tools"
    LAYER = "layer"
    GENERATE = "generate"
    PICTURE = "picture"
    VIEW = "view"
    HELP = "help"


def menu_titles() -> dict[Menu, str]:
    return {
        Menu.FILE: translate("Commands", "&File"),
        Menu.EDIT: translate("Commands", "&Edit"),
        Menu.SELECT: translate("Commands", "&Select"),
        Menu.TOOLS: translate("Commands", "&Tools"),
        Menu.LAYER: translate("Commands", "&Layer"),
        Menu.GENERATE: translate("Commands", "&Generate"),
        Menu.PICTURE: translate("Commands", "&Picture"),
        Menu.VIEW: translate("Commands", "&View"),
        Menu.HELP: translate("Commands", "&Help"),
    }


@dataclass(frozen=True)
class Command:
    """One thing the artist can do."""

    id: str
    text: str
    menu: Menu
    run: Callable[[Window], object]
    shortcuts: tuple[str, ...] = ()
    """In Qt's portable text, e.g. `Ctrl+Return`; the first is the one that is shown."""
    icon: str = ""
    where: Where = Where.WINDOW
    possible: Callable[[Window], bool] = lambda window: True
    """Whether it can be done now; asked again whenever something changes."""
