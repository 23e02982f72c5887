"""The index file as one reader and one writer for every thread, whoever replaces the file meanwhile."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.api.errors import CannotSave, UnreadableFile
from engine.library.index.schema import (
    IndexFile,
    damage_of,
    make_empty,
    open_index,
    set_aside,
    undo_what_was_killed,
)
from engine.library.index.store import Store
from engine.library.sqlite_file import is_damage

log = logging.getLogger("library")


class Connections:
    """Reading and writing wait for one another only while one of them is at the file: a few milliseconds.

    Within `writing` one may read, but not write within `reading`, nor read within it again.
    """

    def __init__(self, path: Path, sound: str = "") -> None:
        self.path = path
        self._file: IndexFile = open_index(path, sound)
        self.notes = self._file.notes
        self.is_new = self._file.is_new
        """Nothing is in it before a scan."""
        self.generation = 0
        """Rises when the file is made again: ids and numbers of before mean nothing then."""
        self._identity = _identity(path)
        self._is_closed = False
        self._reading = threading.RLock()
        self._writing = threading.RLock()

    @property
    def is_read_only(self) -> bool:
        return self._file.is_read_only

    def close(self) -> None:
        with self._writing, self._reading:
            self._is_closed = True
            self._close()

    def _check_open(self) -> None:
        """Who asks from another thread may come too late."""
        if self._is_closed:
            raise UnreadableFile(f"The index {self.path} is closed.", path=str(self.path), cause="closed")

    @contextmanager
    def writing(self) -> Iterator[Store]:
        """One transaction. Raises `CannotSave` where another program holds the index or the disk is full."""
        with self._writing:
            self._check_open()
            self._follow_replaced()
            try:
                with Store(self._file.writer) as store:
                    yield store
            except sqlite3.OperationalError as error:
                raise CannotSave(
                    f"The index {self.path} could not be written ({error}). "
                    "Close the other program that holds it, or free some space.",
                    path=str(self.path),
                ) from error
            except sqlite3.DatabaseError as error:
                raise self._said(error) from error

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Raises `UnreadableFile` where another program holds the index for long, or it is damaged."""
        self._check_open()
        self._follow_replaced()  # first: who reads never waits for who writes
        with self._reading:
            self._check_open()
            try:
                self._be_readable()
                yield self._file.reader
            except sqlite3.OperationalError as error:
                raise UnreadableFile(
                    f"The index {self.path} could not be read ({error}). "
                    "Close the other program that holds it.",
                    path=str(self.path),
                ) from error
            except sqlite3.DatabaseError as error:
                raise self._said(error) from error

    def _be_readable(self) -> None:
        """Another program may have been killed in the middle of a change since."""
        try:
            self._file.reader.execute("SELECT stamp FROM counter").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_READONLY_ROLLBACK:
                raise
            undo_what_was_killed(self.path)

    def start_again(self) -> None:
        """Empty. A damaged file is kept aside. Raises `CannotSave` where the index is only read."""
        if self.is_read_only:
            raise CannotSave(
                f"The index {self.path} is only read; it is not made again.", path=str(self.path)
            )
        with self._writing, self._reading:
            if self.path.exists() and (damage := damage_of(self.path)):
                self._close()
                self.notes.append(set_aside(self.path, damage))
            else:
                self._file.writer.execute("BEGIN EXCLUSIVE")  # nobody is in the middle of a change
            make_empty(self.path)
            self._close()
            self._open()

    def _follow_replaced(self) -> None:
        """Another program made the index again: go on with the new one."""
        if _identity(self.path) == self._identity:
            return
        with self._writing, self._reading:
            if _identity(self.path) != self._identity:
                log.info("the index was replaced; it is opened again")
                self._close()
                self._open()

    def _open(self) -> None:
        self._file = open_index(self.path)
        self._identity = _identity(self.path)
        self.is_new = self.is_new or self._file.is_new
        self.generation += 1

    def _close(self) -> None:
        self._file.reader.close()
        self._file.writer.close()

    def _said(self, error: sqlite3.DatabaseError) -> Exception:
        if not is_damage(error):
            return error
        return UnreadableFile(
            f"The index {self.path} is damaged ({error}). Rebuild it; the pictures hold all that is in it.",
            path=str(self.path),
        )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino
