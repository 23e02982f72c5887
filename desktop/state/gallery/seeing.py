"""Which of the artist's networks sees pictures for the gallery: the first that a scan of the models found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop.bridge.background import Background
from desktop.state.gallery.gallery import Gallery
from desktop.state.model_library import ModelLibrary
from desktop.state.settings import Settings
from engine.api.model_file import FileKind

if TYPE_CHECKING:
    from engine.library.index.sights import SightModel


class Seeing(QObject):
    """Nothing is scanned before pictures are searched by what they show."""

    def __init__(
        self,
        gallery: Gallery,
        models: ModelLibrary,
        settings: Settings,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._gallery = gallery
        self._models = models
        self._settings = settings
        self._background = background
        self._path: Path | None = None
        gallery.sight_wanted.connect(self._look)
        models.changed.connect(self._choose)

    def _look(self) -> None:
        if not self._models.was_scanned and not self._models.is_scanning:
            self._models.scan(self._settings.model_folders)

    def _choose(self) -> None:
        paths = [file.path for file in self._models.files if file.kind is FileKind.SIGHT]
        path = paths[0] if paths else None
        if path == self._path:
            return
        self._path = path
        if path is None:
            self._gallery.use_sight(None)
        else:
            self._background.run(
                described, path, done=self._gallery.use_sight, failed=self._gallery.say_failed
            )


def described(path: Path) -> SightModel:
    # headers of networks are read with the first search, not with the window
    from engine.models.sight import sight_model

    return sight_model(path)
