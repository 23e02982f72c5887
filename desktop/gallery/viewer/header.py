"""The line above the picture: back, which one it is, how it is compared, and what is beside it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from desktop.gallery.viewer.difference import GAINS
from desktop.gallery.viewer.stage import Mode
from desktop.panels.icon_button import IconButton, LabelledButton
from desktop.widgets.label import ElidedLabel
from desktop.widgets.segmented import Segmented


class ViewerHeader(QWidget):
    """Says what the artist wants; the viewer does it."""

    mode_chosen = Signal(object)
    """`Mode`."""
    gain_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.back = LabelledButton("arrow-left", self.tr("Back"))
        self.back.setToolTip(self.tr("Back to where you came from (Esc)"))
        self.name = ElidedLabel(role="title")
        self.facts = ElidedLabel(role="small")
        self.modes = Segmented(
            (
                (Mode.ONE, self.tr("One")),
                (Mode.SIDE, self.tr("Side by side")),
                (Mode.SLIDER, self.tr("Slider")),
                (Mode.DIFFERENCE, self.tr("Difference")),
            ),
            name=self.tr("Compare"),
        )
        self.modes.value_changed.connect(self.mode_chosen)
        self.swap = IconButton("arrow-left-right", self.tr("Change sides"), "X")
        self.gains = Segmented(
            [(gain, f"{gain}×") for gain in GAINS], name=self.tr("How much larger differences are shown")
        )
        self.gains.value_changed.connect(self.gain_chosen)
        self.zoom = QPushButton()
        self.zoom.setProperty("role", "plain")
        self.zoom.setToolTip(self.tr("Fit the picture (Ctrl+0)"))
        self.slides = IconButton("presentation", self.tr("Slide show"), "F5")
        self.full_screen = IconButton("expand", self.tr("Full screen"), "F11")
        self.info = IconButton("panel-right", self.tr("Recipe"), "Ctrl+I")
        self.info.setCheckable(True)
        self._lay_out()

    def show_zoom(self, zoom: float) -> None:
        percent = self.tr("{percent} %").format(percent=round(zoom * 100))
        self.zoom.setText(percent)
        self.zoom.setAccessibleName(self.tr("Zoom {percent}, fit the picture").format(percent=percent))

    def show_mode(self, mode: Mode, can_compare: bool) -> None:
        self.modes.set_value(mode)
        self.modes.setEnabled(can_compare)
        self.swap.setVisible(mode is not Mode.ONE)
        self.gains.setVisible(mode is Mode.DIFFERENCE)

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(8)
        layout.addWidget(self.back)
        layout.addSpacing(4)
        layout.addWidget(self.name, 2)
        layout.addWidget(self.facts, 3)
        for widget in (
            self.gains, self.swap, self.modes, self.zoom, self.slides, self.full_screen, self.info,
        ):  # fmt: skip
            layout.addWidget(widget)
