"""Pictures on their way from the engine to the disk, one after the other; none is given up."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from desktop.bridge.background import Background
from desktop.state.settings import Settings
from desktop.state.thumbnails import thumbnail_of
from engine.api.errors import BadRequest, CannotSave
from engine.api.images import Depth, Pixels, Stack
from engine.api.mask import Coverage
from engine.api.recipe import Recipe
from engine.trace import trace

if TYPE_CHECKING:
    from desktop.state.job import Job
    from engine.library.pictures import Format

log = logging.getLogger("library")


@dataclass(frozen=True, eq=False)
class FinishedPicture:
    """What the engine delivered and the disk does not have yet."""

    job: Job
    image_index: int
    pixels: Pixels
    recipe: Recipe
    alpha: Coverage | None = None
    layers: Stack | None = None
    depth: Depth | None = None


@dataclass(frozen=True)
class Naming:
    """Where and as what a picture is written."""

    folder: Path
    template: str
    format: Format
    quality: int


@dataclass(frozen=True, eq=False)
class Written:
    path: Path
    thumbnail: QImage
    number: int
    """What `{number}` in the name was."""


def write_picture(picture: FinishedPicture, naming: Naming, last_number: int | None) -> Written:
    """Encode and save. Raises `CannotSave`. For the disk pool.

    `last_number` is the one of the picture before; without it the library is looked through for the highest.
    """
    # Pillow and the metadata writers are loaded with the first picture, not with the window
    from engine.library.names import next_number
    from engine.library.pictures import encode_picture
    from engine.library.save import save_new

    if picture.layers is not None or picture.depth is not None:
        naming = replace(naming, format="png")  # no other keeps them
    data = encode_picture(
        picture.pixels,
        picture.recipe,
        naming.format,
        naming.quality,
        picture.alpha,
        picture.layers,
        picture.depth,
    )
    number = next_number(naming.folder) if last_number is None else last_number + 1
    path = save_new(naming.folder, name_of(picture.recipe, naming, number), data)
    return Written(path, thumbnail_of(picture.pixels), number)


def name_of(recipe: Recipe, naming: Naming, number: int) -> str:
    """The picture's name in the library; a template that cannot be used gives way to the default one."""
    # as above
    from engine.library.names import DEFAULT_TEMPLATE, picture_name
    from engine.library.pictures import SUFFIXES

    suffix = SUFFIXES[naming.format]
    try:
        return picture_name(naming.template, recipe, number, suffix)
    except BadRequest as error:
        log.info("name template %r: %s", naming.template, error)
        return picture_name(DEFAULT_TEMPLATE, recipe, number, suffix)


class PictureSaver(QObject):
    """A line of pictures: the first is written in the disk pool; one that fails stays the first."""

    saved = Signal(object, object, object)
    """`FinishedPicture`, its path, its thumbnail: the file is on the disk."""
    failed = Signal(object)
    """`CannotSave`: the picture stays in memory until `retry`."""

    def __init__(self, settings: Settings, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._background = background
        self._line: deque[FinishedPicture] = deque()
        self._is_writing = False
        self._last_numbers: dict[Path, int] = {}
        self.is_failing = False

    @property
    def waiting(self) -> list[FinishedPicture]:
        """What is not on the disk yet, first come first."""
        return list(self._line)

    def add(self, picture: FinishedPicture) -> None:
        self._line.append(picture)
        self._go_on()

    def retry(self) -> None:
        """Try the first picture again, e.g. after space was freed."""
        self.is_failing = False
        self._go_on()

    def finish(self) -> None:
        """Return when everything is on the disk, or could not be saved in one more try."""
        self.is_failing = False
        self._go_on()
        self._background.wait()

    def naming(self) -> Naming:
        settings = self._settings
        format = cast("Format", settings.picture_format)  # one of `settings.PICTURE_FORMATS`
        return Naming(settings.library_path, settings.name_template, format, settings.picture_quality)

    def _go_on(self) -> None:
        if self._is_writing or self.is_failing or not self._line:
            return
        self._is_writing = True
        picture, naming = self._line[0], self.naming()

        def take(written: Written) -> None:
            self._last_numbers[naming.folder] = written.number
            self._take(written)

        last_number = self._last_numbers.get(naming.folder)
        self._background.run(write_picture, picture, naming, last_number, done=take, failed=self._keep)

    def _take(self, written: Written) -> None:
        self._is_writing = False
        picture = self._line.popleft()
        trace("saved", job=picture.job.id, image=picture.image_index)
        self.saved.emit(picture, written.path, written.thumbnail)
        self._go_on()

    def _keep(self, error: Exception) -> None:
        self._is_writing, self.is_failing = False, True
        if not isinstance(error, CannotSave):
            log.error("a picture could not be encoded", exc_info=error)
            error = CannotSave(f"The picture was not saved: {error}")
        self.failed.emit(error)
