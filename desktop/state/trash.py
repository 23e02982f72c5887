"""Removing a file in two stages: aside, where it can be taken back at once, then to the system's trash."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.api.errors import CannotSave

FOLDER = ".lienzo-removed"
"""Beside the picture, so that moving there and back never copies; no other program has one of that name."""


@dataclass(frozen=True)
class Removed:
    """Where a file was and where it waits; None where there was no file any more."""

    path: Path
    aside: Path | None


class Trash:
    """For the disk pool: every method may wait for the disk."""

    def __init__(self) -> None:
        self._ours: set[Path] = set()
        """What was put aside since this app started: it is not left over."""

    def put(self, path: Path) -> Removed:
        """Move `path` aside. Raises `CannotSave` where the folder may not be written to."""
        if not path.exists():
            return Removed(path, None)
        folder = path.parent / FOLDER
        try:
            folder.mkdir(exist_ok=True)
            aside = _free(folder.resolve() / path.name)
            self._ours.add(aside)  # first, for another thread may be looking for leftovers
            return Removed(path, path.rename(aside))
        except OSError as error:
            raise CannotSave(
                f"{path} was not removed ({error.strerror}). Check the permissions of its folder.",
                path=str(path),
            ) from error

    def take_back(self, removed: Removed) -> Path:
        """Where the file is again: its old place, or beside it if that was taken in the meantime."""
        if removed.aside is None:
            return removed.path
        try:
            path = removed.aside.rename(_free(removed.path))
        except OSError as error:
            raise CannotSave(
                f"{removed.path} was not brought back ({error.strerror}). It lies at {removed.aside}.",
                path=str(removed.aside),
            ) from error
        _tidy(removed.aside.parent)
        return path

    def throw_away(self, removed: Removed) -> None:
        """Into the system's trash, from its old place so that "restore" there puts it back."""
        if removed.aside is None or not removed.aside.exists():
            return
        path = self.take_back(removed)
        send_to_trash(path)

    def leftovers(self, library: Path) -> Iterator[list[Path]]:
        """Files that a killed app left aside, folder by folder, so that one may stop between them."""
        for folder, below, _ in os.walk(library.resolve()):
            aside = Path(folder) / FOLDER
            there = aside.iterdir() if FOLDER in below else ()
            yield [path for path in there if path.is_file() and path not in self._ours]

    def throwing_away_leftovers(self, library: Path) -> Iterator[int]:
        """Finish what a killed app began: how many files went, of one folder after the other."""
        for left in self.leftovers(library):
            for aside in left:
                self.throw_away(Removed(aside.parent.parent / aside.name, aside))
            yield len(left)

    def throw_away_leftovers(self, library: Path) -> int:
        """All of them; says how many files went."""
        return sum(self.throwing_away_leftovers(library))


def send_to_trash(path: Path) -> None:
    """Raises `CannotSave` where the system has no trash for this disk; then the file stays."""
    # loaded with the first removal, not with the window
    from send2trash import send2trash

    try:
        send2trash(path)
    except OSError as error:
        raise CannotSave(
            f"{path} could not go to the system's trash ({error}). It was left where it is.", path=str(path)
        ) from error


def _free(path: Path) -> Path:
    if not path.exists():
        return path
    numbered = (path.with_name(f"{path.stem} ({number}){path.suffix}") for number in itertools.count(2))
    return next(candidate for candidate in numbered if not candidate.exists())


def _tidy(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        pass  # others wait in it
