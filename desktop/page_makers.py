"""Builds the pages that one first goes to, and says what their buttons do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from desktop.command import CONTEXTS, Command, Where
from desktop.dialogs.dialogs import Dialogs
from desktop.gallery.page import GalleryPage
from desktop.gallery.work import GalleryWork
from desktop.gallery_commands import IN_GRID
from desktop.going import Going
from desktop.panels.learn.page import LearnPage
from desktop.panels.models.page import ModelsPage
from desktop.panels.picture_menu import GALLERY_MENU
from desktop.panels.picture_work import PictureWork
from desktop.panels.places import Place
from desktop.state.studio import Studio
from engine.api.learnt import LearntInfo
from engine.api.model_info import ModelInfo
from engine.api.training import TrainRequest

translate = QCoreApplication.translate


class Parts(Protocol):
    """What of the window they need; `desktop.window.MainWindow` has it."""

    studio: Studio
    gallery: GalleryWork
    pictures: PictureWork
    dialogs: Dialogs
    going: Going
    table: tuple[Command, ...]
    actions_by_id: dict[str, QAction]

    def add_model_folder(self) -> None: ...


def page_makers(parts: Parts) -> dict[Place, Callable[[], QWidget]]:
    """Of all places but the canvas, which is always there."""
    return {
        Place.GALLERY: lambda: _gallery_page(parts),
        Place.LEARN: lambda: _learn_page(parts),
        Place.MODELS: lambda: _models_page(parts),
    }


def _gallery_page(parts: Parts) -> GalleryPage:
    page = GalleryPage(parts.studio)
    parts.gallery.use_page(page)
    page.opened.connect(parts.going.view_found)
    page.menu_asked.connect(lambda place: parts.going.menu_asked.emit(place, GALLERY_MENU))
    in_grid = [command for command in parts.table if command.where is Where.GALLERY or command.id in IN_GRID]
    page.grid.addActions([parts.actions_by_id[command.id] for command in in_grid])
    for command in in_grid:
        parts.actions_by_id[command.id].setShortcutContext(CONTEXTS[command.where])
    return page


def _learn_page(parts: Parts) -> LearnPage:
    def choose_lessons() -> None:
        title = translate("MainWindow", "Choose a folder of pictures to learn from")
        parts.dialogs.choose_folder(title, parts.studio.learning.choose_folder)

    def use(request: TrainRequest) -> None:
        """On the canvas: worn, and its word in the prompt."""
        parts.studio.wearing.use_learnt(request)
        parts.going.to(Place.CANVAS)

    page = LearnPage(parts.studio)
    page.folder_asked.connect(choose_lessons)
    page.use_asked.connect(use)
    return page


def _models_page(parts: Parts) -> ModelsPage:
    def use(usable: ModelInfo | LearntInfo) -> None:
        parts.studio.wearing.use_file(usable)
        parts.going.to(Place.CANVAS)

    page = ModelsPage(parts.studio)
    page.folders_asked.connect(parts.add_model_folder)
    page.get_asked.connect(parts.dialogs.show_get_model)
    page.details.use_asked.connect(use)
    page.details.folder_asked.connect(lambda folder: parts.pictures.open_folder(str(folder)))
    return page
