"""What of a studio follows what: the engine the preferences, the panels a scan, the gallery the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop.state import restoring
from desktop.state.kept_file import KeptFile
from engine.api.model_info import ModelInfo
from engine.api.request import Speed

if TYPE_CHECKING:
    from desktop.state.studio import Studio


class Following(QObject):
    """Made once, when all that it ties together is there."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._studio = studio
        self._tie_gallery()
        self._tie_preferences()
        studio.models.changed.connect(self._take_models)
        studio.models.when_scanned(self._take_first_scan)
        studio.learnt.changed.connect(studio.map_looking.forget_errors)
        studio.ready.connect(self._bring_owed)
        for file in (studio.settings.file, studio.draft.file, studio.learning.file):
            self._tell_of_file(file)
        for failed in (
            studio.documents.could_not_save,
            studio.references.failed,
            studio.models.failed,
            studio.model_library.failed,
            studio.background.failed,
            studio.learning.failed,
        ):
            failed.connect(studio.say_failed)

    def _tell_of_file(self, file: KeptFile) -> None:
        """That it cannot be written is said until it can."""
        topic = f"unsaved {file.path}"
        file.could_not_save.connect(lambda error: self._studio.say_failed(error, topic))
        file.saves_again.connect(lambda: self._studio.messages.withdraw(topic))

    def _tie_gallery(self) -> None:
        """The filmstrip and the gallery show the same files."""
        gallery, pictures = self._studio.gallery, self._studio.pictures
        for signal in (pictures.added, pictures.removed, pictures.restored):
            signal.connect(lambda result, *_: gallery.folders.look_at_file(result.path))
        gallery.files.moved.connect(pictures.follow)
        gallery.folders.moved.connect(pictures.follow)
        gallery.files.trashed.connect(pictures.take_out)
        gallery.files.brought_back.connect(pictures.put_back)

    def _tie_preferences(self) -> None:
        self._tell_engine()  # one that was given knows nothing of the preferences
        self._tell_previews()
        self._studio.settings.changed.connect(self._follow_settings)

    def _follow_settings(self, name: str) -> None:
        studio, settings = self._studio, self._studio.settings
        match name:
            case "previews" | "tiny_vaes":
                self._tell_previews()
            case "speed":
                studio.generation.speed = Speed(settings.speed)
            case "device":
                self._tell_engine()
            case "model_folders":
                self._tell_engine()
                studio.look_engines.configure(studio.engine_settings())
                studio.models.scan(settings.model_folders)

    def _tell_engine(self) -> None:
        self._studio.engine.configure(self._studio.engine_settings())

    def _tell_previews(self) -> None:
        work, settings = self._studio.jobs.work, self._studio.settings
        work.previews, work.tiny_vaes = settings.previews, settings.tiny_vaes

    def _take_models(self) -> None:
        studio, generation = self._studio, self._studio.generation
        info: ModelInfo | None = studio.models.get(generation.model)
        if generation.info is None and info is not None:
            self._meet_model(info)
        if studio.models.is_scanning:
            return  # what is worn lies in the same folders: it is looked for when they are known
        studio.wearing.look()
        if info is not None and generation.info is not None:
            generation.knows_model(info)

    def _meet_model(self, info: ModelInfo) -> None:
        """The present model is known now, perhaps long before all folders were looked through; at the very
        first start its defaults are taken."""
        studio, generation = self._studio, self._studio.generation
        if studio.draft.was_found:
            generation.knows_model(info)
        else:
            generation.use_model_defaults(info)
        studio.say_ready()

    def _take_first_scan(self) -> None:
        studio = self._studio
        if studio.models.get(studio.generation.model) is None:
            restoring.replace_missing_model(studio)
        studio.say_ready()

    def _bring_owed(self) -> None:
        assert self._studio.journal is not None
        self._studio.editing.owed.use(self._studio.journal)
