"""What earlier scans found, in an SQLite table: a second scan reads no header that has not changed.

It is a cache. Lost, damaged or locked by another program, it only means that the headers are read again.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

from engine.api.errors import BadRequest
from engine.api.form import from_json, to_json
from engine.api.model_file import ModelFile
from engine.library.folders import cache_folder
from engine.models.recognition import loras, words
from engine.models.recognition.recognise import CONTROL_VARIANTS, TABLE, VARIANTS

Stamp = tuple[tuple[str, int, int, int], ...]

LAYOUT = 1
"""Of the table and of what `describe` says; another number forgets everything."""
WAIT_SECONDS = 2.0


@cache
def revision() -> str:
    """Changes when a mark of the tables does: then files are asked anew what they are."""
    tables = (TABLE, VARIANTS, CONTROL_VARIANTS, loras.LORAS, words.WORDS, LAYOUT)
    return hashlib.sha256(repr(tables).encode()).hexdigest()[:16]


class ScanMemory:
    """Path and stamp to what lay there. One thread at a time; other processes may use the same file."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or cache_folder() / "models.sqlite"
        self._connection = self._open()
        self._known = self._read_all()
        self._new: dict[str, tuple[str, str]] = {}

    def get(self, path: Path, stamp: Stamp) -> ModelFile | None:
        """What lay there when it was in the same state; None where that is not known."""
        known = self._known.get(str(path))
        if known is None or not stamp or known[0] != _key(stamp):
            return None
        try:
            return from_json(ModelFile, json.loads(known[1]))
        except (BadRequest, ValueError, RecursionError):
            return None

    def put(self, path: Path, stamp: Stamp, file: ModelFile) -> None:
        """Kept with the next `save`."""
        if stamp:
            entry = (_key(stamp), json.dumps(to_json(file)))
            self._known[str(path)] = self._new[str(path)] = entry

    def save(self) -> None:
        rows = [(path, stamp, form) for path, (stamp, form) in self._new.items()]
        self._new = {}
        self._run("insert or replace into files values (?, ?, ?)", rows)

    def forget(self, paths: Iterable[Path]) -> None:
        """What lies there no more."""
        gone = [(str(path),) for path in paths if self._known.pop(str(path), None) is not None]
        self._run("delete from files where path = ?", gone)

    def close(self) -> None:
        self.save()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection | None:
        for _ in range(2):
            try:
                connection = sqlite3.connect(
                    self._file, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False
                )
                connection.execute("pragma synchronous = off")
                connection.execute("create table if not exists about (revision text)")
                connection.execute(
                    "create table if not exists files (path text primary key, stamp text, form text)"
                )
                told = connection.execute("select revision from about").fetchone()
                if told != (revision(),):
                    connection.execute("delete from files")
                    connection.execute("delete from about")
                    connection.execute("insert into about values (?)", (revision(),))
                return connection
            except sqlite3.OperationalError:
                return None  # locked, or a folder that cannot be written to
            except sqlite3.DatabaseError:  # no SQLite file, or a damaged one: it is only a cache
                with suppress(OSError):
                    self._file.unlink()
        return None

    def _read_all(self) -> dict[str, tuple[str, str]]:
        if self._connection is None:
            return {}
        try:
            rows = self._connection.execute("select path, stamp, form from files").fetchall()
        except sqlite3.Error:
            return {}
        return {path: (stamp, form) for path, stamp, form in rows if isinstance(path, str)}

    def _run(self, statement: str, rows: list[tuple[str, ...]]) -> None:
        if self._connection is None or not rows:
            return
        try:
            self._connection.execute("begin immediate")
            self._connection.executemany(statement, rows)
            self._connection.execute("commit")
        except sqlite3.Error:
            with suppress(sqlite3.Error):
                self._connection.execute("rollback")


def _key(stamp: Stamp) -> str:
    return hashlib.blake2b(repr(stamp).encode(), digest_size=16).hexdigest()
