"""Pictures renamed, moved, and taken to the trash, on the disk and in the index; each in one step of undo."""

from __future__ import annotations

import collections
import contextlib
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from desktop.bridge.background import Background
from desktop.state.gallery.steps import Step, Steps
from desktop.state.messages import Level, Messages
from desktop.state.trash import Removed, Trash
from desktop.state.words import say
from engine.api.errors import CannotSave, EngineError, UnreadableFile

if TYPE_CHECKING:
    from engine.library.index.catalogue import Catalogue
    from engine.library.index.moves import Move

log = logging.getLogger("library")
TRASHED = "trashed-pictures"
"""The topic of the offer to undo."""
UNCHANGED = "files-unchanged"
"""The topic of what is said where files could not be moved, renamed or trashed."""


@dataclass(frozen=True)
class Trashed:
    """What lies aside until the window closes; then it goes to the system's trash."""

    ids: tuple[int, ...]
    files: tuple[Removed, ...]
    failed: tuple[str, ...] = ()


def put_aside(catalogue: Catalogue, trash: Trash, ids: Sequence[int]) -> Trashed:
    """For the thread. Raises `CannotSave` where not one could go."""
    gone, files, failed = [], [], []
    for record in catalogue.records(ids):
        try:
            files.append(catalogue.ask_disk(record.path, partial(trash.put, record.path)))
        except EngineError as error:
            failed.append(say(error))
            continue
        gone.append(record.id)
    if failed and not gone:
        raise CannotSave(failed[0])
    catalogue.forget(gone)
    return Trashed(tuple(gone), tuple(files), tuple(failed))


def take_back(catalogue: Catalogue, trash: Trash, trashed: Trashed) -> dict[Path, Path]:
    """For the thread: all of it to where it was, or beside what has its name now; which went where."""
    aside = [removed for removed in trashed.files if removed.aside is not None]
    paths = {
        removed.path: catalogue.ask_disk(removed.path, partial(trash.take_back, removed)) for removed in aside
    }
    catalogue.remember(trashed.ids)
    return paths


class FileWork(QObject):
    """The index follows at once; what else shows these files hears of it by the signals."""

    moved = Signal(object)
    """dict of paths before to paths after."""
    trashed = Signal(object)
    """Paths that are no more where they were."""
    brought_back = Signal(object)
    """dict of paths that were trashed to where their files are again."""
    changed = Signal(object)
    """Ids of pictures whose file lies elsewhere."""
    returned = Signal(object)
    """Ids of pictures that are back from the trash."""

    def __init__(
        self,
        writing: Background,
        steps: Steps,
        messages: Messages,
        trash: Trash,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._writing = writing
        self._steps = steps
        self._messages = messages
        self._trash = trash
        self._catalogue: Catalogue | None = None
        self._aside: dict[tuple[int, ...], Trashed] = {}

    def use(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._writing.run(self._finish_what_was_begun, catalogue, failed=self._say_failed)

    def _finish_what_was_begun(self, catalogue: Catalogue) -> None:
        """For the thread: what a killed app left aside in any folder goes to the system's trash."""
        for folder in catalogue.folders():
            thrown = catalogue.disks.each(os.fsencode(folder), self._trash.throwing_away_leftovers(folder))
            with contextlib.suppress(UnreadableFile):  # a disk that does not answer waits for the next start
                collections.deque(thrown, maxlen=0)

    def close(self) -> None:
        """What was put aside goes to the system's trash."""
        gone, self._aside = self._aside, {}
        catalogue = self._catalogue
        if catalogue is None:
            return
        for trashed in gone.values():
            for removed in trashed.files:
                throw_away = partial(self._trash.throw_away, removed)
                self._writing.run(catalogue.ask_disk, removed.path, throw_away, failed=self._say_failed)

    # rename and move

    def rename(self, id: int, name: str) -> None:
        self._run(
            lambda catalogue: catalogue.rename(id, name),
            lambda move: self._take_move(move, self.tr("Rename")),
        )

    def move(self, ids: Sequence[int], folder: Path) -> None:
        self._run(
            lambda catalogue: catalogue.move(ids, folder), lambda move: self._take_move(move, self.tr("Move"))
        )

    def _take_move(self, move: Move, text: str) -> None:
        self._tell_move(move)
        if not move.after:
            return
        holder = [move]

        def turn(back: bool) -> None:
            def take(done: Move) -> None:
                holder[0] = done.undone() if back else done
                self._tell_move(done)

            wanted = holder[0].undone() if back else holder[0]
            self._run(lambda catalogue: catalogue.apply_move(wanted), take)

        self._steps.add(Step(text, lambda: turn(True), lambda: turn(False)))

    def _tell_move(self, move: Move) -> None:
        for cause in move.failed[:1]:
            self._messages.error(cause, UNCHANGED)
        self.moved.emit({move.before[id]: move.after[id] for id in move.after})
        self.changed.emit(list(move.after))

    # the trash

    def trash(self, ids: Sequence[int]) -> None:
        """Aside at once, to the system's trash when the window closes; until then it is undone."""
        if ids:
            self._run(lambda catalogue: put_aside(catalogue, self._trash, ids), self._take_trashed)

    def _take_trashed(self, trashed: Trashed) -> None:
        holder = [trashed]

        def undo() -> None:
            self._forget_aside(holder[0])
            self._run(
                lambda catalogue: take_back(catalogue, self._trash, holder[0]), self._tell_back(holder[0])
            )

        def redo() -> None:
            def take(again: Trashed) -> None:
                holder[0] = again
                self._tell_trashed(again)

            self._run(lambda catalogue: put_aside(catalogue, self._trash, holder[0].ids), take)

        step = Step(self.tr("Move to the trash"), undo, redo)
        self._steps.add(step)
        self._tell_trashed(trashed)
        said = self.tr("%n picture(s) moved to the trash.", "", len(trashed.ids))

        def offered() -> None:
            if self._steps.last is step:
                self._steps.undo()

        self._messages.offer(Level.INFO, said, self.tr("Undo"), offered, TRASHED)

    def _tell_trashed(self, trashed: Trashed) -> None:
        self._aside[trashed.ids] = trashed
        for cause in trashed.failed[:1]:
            self._messages.error(cause, UNCHANGED)
        self.trashed.emit([removed.path for removed in trashed.files])
        self.changed.emit(list(trashed.ids))

    def _tell_back(self, trashed: Trashed) -> Callable[[dict[Path, Path]], None]:
        def tell(paths: dict[Path, Path]) -> None:
            self._messages.withdraw(TRASHED)
            self.brought_back.emit(paths)
            self.changed.emit(list(trashed.ids))
            self.returned.emit(list(trashed.ids))

        return tell

    def _forget_aside(self, trashed: Trashed) -> None:
        self._aside.pop(trashed.ids, None)

    def _run(self, work: Callable[[Catalogue], Any], done: Callable[[Any], None]) -> None:
        catalogue = self._catalogue
        if catalogue is None:
            return

        def took(found: Any) -> None:
            self._messages.withdraw(UNCHANGED)
            done(found)

        self._writing.run(lambda: work(catalogue), done=took, failed=self._say_failed)

    def _say_failed(self, error: Exception) -> None:
        if not isinstance(error, EngineError):
            log.error("files could not be changed", exc_info=error)
        self._messages.error(say(error), UNCHANGED)
