"""Which of the artist's networks sees pictures for the gallery: the one that was chosen, or the first one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.bridge.background import Background
from desktop.state.gallery.gallery import Gallery
from desktop.state.model_library import ModelLibrary
from desktop.state.settings import Settings
from engine.api.model_file import FileKind

if TYPE_CHECKING:
    from engine.library.index.sights import SightModel

NO_NETWORK = "none"


class Seeing(QObject):
    """Nothing is scanned before pictures are searched by what they show."""

    changed = Signal()
    """Other networks are there, or another one sees."""

    def __init__(
        self,
        gallery: Gallery,
        models: ModelLibrary,
        settings: Settings,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.networks: Sequence[Path] = ()
        """Folders of those that a scan of the models found."""
        self.network: Path | None = None
        """That sees."""
        self._gallery = gallery
        self._models = models
        self._settings = settings
        self._background = background
        gallery.sight_wanted.connect(self._look)
        models.changed.connect(self._list)

    def choose(self, network: Path | None) -> None:
        """From now on, also in the next session; None for prompts, colours and shapes alone."""
        self._settings.seeing_network = NO_NETWORK if network is None else str(network)
        self._use()

    def _look(self) -> None:
        if not self._models.was_scanned and not self._models.is_scanning:
            self._models.scan(self._settings.model_folders)

    def _list(self) -> None:
        self.networks = [file.path for file in self._models.files if file.kind is FileKind.SIGHT]
        self._use()

    def _use(self) -> None:
        wished = self._settings.seeing_network
        named = [path for path in self.networks if str(path) == wished]
        found = next(iter([*named, *self.networks]), None) if wished != NO_NETWORK else None
        if found != self.network:
            self.network = found
            if found is None:
                self._gallery.use_sight(None)
            else:
                self._background.run(
                    described, found, done=lambda model: self._take(found, model), failed=self._say_failed
                )
        self.changed.emit()

    def _take(self, network: Path, model: SightModel) -> None:
        if network == self.network:  # another one may have been chosen meanwhile
            self._gallery.use_sight(model)

    def _say_failed(self, error: Exception) -> None:
        self._gallery.use_sight(None)
        self._gallery.say_failed(error)


def described(path: Path) -> SightModel:
    # headers of networks are read with the first search, not with the window
    from engine.models.sight.sight import sight_model

    return sight_model(path)
