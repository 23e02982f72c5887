"""The picture that a new one begins with, and what is packed of pictures before they are queued."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop.state.editing.edit_settings import Intent
from desktop.state.messages import Level
from desktop.state.sizes import size_for
from desktop.state.start_picture import as_start, open_start
from engine.api.errors import EngineError
from engine.api.images import ImageInput, Pixels
from engine.api.mask import Coverage

if TYPE_CHECKING:
    from desktop.state.studio import Studio

log = logging.getLogger("app")

NOT_OPENED = "start-not-opened"
"""The topic of what is said where a start picture cannot be read."""
FORGOTTEN = "start-forgotten"
"""The topic of the offer to bring one back."""


class Starting(QObject):
    """Part of a `Studio`.

    What a request is made with is packed for the journal when it is chosen (0.1 to 0.5 s, in the pool), so
    that queueing finds it there.
    """

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._studio = studio
        studio.generation.changed.connect(self._follow)
        studio.references.brought.connect(self._pack)

    def from_file(self, path: str | Path) -> None:
        """Open a picture to start from; where it cannot be read that is said and nothing changes."""
        studio = self._studio
        studio.background.run(open_start, Path(path), done=self._begin, failed=self._say_failed)

    def from_pixels(self, pixels: Pixels, name: str = "") -> None:
        """Start from pixels (H x W x 3), e.g. of the clipboard or of a kept step."""
        studio = self._studio
        studio.background.run(as_start, pixels, name, done=self._begin, failed=self._say_failed)

    def forget(self) -> None:
        """Without a start picture again; the one that was there can be brought back."""
        generation = self._studio.generation
        gone, generation.image = generation.image, None
        if gone is not None:
            self._studio.messages.offer(
                Level.INFO,
                self.tr("The start picture was removed."),
                self.tr("Undo"),
                lambda: setattr(generation, "image", gone),
                FORGOTTEN,
            )

    def pack_present(self) -> None:
        """Pack the present start picture, if there is one."""
        if self._studio.generation.image is not None:
            self._studio.messages.withdraw(FORGOTTEN)
            self._pack(self._studio.generation.image)

    def keep(self, pixels: Pixels | Coverage) -> None:
        """For the disk pool. Where it cannot be, queueing tries again and says what is wrong."""
        journal = self._studio.journal
        if journal is None or journal.is_read_only:
            return
        try:
            journal.put_input(pixels)
        except EngineError as error:
            log.info("%s", error)

    def _begin(self, image: ImageInput) -> None:
        """It is what Generate is for now, whatever is painted on the document meanwhile."""
        generation = self._studio.generation
        generation.image = image
        self._studio.edit.intent = Intent.NEW
        self._studio.messages.withdraw(NOT_OPENED)
        if generation.info is not None:
            size = size_for(image.width / image.height, generation.info)
            generation.width, generation.height = size

    def _say_failed(self, error: Exception) -> None:
        self._studio.say_failed(error, NOT_OPENED)

    def _follow(self, name: str) -> None:
        if name == "image":
            self.pack_present()

    def _pack(self, image: ImageInput) -> None:
        if image.pixels is not None:
            self._studio.background.run(self.keep, image.pixels)
