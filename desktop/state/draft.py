"""What was typed and not yet generated, kept through a kill: settings and start picture."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import QObject

from desktop.bridge.background import Background
from desktop.state.editing.edit_settings import EditSettings
from desktop.state.generation import GenerationState
from desktop.state.kept_file import KeptFile, read_kept
from engine.api.errors import EngineError
from engine.api.images import ImageInput
from engine.library import folders
from engine.library.save import save_bytes

log = logging.getLogger("app")

EDIT = "edit"
"""Key of the settings for generating on the canvas."""
DELAY_MS = 2000
"""At most this much typing (and the moment of writing) is lost by a kill."""


def save_picture(path: Path, image: ImageInput) -> None:
    """For the disk pool. Raises `CannotSave`."""
    # Pillow is loaded with the first picture, not with the window
    from engine.library.pictures import encode_plain

    assert image.pixels is not None
    save_bytes(path, encode_plain(image.pixels))


def read_picture(path: Path, name: str) -> ImageInput:
    """For the disk pool. Raises `EngineError`."""
    # as above
    from engine.library.pictures import open_picture

    return ImageInput.of(open_picture(path).pixels, name)


class Draft(QObject):
    """Follows settings in two files of the data folder: `draft.json` and `start.png`."""

    def __init__(
        self,
        generation: GenerationState,
        edit: EditSettings,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        folder = folders.data_folder()
        self._generation = generation
        self._background = background
        self._picture_file = folder / "start.png"
        self._picture_on_disk = ""
        self._to_keep: ImageInput | None = None
        """The newest start picture, while it is not on the disk."""
        self._is_keeping = False
        self.file = KeptFile(
            folder / "draft.json",
            lambda: {**generation.to_draft(), EDIT: edit.to_draft()},
            background,
            DELAY_MS,
            self,
        )
        content, self.damaged_file = read_kept(self.file.path)
        self.was_found = bool(content)
        """False at the very first start: the model's defaults are to be taken."""
        self._wanted_picture = generation.restore_draft(content)
        self._wanted_name = str((content.get("image") or {}).get("name", "")) if self._wanted_picture else ""
        kept = content.get(EDIT)
        edit.restore_draft(kept if isinstance(kept, dict) else {})
        generation.changed.connect(self._follow)
        edit.changed.connect(lambda _name: self.file.write_soon())

    def load_picture(self) -> None:
        """Bring the start picture back, once there is time for it."""
        if not self._wanted_picture:
            return
        self._background.run(
            read_picture,
            self._picture_file,
            self._wanted_name,
            done=self._take_picture,
            failed=lambda error: log.info("no start picture: %s", error),
        )

    def flush(self) -> None:
        self.file.flush()

    def _take_picture(self, image: ImageInput) -> None:
        if image.sha256 == self._wanted_picture and self._generation.image is None:
            self._picture_on_disk = image.sha256
            self._generation.image = image

    def _follow(self, name: str) -> None:
        self.file.write_soon()
        image = self._generation.image
        if name == "image" and image is not None and image.pixels is not None:
            self._keep(image)

    def _keep(self, image: ImageInput) -> None:
        """One write at a time, then the newest: an older one never lands last."""
        self._to_keep = image
        if not self._is_keeping:
            self._keep_newest()

    def _keep_newest(self) -> None:
        image, self._to_keep = self._to_keep, None
        if image is None or image.sha256 == self._picture_on_disk:
            return
        self._is_keeping, self._picture_on_disk = True, ""
        self._background.run(
            save_picture,
            self._picture_file,
            image,
            done=lambda _: self._kept(image.sha256),
            failed=self._not_kept,
        )

    def _kept(self, sha256: str) -> None:
        self._is_keeping, self._picture_on_disk = False, sha256
        self._keep_newest()

    def _not_kept(self, error: Exception) -> None:
        self._is_keeping = False
        if isinstance(error, EngineError):
            self.file.could_not_save.emit(error)
        else:
            log.error("the start picture could not be kept", exc_info=error)
        self._keep_newest()
