"""The line at the top: where one is, how near one looks, and how the engine fares."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QToolButton, QWidget

from desktop.panels.engine_pill import EnginePill
from desktop.panels.icon_button import IconButton
from desktop.panels.long_work_line import LongWorkLine
from desktop.panels.places import PlaceSwitch
from desktop.state.studio import Studio
from engine.api.events import Ready

HEIGHT_PX = 48


class TopBar(QWidget):
    """Only places that exist are shown."""

    preferences_asked = Signal()
    place_chosen = Signal(object)
    """`Place`."""
    fit_asked = Signal()

    def __init__(
        self, studio: Studio, menu: QMenu, ready: Ready | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("top_bar")
        self.setFixedHeight(HEIGHT_PX)
        self.name = QToolButton()
        self.name.setText("Lienzo")
        self.name.setObjectName("app_name")
        self.name.setAccessibleName(self.tr("Menu"))
        self.name.setToolTip(self.tr("All commands (Alt+M)"))
        self.name.setShortcut("Alt+M")
        self.name.setMenu(menu)
        self.name.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.places = PlaceSwitch()
        self.places.place_chosen.connect(self.place_chosen)
        self.zoom = QPushButton()
        self.zoom.setAccessibleName(self.tr("Zoom"))
        self.zoom.setProperty("role", "plain")
        self.zoom.setToolTip(self.tr("Fit the picture (Ctrl+0)"))
        self.zoom.clicked.connect(self.fit_asked)
        self.long_work = LongWorkLine(studio.working)
        self.pill = EnginePill(studio, ready)
        self.gear = IconButton("settings", self.tr("Preferences"), "Ctrl+,")
        self.gear.clicked.connect(self.preferences_asked)
        self._lay_out()
        self.show_zoom(None)

    def show_zoom(self, zoom: float | None) -> None:
        """How near the picture is seen; None without a picture."""
        self.zoom.setVisible(zoom is not None)
        if zoom is None:
            return
        percent = self.tr("{percent} %").format(percent=round(zoom * 100))
        self.zoom.setText(percent)
        self.zoom.setAccessibleName(self.tr("Zoom {percent}, fit the picture").format(percent=percent))

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 0, 12, 0)
        layout.setSpacing(8)
        layout.addWidget(self.name)
        layout.addWidget(self.places)
        layout.addStretch()
        for widget in (self.long_work, self.zoom, self.pill, self.gear):
            layout.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
