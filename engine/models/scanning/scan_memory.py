"""What was found in files before, in an SQLite table: a second look reads no header that has not changed.

It is a cache. Lost, damaged or locked by another program, it only means that headers are read again.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import suppress
from functools import cache
from pathlib import Path

import engine.api
import engine.families
import engine.models
from engine.api.form import Json
from engine.library.folders import cache_folder

Stamp = tuple[tuple[str, int, int, int], ...]
"""Every file of an entry with its bytes, time and inode."""
WAIT_SECONDS = 2.0


@cache
def revision() -> str:
    """Changes when the code does that looks at files: what an older one said is forgotten."""
    rooms = [Path(path) for room in (engine.api, engine.models, engine.families) for path in room.__path__]
    files = sorted(file for room in rooms for file in room.rglob("*.py"))
    states = [(file.name, (found := file.stat()).st_size, found.st_mtime_ns) for file in files]
    return hashlib.sha256(repr(states).encode()).hexdigest()[:16]


class ScanMemory:
    """(topic, path, stamp) to what was found. Other processes may use the same file at the same time."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or cache_folder() / "models.sqlite"
        self._connection = self._open()
        self._new: dict[tuple[str, str], tuple[str, str]] = {}

    def get(self, topic: str, path: Path, stamp: Stamp) -> Json:
        """What was found there when it was in the same state; None where that is not known."""
        kept = self._new.get((topic, str(path))) or self._select(topic, path)
        if kept is None or not stamp or kept[0] != _key(stamp):
            return None
        try:
            return json.loads(kept[1])
        except (ValueError, RecursionError):
            return None

    def put(self, topic: str, path: Path, stamp: Stamp, found: Json) -> None:
        """Kept with the next `save`."""
        if stamp:
            self._new[topic, str(path)] = (_key(stamp), json.dumps(found))

    def save(self) -> None:
        rows = [(*key, *entry) for key, entry in self._new.items()]
        if self._connection is None or not rows:
            return
        try:
            self._connection.execute("begin immediate")
            self._connection.executemany("insert or replace into found values (?, ?, ?, ?)", rows)
            self._connection.execute("commit")
            self._new = {}
        except (sqlite3.Error, UnicodeEncodeError):
            with suppress(sqlite3.Error):
                self._connection.execute("rollback")

    def close(self) -> None:
        self.save()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _select(self, topic: str, path: Path) -> tuple[str, str] | None:
        if self._connection is None:
            return None
        try:
            query = "select stamp, form from found where topic = ? and path = ?"
            return self._connection.execute(query, (topic, str(path))).fetchone()
        except (sqlite3.Error, UnicodeEncodeError):  # a name that is no Unicode cannot be kept
            return None

    def _open(self) -> sqlite3.Connection | None:
        for _ in range(2):
            try:
                return self._connected()
            except sqlite3.OperationalError:
                return None  # locked, or a folder that cannot be written to
            except sqlite3.DatabaseError:  # no SQLite file, or a damaged one: it is only a cache
                with suppress(OSError):
                    self._file.unlink()
        return None

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._file, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("pragma synchronous = off")
            connection.execute("create table if not exists about (revision text)")
            connection.execute(
                "create table if not exists found"
                " (topic text, path text, stamp text, form text, primary key (topic, path)) without rowid"
            )
            told = connection.execute("select revision from about").fetchone()
            if told != (revision(),):
                connection.execute("delete from found")
                connection.execute("delete from about")
                connection.execute("insert into about values (?)", (revision(),))
        except sqlite3.Error:
            connection.close()
            raise
        return connection


def _key(stamp: Stamp) -> str:
    return hashlib.blake2b(repr(stamp).encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
