"""What the window keeps for looking at pictures large, whatever language its widgets speak."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from desktop.gallery.viewer.opened import OpenedPictures
from desktop.gallery.viewer.thumbs import Thumbs
from desktop.gallery.viewer.viewer import Viewer
from desktop.state.studio import Studio


class Looking(QObject):
    """Opened pictures outlive the viewer that shows them."""

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.opened = OpenedPictures(studio.looking, studio.apart, parent=self)
        self.thumbs = Thumbs(studio, self._known_thumbnail, self)

    def make_viewer(self) -> Viewer:
        return Viewer(self._studio, self.opened, self.thumbs)

    def _known_thumbnail(self, path: Path) -> QImage | None:
        """The grid's, else the filmstrip's, where one of them has it."""
        image = self._studio.gallery.thumbnail_at(path)
        if image is not None:
            return image
        items = self._studio.pictures.items
        return next((item.thumbnail for item in items if item.path == path), None)
