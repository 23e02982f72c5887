"""What the buttons, drops and menus of the window's parts do: each part only says what was asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QImage
from PySide6.QtWidgets import QWidget

from desktop import actions
from desktop.command import Command, Where, Window
from desktop.gallery.viewer.viewer import Viewer
from desktop.panels.generating import Generating
from desktop.panels.picture_menu import PICTURE_MENU, canvas_menu
from desktop.panels.places import Place
from desktop.panels.question_bar import QuestionBar
from desktop.panels.top_bar import TopBar
from desktop.panels.work_area import WorkArea
from desktop.showing import Showing


class Parts(Window, Protocol):
    """The window, with what only its own parts ask of it; `desktop.window.MainWindow` is it."""

    table: tuple[Command, ...]
    actions_by_id: dict[str, QAction]
    content: QWidget
    top_bar: TopBar
    question: QuestionBar
    work: WorkArea
    showing: Showing
    generating: Generating

    def generate_first(self) -> None: ...
    def take_settings(self, picture: str | QImage) -> None: ...
    def choose_reference(self) -> None: ...
    def add_model_folder(self) -> None: ...
    def say_offline(self, address: str) -> None: ...
    def show_picture_menu(self, place: QPoint, entries: Sequence[str] = PICTURE_MENU) -> None: ...
    def place_keys(self, viewer: Viewer) -> None: ...
    def refresh_soon(self, *_: object) -> None: ...
    def refresh_commands(self) -> None: ...


def wire(window: Parts) -> None:
    """For parts that were just built; the connections end with them."""
    _wire_keys(window)
    _wire_top_bar(window)
    _wire_canvas(window)
    _wire_pictures(window)
    _wire_prompt(window)
    _wire_side(window)


def _wire_keys(window: Parts) -> None:
    places = {
        Where.WINDOW: [window.content],
        Where.CANVAS: [window.canvas],
        Where.FILMSTRIP: [window.filmstrip.strip],
        Where.PICTURES: [window.canvas, window.filmstrip.strip],
    }
    actions.place_shortcuts(window.actions_by_id, window.table, places)


def _wire_top_bar(window: Parts) -> None:
    bar = window.top_bar
    bar.preferences_asked.connect(window.show_preferences)
    bar.place_chosen.connect(window.go_to)
    bar.fit_asked.connect(window.canvas.zoom_to_fit)
    window.question.answer.clicked.connect(window.studio.viewing.follow)


def _wire_canvas(window: Parts) -> None:
    canvas = window.canvas
    canvas.zoom_changed.connect(window.showing.show_zoom)
    canvas.document_wanted.connect(window.showing.open_for_tool)
    canvas.stroke_changed.connect(window.refresh_soon)
    canvas.clear_asked.connect(window.painting.clear)
    canvas.picture_dropped.connect(window.side.start_picture.start_from)
    canvas.document_dropped.connect(lambda path: window.studio.files.open(Path(path)))
    canvas.empty_clicked.connect(window.generate)
    canvas.example_chosen.connect(window.generating.generate_example)
    canvas.remote_refused.connect(window.say_offline)
    canvas.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    canvas.customContextMenuRequested.connect(
        lambda place: window.show_picture_menu(canvas.mapToGlobal(place), canvas_menu(canvas.shows_document))
    )


def _wire_pictures(window: Parts) -> None:
    """The filmstrip, and pictures looked at large."""
    window.filmstrip.menu_asked.connect(window.show_picture_menu)
    window.filmstrip.view_asked.connect(window.going.view_chosen)
    going = window.going
    going.changed.connect(window.showing.show_zoom)
    going.changed.connect(window.refresh_commands)
    going.shown_changed.connect(window.refresh_soon)
    going.viewer_made.connect(window.place_keys)
    going.menu_asked.connect(window.show_picture_menu)
    going.bare_asked.connect(window.modes.show_picture_alone)


def _wire_prompt(window: Parts) -> None:
    window.prompt.submitted.connect(window.generate)
    window.prompt.submitted_first.connect(window.generate_first)
    window.prompt.settings_dropped.connect(window.take_settings)
    window.prompt.remote_refused.connect(window.say_offline)
    buttons = window.work.generate
    buttons.generate_asked.connect(window.generate)
    buttons.stop_asked.connect(window.stop)
    buttons.cancel_asked.connect(window.cancel)


def _wire_side(window: Parts) -> None:
    side = window.side
    side.learnt.learn_asked.connect(lambda: window.go_to(Place.LEARN))
    side.queue.generate_asked.connect(window.generate)
    side.mask_shelf.import_asked.connect(lambda: window.documents.import_mask(onto_shelf=True))
    side.mask_shelf.export_asked.connect(window.documents.export_mask)
    side.layers.commands.rerun_asked.connect(window.studio.remake)
    side.layers.commands.vary_asked.connect(lambda layer: window.studio.remake(layer, anew=True))
    side.start_picture.file_asked.connect(window.choose_start_picture)
    side.references.file_asked.connect(window.choose_reference)
    side.model.folders_asked.connect(window.add_model_folder)
    side.model.all_asked.connect(lambda: window.go_to(Place.MODELS))
