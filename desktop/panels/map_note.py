"""What there is to know of a map, and of the network that looks for it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.panels.icon_button import IconButton, LabelledButton
from desktop.state.document.document_map import DocumentMap
from desktop.state.editing.map_views import MapView
from desktop.state.studio import Studio
from desktop.state.words import say
from desktop.widgets.label import Label
from engine.api.maps import MapKind, acts_between
from engine.api.vision import networks_for

GUESSED = (MapKind.DEPTH, MapKind.NORMAL, MapKind.SEGMENTATION)
"""Drawn from a picture these are guesses: a network would know."""


class MapNote(QWidget):
    """A sentence, if there is one, with *Stop* while a network looks and *Look* after it was stopped."""

    def __init__(self, studio: Studio, kind: MapKind, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio, self._kind = studio, kind
        self._view: MapView | None = None
        self.note = Label(role="small")
        self.note.setWordWrap(True)
        self.stop = IconButton("x", self.tr("Stop looking"))
        self.stop.clicked.connect(studio.map_looking.stop)
        self.again = LabelledButton("eye", self.tr("Look"))
        self.again.setAccessibleName(self.tr("Let the network look"))
        self.again.clicked.connect(self._look_again)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.note, 1)
        for button in (self.again, self.stop):
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)

    def show_map(self, given: DocumentMap, view: MapView | None, is_followed: bool) -> None:
        """`is_followed`: some network reads it, or is named."""
        self._view = view
        text = self._told(given, view, is_followed)
        self.note.setText(text)
        self.note.setVisible(bool(text))
        is_guess = view is not None and view.is_guess
        is_stopped = view is not None and is_guess and self._studio.map_looking.is_stopped(view)
        is_looked_for = is_guess and not is_stopped and self._studio.map_looking.is_at_work
        self.again.setVisible(is_stopped)
        self.stop.setVisible(is_looked_for)
        self.setVisible(bool(text) or is_stopped or is_looked_for)

    def _told(self, given: DocumentMap, view: MapView | None, is_followed: bool) -> str:
        if not is_followed:
            return self.tr("No ControlNet for this kind of map is here for this model.")
        steps = self._studio.generation.steps
        if not any(acts_between(given.start, given.end, step, steps) for step in range(1, steps + 1)):
            return self.tr("Of {count} steps none lies between From and To: the map changes nothing.").format(
                count=steps
            )
        if given.is_drawn and given.drawer:
            here = [info.name for info in networks_for(self._kind, self._studio.learnt.seeing)]
            if given.drawer in here:
                return self._told_of_network(given.drawer, view)
            return self.tr("This network is not here; the map cannot be drawn.")
        if view is not None and view.error is not None:
            return say(view.error)
        if self._kind is MapKind.INPAINT:
            return self.tr("Made of the picture and what you paint over, by itself.")
        if self._kind in GUESSED and given.is_drawn:
            return self.tr("Guessed from colours and places, without a network. Painted by hand it is exact.")
        return ""

    def _told_of_network(self, name: str, view: MapView | None) -> str:
        """What it is doing, or has seen."""
        if view is not None and view.error is not None:
            return say(view.error)
        if view is None or view.answer is None:
            return self._told_of_look(view).format(name=name)
        if self._kind is MapKind.POSE and not view.answer.figures:
            return self.tr("{name} sees nobody here.").format(name=name)
        return ""

    def _told_of_look(self, view: MapView | None) -> str:
        looking = self._studio.map_looking
        if view is not None and looking.is_stopped(view):
            return self.tr("{name} was stopped.")
        if view is not None and view.is_guess and looking.waits(view):
            return self.tr("{name} looks when the engine is done.")
        return self.tr("{name} is looking…")

    def _look_again(self) -> None:
        if self._view is not None and self._view.is_guess:
            self._studio.map_looking.look_again(self._view)
