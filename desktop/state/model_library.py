"""Every weight file in the artist's folders: scanned in a thread of its own, with progress."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from desktop.bridge.background import Background
from engine.api.model_file import ModelFile

log = logging.getLogger("app")
TELL_EVERY = 25
"""Files between two reports of how far a scan is."""
SHOW_S = 0.3
"""Between two times that what was found is shown."""


class Stopped(Exception):
    """Somebody else was chosen, or the window closes."""


class ModelLibrary(QObject):
    """What a scan found. Nothing is scanned before `scan` is asked for; what is known is not read again."""

    changed = Signal()
    """`files` are others: a scan is done."""
    grown = Signal(object)
    """A scan found these, which are the last of `files` now; it goes on."""
    _found = Signal(object, object)
    """Of the thread: which scan (its event), and what it found since the last time."""
    progressed = Signal(int, int)
    """Done and total; a total of 0 while folders are still walked through. From any thread."""
    scanning_changed = Signal()
    hashed = Signal(object, str)
    """Path and SHA-256 of what `hash_file` was asked for."""
    converted = Signal(object)
    """`ModelFile` that came out of a pickle."""
    failed = Signal(object)
    """`EngineError` of a conversion."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(
            self, threads=1
        )  # its own: a scan of a slow drive must not hold up others
        self._stop = threading.Event()
        self._stop_hash = threading.Event()
        self._hashing: Path | None = None
        self.files: tuple[ModelFile, ...] = ()
        self.is_scanning = False
        self.was_scanned = False
        self.was_stopped = False
        """The last scan was ended before all was looked at."""
        self.is_converting = False
        self._found.connect(self._grow)

    def scan(self, folders: Sequence[str | Path]) -> None:
        """Look through `folders`; a scan that runs is ended. `changed` follows when it is done."""
        self.cancel()
        self.was_stopped = False
        self._stop = stop = threading.Event()
        self._set_scanning(True)

        def take(found: list[ModelFile] | None) -> None:
            if stop is not self._stop:
                return  # a later one is under way
            if found is not None:
                self.files, self.was_scanned = tuple(found), True
                self.changed.emit()
            self._set_scanning(False)

        def fail(error: Exception) -> None:
            log.error("scan of models", exc_info=error)
            take(None)

        def tell(more: list[ModelFile]) -> None:
            self._found.emit(stop, more)

        paths = tuple(map(Path, folders))
        self._background.run(scanned, paths, stop.is_set, self.progressed.emit, tell, done=take, failed=fail)

    def cancel(self) -> None:
        """End the scan; what it has read is remembered, what was shown stays."""
        self._stop.set()
        if self.is_scanning:
            self._stop = threading.Event()  # its answer is nobody's
            self.was_stopped = True
            self._set_scanning(False)

    def hash_file(self, path: Path) -> None:
        """Ask for the SHA-256 of `path`; one that was asked for before is given up."""
        self._stop_hash.set()
        self._stop_hash, self._hashing = threading.Event(), path
        stop = self._stop_hash

        def take(digest: str) -> None:
            if digest and self._hashing == path:
                self.hashed.emit(path, digest)

        self._background.run(
            hash_of, path, stop.is_set, done=take, failed=lambda error: log.info("%s", error)
        )

    def convert(self, path: Path) -> None:
        """Make safetensors of a pickle, beside it. `converted` or `failed` follows."""
        if self.is_converting:
            return
        self._set_converting(True)
        stop = self._stop

        def take(made: ModelFile | None) -> None:
            self._set_converting(False)
            if made is not None:
                self.converted.emit(made)

        def fail(error: Exception) -> None:
            self._set_converting(False)
            self.failed.emit(error)

        self._background.run(converted, path, stop.is_set, done=take, failed=fail)

    def close(self) -> None:
        self._stop.set()
        self._stop_hash.set()
        self._background.close()

    def _grow(self, scan: threading.Event, found: list[ModelFile]) -> None:
        """What was known before stays in its place until the end."""
        here = {file.path for file in self.files}
        more = tuple(file for file in found if file.path not in here)
        if scan is self._stop and more:
            self.files += more
            self.grown.emit(more)

    def _set_scanning(self, value: bool) -> None:
        if self.is_scanning != value:
            self.is_scanning = value
            self.scanning_changed.emit()

    def _set_converting(self, value: bool) -> None:
        self.is_converting = value
        self.scanning_changed.emit()


def scanned(
    folders: Sequence[Path],
    is_stopped: Callable[[], bool],
    tell: Callable[[int, int], object],
    show: Callable[[list[ModelFile]], object],
) -> list[ModelFile] | None:
    """For the thread; None where it was ended."""
    from engine.library.folders import models_folder  # reads headers: the first paint need not wait for it
    from engine.models.scanning.scan import scan

    found: list[ModelFile] = []
    shown, shown_at = 0, time.monotonic()
    steps = scan([*folders, models_folder()])
    for step in steps:
        if is_stopped():
            steps.close()
            return None
        if step.file is not None:
            found.append(step.file)
        if step.done % TELL_EVERY == 0 or step.done == step.total:
            tell(step.done, step.total)
        if time.monotonic() - shown_at >= SHOW_S and len(found) > shown:
            show(found[shown:])
            shown, shown_at = len(found), time.monotonic()
    return found


def hash_of(path: Path, is_stopped: Callable[[], bool]) -> str:
    """For the thread; empty where it was given up or is a folder."""
    from engine.models.headers.files import read_header
    from engine.models.kept.hashes import file_sha256

    def look(_: int) -> None:
        if is_stopped():
            raise Stopped

    try:
        return "" if path.is_dir() else file_sha256(read_header(path), look)
    except Stopped:
        return ""


def converted(path: Path, is_stopped: Callable[[], bool]) -> ModelFile | None:
    from engine.models.pickles.convert import convert

    return convert(path, is_cancelled=is_stopped)
