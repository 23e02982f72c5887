"""What one can do with the picture or step that is looked at, on the canvas, in the grid or in the viewer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from desktop.bridge.pixels import to_qimage
from desktop.state.borrowing import Part, read_settings
from desktop.state.studio import Studio
from desktop.state.viewing import Shown, ShownKind
from engine.api.request import GenerationRequest

if TYPE_CHECKING:
    from engine.library.pictures import PictureMetadata


class PictureWork(QObject):
    """Acts on what is shown, because what one chooses in the filmstrip is shown."""

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.look: Callable[[], Shown] = lambda: studio.viewing.shown
        """What is looked at; the window says where."""
        self.look_at_all: Callable[[], Sequence[Path]] = tuple
        """Files that are chosen together, in a place where several can be."""

    @property
    def shown(self) -> Shown:
        return self.look()

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every file that is chosen: several in the grid, else the one that is shown."""
        chosen = tuple(self.look_at_all())
        if chosen:
            return chosen
        result = self.shown.result
        return (result.path,) if result is not None else ()

    def has_picture(self) -> bool:
        """A whole picture, not a step's small preview."""
        return self.shown.pixels is not None and self.shown.kind is not ShownKind.STEP

    def has_result(self) -> bool:
        return self.shown.result is not None

    def has_step(self) -> bool:
        return self.shown.step is not None and self.shown.job is not None

    def has_file(self) -> bool:
        return bool(self.paths)

    def has_recipe(self) -> bool:
        """Ours is known; a file of another program says it when it is asked."""
        return self.request() is not None or self.has_result()

    def request(self) -> GenerationRequest | None:
        """What made the picture or step that is shown."""
        shown = self.shown
        if shown.result is not None and shown.result.recipe is not None:
            return shown.result.recipe.request
        if shown.job is not None and shown.step is not None:
            return shown.job.pictures.one_image(shown.step.image_index)
        return None

    def copy(self) -> None:
        """The pixels, and the files where there are some, to the clipboard."""
        data, pixels = QMimeData(), self.shown.pixels
        if pixels is not None:
            data.setImageData(to_qimage(pixels).copy())
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in self.paths])
        if pixels is None and not self.paths:
            return
        QGuiApplication.clipboard().setMimeData(data)
        self._studio.messages.info(self.tr("The picture is on the clipboard."))

    def copy_prompt(self) -> None:
        request = self.request()
        if request is not None:
            self._copy_text(request.prompt)
        elif self.shown.result is not None:
            self._studio.background.run(
                read_settings,
                self.shown.result.path,
                done=self._copy_prompt_of,
                failed=self._studio.say_failed,
            )

    def _copy_prompt_of(self, metadata: PictureMetadata) -> None:
        self._copy_text(metadata.parameters.prompt if metadata.parameters is not None else "")

    def _copy_text(self, text: str) -> None:
        if text:
            QGuiApplication.clipboard().setText(text)
            self._studio.messages.info(self.tr("The prompt is on the clipboard."))
        else:
            self._studio.messages.info(self.tr("This picture does not tell its prompt."))

    def use(self, part: Part = Part.ALL) -> None:
        """Its settings, or one of them, for the next picture."""
        request = self.request()
        if self.shown.result is not None and (request is None or part is Part.ALL):
            self._studio.take_settings_from(self.shown.result.path, part)
        elif request is not None:
            self._studio.take_request(request, part)

    def start_from(self) -> None:
        shown = self.shown
        if shown.pixels is not None and self.has_picture():
            name = shown.result.name if shown.result is not None else ""
            self._studio.starting.from_pixels(shown.pixels, name)
        elif shown.result is not None:
            self._studio.starting.from_file(shown.result.path)

    def place_as_layer(self) -> None:
        """Into the open document, above its active layer."""
        if self.shown.result is not None:
            self._studio.files.place(self.shown.result.path)

    def vary(self) -> None:
        """The same recipe with other seeds."""
        if self.shown.result is not None:
            self._studio.vary(self.shown.result.path)

    def make_again(self) -> None:
        if self.shown.result is not None:
            self._studio.make_again(self.shown.result.path)

    def verify(self) -> None:
        """Make it again and say whether every pixel is the same."""
        if self.shown.result is not None:
            self._studio.verifying.start(self.shown.result.path, self._studio.journal)

    def branch(self) -> None:
        """Go on from the step that is shown, with the present prompt and settings."""
        if self.shown.job is not None and self.shown.step is not None:
            self._studio.branch(self.shown.job, self.shown.step)

    def trash(self) -> None:
        if self.shown.result is not None:
            self._studio.pictures.remove(self.shown.result)

    def show_in_folder(self) -> None:
        if self.shown.result is not None:
            self.open_folder(str(self.shown.result.path.parent))

    def show_library(self) -> None:
        self.open_folder(str(self._studio.settings.library_path))

    def open_folder(self, folder: str) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(folder)):
            self._studio.messages.info(self.tr("The folder is {folder}").format(folder=folder))
