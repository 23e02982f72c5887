"""What arrives while the artist does something else: it is said, and can be used from then on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from engine.api.model_file import ModelFile
from engine.api.training import TrainRequest

if TYPE_CHECKING:
    from desktop.state.studio import Studio


class Arrivals(QObject):
    """Downloads, converted files, what was learnt, and pictures for a document."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._studio, self._messages = studio, studio.messages
        studio.downloads.finished.connect(self._take_download)
        studio.model_library.converted.connect(self._take_converted)
        studio.learning.learnt.connect(self._take_learnt)
        studio.editing.results.went_elsewhere.connect(self._say_elsewhere)
        studio.editing.owed.came_back.connect(self._say_came_back)

    def _take_download(self, path: Path) -> None:
        self._messages.info(self.tr("{name} is here and can be used.").format(name=path.name))
        self._look_at_models()

    def _take_converted(self, file: ModelFile) -> None:
        self._messages.info(self.tr("Converted: {name}").format(name=file.path.name))
        self._look_at_models()

    def _look_at_models(self) -> None:
        self._studio.model_library.scan(self._studio.settings.model_folders)
        self._studio.models.rescan()

    def _take_learnt(self, request: TrainRequest) -> None:
        self._studio.wearing.look()
        self._messages.info(self.tr("“{word}” is learnt and can be used.").format(word=request.trigger))

    def _say_elsewhere(self, _: object) -> None:
        self._messages.info(
            self.tr(
                "A picture for a document that is not open now is in the gallery. "
                "It comes into the document when that is opened again."
            )
        )

    def _say_came_back(self, count: int) -> None:
        self._messages.info(self.tr("%n picture(s) made for this document earlier came into it.", "", count))
