"""Pictures that the next one takes after: brought in, weighed, taken away, and kept through a kill."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, Signal

from desktop.bridge.background import Background
from desktop.state.draft import read_picture, save_picture
from desktop.state.messages import Messages
from desktop.state.reference_places import bound
from desktop.state.reference_reading import Reading, reading
from engine.api.errors import EngineError
from engine.api.images import ImageInput, Pixels
from engine.api.references import ReferenceInput
from engine.api.request import MOST_REFERENCES
from engine.library import folders

if TYPE_CHECKING:
    from desktop.state.generation import GenerationState

log = logging.getLogger("app")
translate = QCoreApplication.translate


def open_reference(path: Path) -> ImageInput:
    """The picture file `path`, as large as references are kept. Raises `EngineError`. For the disk pool."""
    # Pillow is loaded with the first picture, not with the window
    from engine.library.pictures import open_picture

    return as_reference(open_picture(path).pixels, path.name)


def as_reference(pixels: Pixels, name: str) -> ImageInput:
    """As above, of pixels (H x W x 3)."""
    # as above
    from engine.diffusion.start_picture import within

    return ImageInput.of(within(pixels), name)


def keep_picture(path: Path, image: ImageInput) -> None:
    """For the disk pool. Raises `CannotSave`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_picture(path, image)


class References(QObject):
    """Changes `GenerationState.references`, and keeps their pictures in a folder of files by hash."""

    brought = Signal(object)
    """The `ImageInput` of a picture that came in, from a file or back from the last session."""
    failed = Signal(object)
    """The `EngineError` of a picture that could not be kept."""

    def __init__(
        self,
        generation: GenerationState,
        messages: Messages,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._generation, self._messages, self._background = generation, messages, background
        self._folder = folders.data_folder() / "references"
        self._on_disk: set[str] = set()
        generation.changed.connect(self._follow)

    @property
    def how(self) -> Reading:
        """How the present model reads them."""
        return reading(self._generation.info, self._generation.adapters)

    def add_file(self, path: str | Path) -> None:
        """Bring in a picture file; where it cannot be read that is said and nothing changes."""
        self._background.run(open_reference, Path(path), done=self.add)

    def add_pixels(self, pixels: Pixels, name: str) -> None:
        self._background.run(as_reference, pixels, name, done=self.add)

    def add(self, image: ImageInput) -> None:
        present = self._generation.references
        if len(present) >= MOST_REFERENCES:
            text = translate("References", "There are {most} reference pictures already.")
            self._messages.info(text.format(most=MOST_REFERENCES))
            return
        self._generation.references = (*present, ReferenceInput(image))
        self.brought.emit(image)

    def change(self, number: int, **fields: Any) -> None:
        """Other settings of the one at that place."""
        present = list(self._generation.references)
        present[number] = replace(present[number], **fields)
        self._generation.references = tuple(present)

    def bind(self, number: int, id: str) -> None:
        """To the document's region of that id, or to none."""
        present = list(self._generation.references)
        present[number] = bound(present[number], id)
        self._generation.references = tuple(present)

    def remove(self, number: int) -> None:
        present = self._generation.references
        self._generation.references = (*present[:number], *present[number + 1 :])

    # through a kill

    def load(self) -> None:
        """Bring back the pictures of the draft, once there is time for it."""
        for one in self._generation.references:
            if one.image.pixels is None:
                path = self._folder / f"{one.image.sha256}.png"
                self._background.run(
                    read_picture, path, one.image.name, done=self._take, failed=self._lose(one.image)
                )

    def _take(self, image: ImageInput) -> None:
        self._on_disk.add(image.sha256)
        self._generation.know_reference(image)
        self.brought.emit(image)

    def _lose(self, image: ImageInput):
        def lose(error: Exception) -> None:
            log.info("no reference picture: %s", error)
            kept = (one for one in self._generation.references if one.image != image)
            self._generation.references = tuple(kept)

        return lose

    def _follow(self, name: str) -> None:
        if name != "references":
            return
        for one in self._generation.references:
            image = one.image
            if image.pixels is not None and image.sha256 not in self._on_disk:
                self._on_disk.add(image.sha256)
                path = self._folder / f"{image.sha256}.png"
                self._background.run(keep_picture, path, image, failed=self._not_kept(image))

    def _not_kept(self, image: ImageInput):
        def tell(error: Exception) -> None:
            self._on_disk.discard(image.sha256)
            if isinstance(error, EngineError):
                self.failed.emit(error)
            else:
                log.error("a reference picture could not be kept", exc_info=error)

        return tell

    def clean_up(self) -> None:
        """Away with the files of pictures that are no references any more. For the end of a session."""
        wanted = {f"{one.image.sha256}.png" for one in self._generation.references}
        for path in self._folder.glob("*.png") if self._folder.is_dir() else ():
            if path.name not in wanted:
                path.unlink(missing_ok=True)
