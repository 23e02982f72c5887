"""The library's folders: added in place, looked at while one goes on, watched for what changes."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.bridge.background import Background
from desktop.state.messages import Messages
from desktop.state.words import say
from engine.api.errors import EngineError, UnreadableFile

if TYPE_CHECKING:
    from engine.library.index.catalogue import Catalogue
    from engine.library.index.scan import Progress

log = logging.getLogger("library")
WATCH_MS = 3_000
FIRST_LOOK_MS = 400
"""After opening: what the index knows is on the screen before the disk is asked whether it is still so."""
SHOWN_EVERY = 0.25
DROPPED_S = 60.0
"""Thousands of files may be dropped, and the disk is asked about each."""


class Folders(QObject):
    """One look at a time, in a thread of its own; what it finds is found by searches at once."""

    changed = Signal()
    """Another list of folders."""
    progressed = Signal(object)
    """`Progress`, or None when nothing is looked at any more."""
    found = Signal()
    """The index changed."""
    moved = Signal(object)
    """dict of paths: files that other programs moved, from where to where."""
    changed_elsewhere = Signal()
    """It changed since it was asked last, perhaps by another program of ours."""

    def __init__(self, scanning: Background, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folders: list[Path] = []
        self.progress: Progress | None = None
        self._scanning = scanning
        self._messages = messages
        self._catalogue: Catalogue | None = None
        self._waiting: list[tuple[tuple[Path, ...] | None, bool]] = []
        self._is_looking = False
        self._is_watching = False
        self._awaits_library = False
        """The folder of this app's own pictures is still to be made."""
        self._silent: set[Path] = set()
        """Folders whose disk did not answer; that was said."""
        self._state: object = None
        """Of the index, when it was asked last."""
        self._is_cancelled = False
        self._is_closing = False
        self._first_look = QTimer(self, singleShot=True)
        self._first_look.timeout.connect(self._begin_looking)
        self._watch = QTimer(self, interval=WATCH_MS)
        self._watch.timeout.connect(self._look_for_changes)

    @property
    def is_looking(self) -> bool:
        return self._is_looking

    def use(self, catalogue: Catalogue, library: Path) -> None:
        """Look at everything once, then watch. `library` is where this app saves: it belongs to it."""
        self._catalogue = catalogue
        self._library = library
        self._scanning.run(self._with_library, done=self._take_first, failed=self._say_failed)

    def stop(self) -> None:
        """For good, at the next file; what was found stays."""
        self._is_closing = True
        self._first_look.stop()
        self._watch.stop()
        self._waiting.clear()

    def add(self, folder: Path) -> None:
        """Into the library, where it is."""
        catalogue = self._catalogue
        if catalogue is not None:
            self._scanning.run(
                lambda: (catalogue.add_folder(folder), catalogue.folders()),
                done=lambda told: self._take_added(*told),
                failed=self._say_failed,
            )

    def take(self, paths: Sequence[str]) -> None:
        """Folders, and of files the folder that they are in, are added where they are; one that is in the
        library already is looked at. Thousands may be dropped at once."""
        catalogue = self._catalogue
        if catalogue is not None:
            self._scanning.run(
                lambda: catalogue.ask_disk(Path(paths[0]), partial(_places_of, paths), DROPPED_S),
                done=self._take_places,
                failed=self._say_failed,
            )

    def _take_places(self, places: dict[Path, bool]) -> None:
        known = {
            folder: is_whole
            for folder, is_whole in places.items()
            if any(folder.is_relative_to(other) for other in self.folders)
        }
        for is_whole in (True, False):
            if folders := [folder for folder, whole in known.items() if whole is is_whole]:
                self.look(folders, is_recursive=is_whole)
        for folder in places:
            if folder not in known:
                self.add(folder)

    def remove(self, folder: Path) -> None:
        """Out of the library; its files stay as they are."""
        catalogue = self._catalogue
        if catalogue is not None:
            self._scanning.run(
                lambda: (catalogue.remove_folder(folder), catalogue.folders()),
                done=lambda told: self._take_folders(told[1]),
                failed=self._say_failed,
            )

    def look(self, folders: Sequence[Path] | None = None, is_recursive: bool = True) -> None:
        """At these, or at all; one after the other."""
        asked = (None if folders is None else tuple(folders), is_recursive)
        if self._is_closing or asked in self._waiting:
            return
        self._waiting.append(asked)
        if not self._is_looking:
            self._begin()

    def look_at_file(self, path: Path) -> None:
        """A file came or went in a folder of ours."""
        if any(path.is_relative_to(folder) for folder in self.folders):
            self.look([path.parent], is_recursive=False)
        elif self._catalogue is not None and path.is_relative_to(self._library):
            self.add(self._library)  # it was not there before the first picture

    def cancel(self) -> None:
        """Stop looking; what was found stays, and the next look goes on."""
        self._waiting.clear()
        self._is_cancelled = True
        if self._first_look.isActive():
            self._first_look.stop()
            self._watch.start()

    # inside

    def _with_library(self) -> list[Path]:
        catalogue = self._catalogue
        assert catalogue is not None
        self._awaits_library = not catalogue.is_read_only and not self._has_library(catalogue)
        if not catalogue.is_read_only and not self._awaits_library:
            catalogue.add_folder(self._library)
        self._state = catalogue.state()
        return catalogue.folders()

    def _has_library(self, catalogue: Catalogue) -> bool:
        """Whether this app's own folder is there, and its disk answers."""
        try:
            return catalogue.ask_disk(self._library, self._library.is_dir)
        except UnreadableFile as error:
            log.info("%s", error)
            return False

    def _take_first(self, folders: list[Path]) -> None:
        self._take_folders(folders)
        if not self._is_closing and self._catalogue is not None:
            self._first_look.start(0 if self._catalogue.needs_scan else FIRST_LOOK_MS)

    def _begin_looking(self) -> None:
        self.look()
        self._watch.start()

    def _take_added(self, folder: Path, folders: list[Path]) -> None:
        self._take_folders(folders)
        self.look([folder])

    def _take_folders(self, folders: list[Path]) -> None:
        self.folders = folders
        self.changed.emit()
        self.found.emit()

    def _begin(self) -> None:
        catalogue = self._catalogue
        if catalogue is None or catalogue.is_read_only or not self._waiting:
            self._waiting.clear()
            return
        folders, is_recursive = self._waiting.pop(0)
        self._is_looking, self._is_cancelled = True, False
        self._step(catalogue.scan(folders, is_recursive))

    def _step(self, scan) -> None:
        """On for a quarter of a second, then say how far it is."""

        def go_on() -> Progress | None:
            until, progress = time.monotonic() + SHOWN_EVERY, None
            while not (self._is_cancelled or self._is_closing) and time.monotonic() < until:
                told = next(scan, None)
                if told is None:
                    scan.close()
                    return progress
                progress = told
                if progress.is_done:
                    break
            if self._is_cancelled or self._is_closing:
                scan.close()
                return None
            return progress

        self._scanning.run(go_on, done=lambda progress: self._take(scan, progress), failed=self._break_off)

    def _take(self, scan, progress: Progress | None) -> None:
        if progress is None or progress.is_done:
            self._end(progress)
            return
        before, self.progress = self.progress, progress
        self.progressed.emit(progress)
        if before is None or before.read != progress.read or progress.missing != before.missing:
            self.found.emit()
        self._step(scan)

    def _end(self, progress: Progress | None) -> None:
        self._is_looking = False
        self.progress = None
        if progress is not None and progress.followed:
            self.moved.emit(dict(progress.followed))
        if (
            progress is None
            or self._say_silent()
            or progress.added
            or progress.changed
            or progress.moved
            or progress.missing
            or progress.to_read
        ):
            self.found.emit()
        if self._waiting:
            self._begin()
        else:
            self.progressed.emit(None)

    def _say_silent(self) -> bool:
        """Once of each folder whose disk does not answer. True where one answers again: what could not be
        shown may be tried again."""
        assert self._catalogue is not None
        disks = self._catalogue.disks
        silent = {folder for folder in self.folders if disks.is_silent(os.fsencode(folder))}
        for folder in silent - self._silent:
            text = self.tr("{folder} does not answer. Its pictures stay as they were; it is tried again.")
            self._messages.warning(text.format(folder=folder))
        back, self._silent = self._silent - silent, silent
        return bool(back)

    def _break_off(self, error: Exception) -> None:
        self._say_failed(error)
        self._end(None)

    def _look_for_changes(self) -> None:
        catalogue = self._catalogue
        if catalogue is None or self._is_looking or self._is_watching or self._is_closing:
            return
        self._is_watching = True
        self._scanning.run(self._changes, done=self._take_changes, failed=self._watch_failed)

    def _changes(self) -> tuple[list[Path] | None, object]:
        """For the thread: folders in which something changed (None where the library is there only now), and
        the state of the index."""
        catalogue = self._catalogue
        assert catalogue is not None
        if self._awaits_library and self._has_library(catalogue):
            return None, catalogue.state()
        return catalogue.changed_folders(), catalogue.state()

    def _take_changes(self, told: tuple[list[Path] | None, object]) -> None:
        self._is_watching = False
        folders, state = told
        if self._say_silent():
            self.found.emit()
        if state != self._state:
            self._state = state
            self.changed_elsewhere.emit()
        if folders is None:  # another program of ours saved the first picture
            self._awaits_library = False
            self.add(self._library)
        elif folders:
            self.look(folders, is_recursive=False)

    def _watch_failed(self, error: Exception) -> None:
        self._is_watching = False
        log.info("folders could not be watched: %s", error)

    def _say_failed(self, error: Exception) -> None:
        if not isinstance(error, EngineError):
            log.error("folders could not be looked at", exc_info=error)
        self._messages.error(say(error))


def _places_of(names: Sequence[str]) -> dict[Path, bool]:
    """Folders of the files and folders `names`, none within another, and whether each was meant with all
    below. For the thread: the disk is asked about each."""
    paths = [Path(name) for name in names]
    whole = {path for path in paths if path.is_dir()}
    parts = {path.parent for path in paths if path not in whole}
    places = dict.fromkeys(parts, False) | dict.fromkeys(whole, True)
    return {
        folder: is_whole
        for folder, is_whole in places.items()
        if not any(parent in whole for parent in folder.parents)
    }
