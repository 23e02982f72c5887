"""Where the viewer's picture stands, or the two that are compared."""

from __future__ import annotations

import enum

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.gallery.viewer.difference import SeenDifference
from desktop.gallery.viewer.opened import Opened
from desktop.gallery.viewer.pane import PicturePane
from desktop.state.words import say


class Mode(enum.StrEnum):
    ONE = "one"
    SIDE = "side"
    """Two panes, the same part of both."""
    SLIDER = "slider"
    """One on the other, a line between."""
    DIFFERENCE = "difference"


class Stage(QWidget):
    """Zoom and place are shared between the two panes, and stay from picture to picture."""

    zoom_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.mode = Mode.ONE
        self.main = PicturePane(self.tr("Picture"))
        self.beside = PicturePane(self.tr("Picture to compare with"))
        self.main.moved.connect(lambda: self._share(self.main, self.beside))
        self.beside.moved.connect(lambda: self._share(self.beside, self.main))
        for pane in (self.main, self.beside):
            pane.zoom_changed.connect(lambda _: self.zoom_changed.emit(self.main.zoom))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.main, 1)
        layout.addWidget(self.beside, 1)
        self.beside.hide()

    @property
    def panes(self) -> list[PicturePane]:
        return [self.main, self.beside] if self.mode is Mode.SIDE else [self.main]

    def show_one(self, opened: Opened | None, path: str) -> None:
        """A single picture; None while it is read."""
        self._set_mode(Mode.ONE)
        self._show(self.main, opened, path, "")

    def show_side(
        self, first: Opened | None, second: Opened | None, paths: tuple[str, str], names: tuple[str, str]
    ) -> None:
        self._set_mode(Mode.SIDE)
        self._show(self.main, first, paths[0], names[0])
        self._show(self.beside, second, paths[1], names[1])
        self.beside.follow(self.main)

    def show_slider(
        self, first: Opened | None, second: Opened | None, path: str, names: tuple[str, str]
    ) -> None:
        self._set_mode(Mode.SLIDER)
        self._show(self.main, first, path, names[0])
        self.main.names = names
        if second is not None and second.picture is None and first is not None:
            self.main.show_picture(first.picture, words_of(second))
        self.main.show_beside(second.picture if second is not None else None)

    def show_difference(
        self, difference: SeenDifference | None, words: str, names: tuple[str, str], note: str = ""
    ) -> None:
        """`note` tells it in numbers; `words` why there is none."""
        self._set_mode(Mode.DIFFERENCE)
        self.main.names, self.main.path, self.main.note = names, "", note
        self.main.show_picture(difference.picture if difference is not None else None, words)

    def zoom_to_fit(self) -> None:
        self.main.zoom_to_fit()

    def zoom_to(self, zoom: float) -> None:
        self.main.zoom_to(zoom)

    def zoom_by(self, factor: float) -> None:
        self.main.zoom_by(factor)

    def _set_mode(self, mode: Mode) -> None:
        self.mode = mode
        self.beside.setVisible(mode is Mode.SIDE)
        self.main.note = ""
        if mode is not Mode.SLIDER:
            self.main.show_beside(None)

    def _show(self, pane: PicturePane, opened: Opened | None, path: str, name: str) -> None:
        pane.path, pane.names = path, (name, "")
        if opened is None:
            pane.show_picture(pane.picture, "")  # the one before stays until this one is read
        else:
            pane.show_picture(opened.picture, words_of(opened))

    def _share(self, leader: PicturePane, follower: PicturePane) -> None:
        if self.mode is Mode.SIDE:
            follower.follow(leader)


def words_of(opened: Opened) -> str:
    """Why there is nothing to see; empty where there is."""
    return say(opened.error) if opened.error is not None else ""
