"""What one can do with the picture or step on the canvas."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QObject, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from desktop.bridge.pixels import to_qimage
from desktop.state.studio import Studio
from desktop.state.viewing import Shown, ShownKind
from engine.api.request import GenerationRequest


class PictureWork(QObject):
    """Acts on what is shown, because what one chooses in the filmstrip is shown."""

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio

    @property
    def shown(self) -> Shown:
        return self._studio.viewing.shown

    def has_picture(self) -> bool:
        """A whole picture, not a step's small preview."""
        return self.shown.pixels is not None and self.shown.kind is not ShownKind.STEP

    def has_result(self) -> bool:
        return self.shown.result is not None

    def has_step(self) -> bool:
        return self.shown.step is not None and self.shown.job is not None

    def has_recipe(self) -> bool:
        return self.request() is not None

    def request(self) -> GenerationRequest | None:
        """What made the picture or step that is shown."""
        shown = self.shown
        if shown.result is not None and shown.result.recipe is not None:
            return shown.result.recipe.request
        if shown.job is not None and shown.step is not None:
            return shown.job.pictures.one_image(shown.step.image_index)
        return None

    def copy(self) -> None:
        """The pixels, and the file where there is one, to the clipboard."""
        if self.shown.pixels is None:
            return
        data = QMimeData()
        data.setImageData(to_qimage(self.shown.pixels).copy())
        if self.shown.result is not None:
            data.setUrls([QUrl.fromLocalFile(str(self.shown.result.path))])
        QGuiApplication.clipboard().setMimeData(data)
        self._studio.messages.info(self.tr("The picture is on the clipboard."))

    def copy_prompt(self) -> None:
        request = self.request()
        if request is not None:
            QGuiApplication.clipboard().setText(request.prompt)
            self._studio.messages.info(self.tr("The prompt is on the clipboard."))

    def use_settings(self) -> None:
        request = self.request()
        if self.shown.result is not None:
            self._studio.take_settings_from(self.shown.result.path)
        elif request is not None:
            self._studio.take_request(request)

    def use_seed(self) -> None:
        request = self.request()
        if request is not None:
            self._studio.generation.seed = request.sampling.seed
            self._studio.generation.seed_locked = True

    def start_from(self) -> None:
        shown = self.shown
        if shown.pixels is not None and self.has_picture():
            name = shown.result.name if shown.result is not None else ""
            self._studio.start_from_pixels(shown.pixels, name)

    def branch(self) -> None:
        """Go on from the step that is shown, with the present prompt and settings."""
        if self.shown.job is not None and self.shown.step is not None:
            self._studio.branch(self.shown.job, self.shown.step)

    def trash(self) -> None:
        if self.shown.result is not None:
            self._studio.pictures.remove(self.shown.result)

    def show_in_folder(self) -> None:
        if self.shown.result is not None:
            self._open(str(self.shown.result.path.parent))

    def show_library(self) -> None:
        self._open(str(self._studio.settings.library_path))

    def _open(self, folder: str) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(folder)):
            self._studio.messages.info(self.tr("The folder is {folder}").format(folder=folder))
