"""The finished pictures of the library, newest last: found again at start, removed undoably."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from desktop.bridge.background import Background
from desktop.state.messages import Level, Messages
from desktop.state.result import Result
from desktop.state.thumbnails import thumbnail_of
from desktop.state.trash import Removed, Trash
from desktop.state.words import say
from engine.api.errors import EngineError
from engine.api.recipe import Recipe

if TYPE_CHECKING:
    from engine.library.journal import Journal

log = logging.getLogger("library")

UNDO_SECONDS = 30
NOT_OURS = -1
"""Instead of an index: the picture is in a folder that is looked at, not among the results."""
REMOVED = "removed-picture"
"""The topic of the offer to undo."""
NOT_REMOVED = "not-removed-picture"
"""The topic of what is said where a picture stays, or stays away."""


def look_at(path: Path) -> tuple[Recipe | None, QImage]:
    """Recipe and thumbnail of a picture file. Raises `EngineError`. For the disk pool."""
    # Pillow and the metadata readers are loaded with the first picture, not with the window
    from engine.library.pictures import open_picture, read_metadata

    picture = open_picture(path)
    try:
        recipe = read_metadata(path).recipe
    except EngineError:
        recipe = None  # a picture that was edited elsewhere is shown all the same
    return recipe, thumbnail_of(picture.pixels)


class Pictures(QObject):
    """Results of this and earlier sessions."""

    added = Signal(object)
    """`Result`, at the end of `items`."""
    gone = Signal(object)
    """`Result` that went to the trash, from here or from the gallery."""
    removed = Signal(object)
    """`Result` that went from here: `undo_remove` brings it back."""
    restored = Signal(object, int)
    """`Result` brought back by undo, and its index in `items`; `NOT_OURS` where it was not one of them."""
    changed = Signal(object)
    """`Result`: its thumbnail was loaded, or its file is missing."""

    def __init__(self, background: Background, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.items: list[Result] = []
        self._background = background
        self._messages = messages
        self._journal: Journal | None = None
        self.trash = Trash()
        self._to_load: deque[Result] = deque()
        self._leaving: set[Result] = set()
        """On their way aside: asked twice they go once."""
        self._removed: list[tuple[Result, int, Removed]] = []
        self._elsewhere: dict[Path, tuple[Result, int]] = {}
        """Those that the gallery took to the trash, and where they were among `items`."""
        self._expiry = QTimer(self, singleShot=True, interval=UNDO_SECONDS * 1000)
        self._expiry.timeout.connect(self._empty)

    def use(self, journal: Journal, found: Iterable[tuple[Path, str]]) -> dict[Path, Result]:
        """Show what the journal knows (path and job id, oldest first); thumbnails follow."""
        self._journal = journal
        results = {path: Result(path, job_id=job_id) for path, job_id in found}
        for result in results.values():
            self.add(result)
        self._load(*reversed(results.values()))
        return results

    def add(self, result: Result) -> None:
        self.items.append(result)
        self.added.emit(result)

    def keep(self, result: Result) -> None:
        """A picture that no job of the queue made, e.g. a sheet: shown now and by the next session."""
        sha256 = result.recipe.pixels_sha256 if result.recipe is not None else ""
        self._commit(lambda journal: journal.add_result(result.job_id, result.path, sha256))
        self.add(result)

    def remove(self, result: Result) -> None:
        """To the system's trash, after a while in which `undo_remove` brings it back.

        Also a picture that is not among `items`: it was found elsewhere.
        """
        if result in self._leaving:
            return
        self._leaving.add(result)
        self._background.run(
            self.trash.put,
            result.path,
            done=lambda removed: self._take_removed(result, removed),
            failed=lambda error: self._take_kept(result, error),
        )

    def undo_remove(self) -> None:
        """Bring the picture that was removed last back to its place."""
        if not self._removed:
            return
        entry = result, index, removed = self._removed.pop()
        self._background.run(
            self.trash.take_back,
            removed,
            done=lambda path: self._take_back(result, index, path),
            failed=lambda error: self._take_still_aside(entry, error),
        )

    def close(self) -> None:
        """What was removed goes to the system's trash now."""
        self._expiry.stop()
        self._to_load.clear()
        self._empty()

    def take_out(self, paths: Iterable[Path]) -> None:
        """The gallery took these files to the trash: they are no results until they are brought back."""
        wanted = set(paths)
        for result in [result for result in self.items if result.path in wanted]:
            self._elsewhere[result.path] = result, self._leave_items(result)
            self.gone.emit(result)

    def put_back(self, paths: Mapping[Path, Path]) -> None:
        """The gallery's undo brought these files back: from where each was to where it is now."""
        for path in [path for path in reversed(self._elsewhere) if path in paths]:
            self._take_back(*self._elsewhere.pop(path), paths[path])  # the last first: each finds its place

    def follow(self, paths: Mapping[Path, Path]) -> None:
        """These files were moved, from the first path to the second."""
        for result in self.items:
            target = paths.get(result.path)
            if target is not None:
                before, result.path = result.path, target
                sha256 = result.recipe.pixels_sha256 if result.recipe is not None else ""
                self._commit(lambda journal, before=before: journal.remove_result(before))
                self._commit(
                    lambda journal, result=result, sha256=sha256: journal.add_result(
                        result.job_id, result.path, sha256
                    )
                )
                self.changed.emit(result)
                if result.is_missing:
                    self._load(result)

    def _load(self, *results: Result) -> None:
        """Look at the files one after the other, so that saving and closing never wait long."""
        is_loading = bool(self._to_load)
        self._to_load.extend(results)
        if not is_loading:
            self._load_next()

    def _load_next(self) -> None:
        if not self._to_load:
            return
        result = self._to_load[0]
        self._background.run(
            look_at,
            result.path,
            done=lambda seen: self._take_look(result, *seen),
            failed=lambda error: self._take_missing(result, error),
        )

    def _take_look(self, result: Result, recipe: Recipe | None, thumbnail: QImage) -> None:
        result.recipe, result.thumbnail, result.is_missing = recipe, thumbnail, False
        self._loaded(result)

    def _take_missing(self, result: Result, error: Exception) -> None:
        log.info("%s: %s", result.path, error)
        result.is_missing = True
        self._loaded(result)

    def _loaded(self, result: Result) -> None:
        self.changed.emit(result)
        if self._to_load:  # `close` empties it
            self._to_load.popleft()
            self._load_next()

    def _take_kept(self, result: Result, error: Exception) -> None:
        self._leaving.discard(result)
        self._say_failed(error)

    def _take_removed(self, result: Result, removed: Removed) -> None:
        self._leaving.discard(result)
        self._messages.withdraw(NOT_REMOVED)
        index = self._leave_items(result) if result in self.items else NOT_OURS
        self._removed.append((result, index, removed))
        self._expiry.start()
        self.gone.emit(result)
        self.removed.emit(result)
        self._offer_undo()

    def _leave_items(self, result: Result) -> int:
        """Returns where it was."""
        index = self.items.index(result)
        self._commit(lambda journal: journal.remove_result(result.path))
        del self.items[index]
        return index

    def _offer_undo(self) -> None:
        self._messages.offer(
            Level.INFO, self.tr("The picture was removed."), self.tr("Undo"), self.undo_remove, REMOVED
        )

    def _take_still_aside(self, entry: tuple[Result, int, Removed], error: Exception) -> None:
        """It can be asked again, e.g. when the disk is connected; else it goes to the trash in time."""
        self._say_failed(error)
        self._removed.append(entry)
        self._expiry.start()
        self._offer_undo()

    def _take_back(self, result: Result, index: int, path: Path) -> None:
        self._messages.withdraw(NOT_REMOVED)
        result.path = path
        if index != NOT_OURS:
            sha256 = result.recipe.pixels_sha256 if result.recipe is not None else ""
            self._commit(lambda journal: journal.add_result(result.job_id, path, sha256))
            index = min(index, len(self.items))
            self.items.insert(index, result)
        self.restored.emit(result, index)

    def _commit(self, change: Callable[[Journal], object]) -> None:
        if self._journal is None or self._journal.is_read_only:
            return
        try:
            change(self._journal)
        except EngineError as error:
            self._messages.error(say(error))

    def _empty(self) -> None:
        gone, self._removed = self._removed, []
        self._messages.withdraw(REMOVED)
        for _, _, removed in gone:
            self._background.run(self.trash.throw_away, removed, failed=self._say_failed)

    def _say_failed(self, error: Exception) -> None:
        if not isinstance(error, EngineError):
            log.error("a picture could not be removed", exc_info=error)
        self._messages.error(say(error), NOT_REMOVED)
