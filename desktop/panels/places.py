"""The places of the window, and the switch between them at the top left."""

from __future__ import annotations

import enum

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QWidget

from desktop.panels.icon_button import LabelledButton


class Place(enum.StrEnum):
    """In the order of the switch; a further one is a line here, one below, and a page in the window."""

    CANVAS = "canvas"
    GALLERY = "gallery"
    LEARN = "learn"
    MODELS = "models"


ICONS = {
    Place.CANVAS: "brush",
    Place.GALLERY: "images",
    Place.LEARN: "graduation-cap",
    Place.MODELS: "layers-2",
}
KEYS = {Place.CANVAS: "Alt+1", Place.GALLERY: "Alt+2", Place.LEARN: "Alt+3", Place.MODELS: "Alt+4"}
"""Not Ctrl with a number: Ctrl+0 and Ctrl+1 are zoom in every paint program, and here too."""


class PlaceSwitch(QWidget):
    """One button a place; the chosen one is marked."""

    place_chosen = Signal(object)
    """`Place`, when the artist chose it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Places"))
        names = {
            Place.CANVAS: self.tr("Canvas"),
            Place.GALLERY: self.tr("Gallery"),
            Place.LEARN: self.tr("Learn"),
            Place.MODELS: self.tr("Models"),
        }
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self.buttons: dict[Place, LabelledButton] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for place in Place:
            button = LabelledButton(ICONS[place], names[place], "text")
            button.setCheckable(True)
            button.setProperty("role", "place")
            button.setToolTip(f"{names[place]} ({KEYS[place]})")
            button.clicked.connect(lambda _=False, place=place: self.place_chosen.emit(place))
            self._group.addButton(button)
            self.buttons[place] = button
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        self.show_place(Place.CANVAS)

    def show_place(self, place: Place) -> None:
        """Mark `place` as the one that is open."""
        for other, button in self.buttons.items():
            button.setChecked(other is place)
            button.set_icon(ICONS[other], "accent" if other is place else "text")
