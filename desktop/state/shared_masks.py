"""Masks that every document finds on its shelf: a folder of grey PNGs, each called by its file's name."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from desktop.bridge.background import Background
from desktop.state.document.document_state import ShelfMask
from desktop.state.document.thumbnails import mask_picture
from desktop.state.messages import Level, Messages
from desktop.state.words import say
from engine.api.errors import EngineError
from engine.api.images import Extent
from engine.library import folders
from engine.library.names import safe_name

T = TypeVar("T")
SUFFIX = ".png"
REMOVED = "shared_mask"
"""The topic of the offer to bring one back."""


@dataclass(frozen=True, eq=False)
class SharedMask:
    """One of the folder; its pixels are read when it is used."""

    path: Path
    size: Extent
    picture: QImage
    """Small, for lists."""

    @property
    def name(self) -> str:
        return self.path.stem


class SharedMasks(QObject):
    """Read and written in the disk pool; a file that another program puts there is one of them."""

    changed = Signal()

    def __init__(self, background: Background, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background, self._messages = background, messages
        self.masks: tuple[SharedMask, ...] = ()
        """By name."""
        self._has_looked = False

    def look(self) -> None:
        """Read the folder once; `changed` follows where there is any."""
        if not self._has_looked:
            self._has_looked = True
            self._run(looked_through, done=self._take)

    def keep(self, held: ShelfMask) -> None:
        """A copy for every picture, at its own size."""
        own = ShelfMask(name=held.name, coverage=held.coverage.snapshot(), size=held.size)
        self._run(kept, own, done=lambda mask: self._take((*self.masks, mask)))

    def load(self, mask: SharedMask, done: Callable[[ShelfMask], None]) -> None:
        """`done` gets its pixels; what cannot be read is said."""
        self._run(loaded, mask, done=done)

    def rename(self, mask: SharedMask, name: str) -> None:
        self._run(renamed, mask, name, done=lambda other: self._take((*self._others(mask), other)))

    def remove(self, mask: SharedMask) -> None:
        """It can be brought back from what is said then."""
        self._run(removed, mask, done=lambda held: self._offer_back(mask, held))

    # inside

    def _offer_back(self, mask: SharedMask, held: ShelfMask) -> None:
        self._take(self._others(mask))
        text = self.tr("“{name}” is no longer on the shelf of every picture.").format(name=mask.name)
        self._messages.offer(Level.INFO, text, self.tr("Undo"), lambda: self.keep(held), REMOVED)

    def _others(self, mask: SharedMask) -> tuple[SharedMask, ...]:
        return tuple(other for other in self.masks if other is not mask)

    def _take(self, masks: tuple[SharedMask, ...]) -> None:
        self.masks = tuple(sorted(masks, key=lambda mask: mask.name.casefold()))
        self.changed.emit()

    def _run(self, function: Callable[..., T], *args: object, done: Callable[[T], None]) -> None:
        self._background.run(function, *args, done=done, failed=self._fail)

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, EngineError):
            raise error
        self._messages.error(say(error))


# for the disk pool


def looked_through() -> tuple[SharedMask, ...]:
    """What is no picture is left out: it is not ours to complain of."""
    found = []
    for path in sorted(folders.masks_folder().glob(f"*{SUFFIX}")):
        with contextlib.suppress(EngineError):
            found.append(_seen(path))
    return tuple(found)


def _seen(path: Path) -> SharedMask:
    # Pillow is loaded with the first picture, not with the window
    from desktop.state.document_file.mask_files import read_mask

    coverage, size = read_mask(path)
    return SharedMask(path, size, mask_picture(coverage, size))


def kept(held: ShelfMask) -> SharedMask:
    # as above
    from desktop.state.document_file.mask_files import save_mask

    path = free_path(held.name)
    save_mask(path, held.coverage, held.size)
    return SharedMask(path, held.size, mask_picture(held.coverage, held.size))


def loaded(mask: SharedMask) -> ShelfMask:
    # as above
    from desktop.state.document_file.mask_files import read_mask

    coverage, size = read_mask(mask.path)
    return ShelfMask(name=mask.name, coverage=coverage, size=size)


def renamed(mask: SharedMask, name: str) -> SharedMask:
    if safe_name(name.strip()) == mask.name:
        return mask
    path = free_path(name)
    mask.path.rename(path)
    return SharedMask(path, mask.size, mask.picture)


def removed(mask: SharedMask) -> ShelfMask:
    """Its pixels, so that it can be brought back."""
    held = loaded(mask)
    mask.path.unlink()
    return held


def free_path(name: str) -> Path:
    """Where a mask called `name` is kept; a number tells it from another of that name."""
    stem = safe_name(name.strip()) or "mask"
    folder = folders.masks_folder()
    path, number = folder / f"{stem}{SUFFIX}", 2
    while path.exists():
        path, number = folder / f"{stem} ({number}){SUFFIX}", number + 1
    return path
