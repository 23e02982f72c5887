"""The file that keeps a document through a kill: tiles by number, where they lie, and the history.

SQLite with a rollback journal and `synchronous=EXTRA`, as the queue's: what is committed is there after a
kill and after a power cut, and half of a commit never is. Every tile has a checksum of its own, so that of a
damaged file what is whole is brought back.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from desktop.raster.tile import Kind, Tile
from engine.api.errors import CannotSave
from engine.api.events import Notice
from engine.library.journal_file import Schema, open_file

MIGRATIONS = (
    """
    PRAGMA page_size=16384;
    PRAGMA auto_vacuum=INCREMENTAL;
    CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), form TEXT NOT NULL);
    CREATE TABLE states (number INTEGER PRIMARY KEY, form TEXT NOT NULL);
    CREATE TABLE entries (
        number INTEGER PRIMARY KEY, title TEXT NOT NULL, merge TEXT NOT NULL,
        before INTEGER NOT NULL, after INTEGER NOT NULL);
    CREATE TABLE deltas (
        entry INTEGER NOT NULL, store INTEGER NOT NULL, x INTEGER NOT NULL, y INTEGER NOT NULL,
        before INTEGER NOT NULL, after INTEGER NOT NULL, PRIMARY KEY (entry, store, x, y)) WITHOUT ROWID;
    CREATE TABLE cells (
        store INTEGER NOT NULL, x INTEGER NOT NULL, y INTEGER NOT NULL, tile INTEGER NOT NULL,
        PRIMARY KEY (store, x, y)) WITHOUT ROWID;
    CREATE TABLE tiles (
        number INTEGER PRIMARY KEY, kind TEXT NOT NULL, crc INTEGER NOT NULL, packed BLOB NOT NULL);
    """,
)
"""One script a version; only ever add to the end."""
SCHEMA = Schema(MIGRATIONS, {"head", "states", "entries", "deltas", "cells", "tiles"})
UNFINISHED = 1 << 62
"""The number of the entry that was being painted when the journal was written."""
SPARE_PAGES = 256
"""Free pages (4 MB) are left for what comes next; more are given back to the disk."""


@dataclass(frozen=True)
class Written:
    """What changed since the last writing. A tile number of 0 is no tile."""

    head: str
    states: dict[int, str] = field(default_factory=dict)
    cells: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Store, column, row, tile."""
    entries: list[tuple[int, str, str, int, int]] = field(default_factory=list)
    deltas: list[tuple[int, int, int, int, int, int]] = field(default_factory=list)
    removed_entries: list[int] = field(default_factory=list)
    living_stores: frozenset[int] | None = None
    """Those that the document or its history still has, where some may have gone."""
    forgets: bool = False
    """Whether tiles may have become unused."""
    tiles: dict[int, Tile] = field(default_factory=dict)
    """Everything named above; what the file has already is not written again."""


class JournalFile:
    """One document's file. Any thread may call, one at a time."""

    def __init__(self, path: Path) -> None:
        """Raises `CannotSave` where no file can be made."""
        opened = open_file(path, SCHEMA)
        self.path = path
        self.notes: list[Notice] = opened.notes
        self.is_read_only = opened.is_read_only
        self._connection = opened.connection
        self._lock = threading.Lock()
        self._held = {number for (number,) in self._connection.execute("SELECT number FROM tiles")}

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def write(self, written: Written) -> None:
        """On the disk when it returns, or nothing of it. Raises `CannotSave`."""
        with self._lock:
            new = {number: tile for number, tile in written.tiles.items() if number not in self._held}
            rows = [(number, *_packed_row(tile)) for number, tile in new.items()]
            try:
                with _Transaction(self._connection):
                    self._connection.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", rows)
                    self._put(written)
                    gone = self._forget_unused(written)
            except sqlite3.Error as error:
                raise CannotSave(
                    f"The canvas could not be kept in {self.path} ({error}). Free some space on the disk; "
                    "what you paint is kept as soon as that works.",
                    path=str(self.path),
                ) from error
            self._held = (self._held | new.keys()) - gone

    def _put(self, written: Written) -> None:
        run = self._connection
        run.executemany("INSERT OR REPLACE INTO states VALUES (?, ?)", written.states.items())
        run.executemany(
            "INSERT OR REPLACE INTO cells VALUES (?, ?, ?, ?)", (c for c in written.cells if c[3])
        )
        run.executemany(
            "DELETE FROM cells WHERE store = ? AND x = ? AND y = ?",
            (c[:3] for c in written.cells if not c[3]),
        )
        removed = [(number,) for number in (*written.removed_entries, UNFINISHED)]
        run.executemany("DELETE FROM entries WHERE number = ?", removed)
        run.executemany("DELETE FROM deltas WHERE entry = ?", removed)
        run.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?)", written.entries)
        run.executemany("INSERT OR REPLACE INTO deltas VALUES (?, ?, ?, ?, ?, ?)", written.deltas)
        run.execute("INSERT OR REPLACE INTO head VALUES (1, ?)", (written.head,))

    def _forget_unused(self, written: Written) -> set[int]:
        """Let go of what nothing names any more; returns the tiles that went."""
        run = self._connection
        run.execute(
            "DELETE FROM states WHERE number != ?"
            " AND number NOT IN (SELECT before FROM entries UNION SELECT after FROM entries)",
            (json.loads(written.head)["state"],),
        )
        if written.living_stores is not None:
            stores = [number for (number,) in run.execute("SELECT DISTINCT store FROM cells")]
            dead = [(number,) for number in stores if number not in written.living_stores]
            run.executemany("DELETE FROM cells WHERE store = ?", dead)
        if not written.forgets:
            return set()
        gone = run.execute(
            "DELETE FROM tiles WHERE number NOT IN (SELECT tile FROM cells UNION SELECT before FROM deltas"
            " UNION SELECT after FROM deltas) RETURNING number"
        ).fetchall()
        (free,) = run.execute("PRAGMA freelist_count").fetchone()
        if free > SPARE_PAGES:
            run.execute(f"PRAGMA incremental_vacuum({free - SPARE_PAGES})").fetchall()
        return {number for (number,) in gone}

    def read(self) -> Kept | None:
        """What the file holds; None where nothing was written yet."""
        with self._lock:
            return _read(self._connection)


class _Transaction:
    """BEGIN to COMMIT; an exception rolls back."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._connection.execute("COMMIT")
        elif self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


@dataclass(frozen=True)
class Kept:
    """What was read back, as far as it was whole."""

    head: dict[str, Any]
    states: dict[int, dict[str, Any]]
    cells: dict[int, dict[tuple[int, int], int]]
    """Store to column and row to tile."""
    entries: list[tuple[int, str, str, int, int]]
    """The oldest first; the last may be `UNFINISHED`."""
    deltas: dict[int, list[tuple[int, int, int, int, int]]]
    """Entry to store, column, row, tile before, tile after."""
    tiles: dict[int, Tile]
    lost: int = 0
    """Things that were named and could not be read."""


def salvage(path: Path) -> Kept | None:
    """What can still be read of a damaged file; None where that is nothing. The file is not changed."""
    try:
        uri = f"file:{quote(str(path.absolute()))}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
            kept = _read(connection)
    except sqlite3.Error:
        return None
    return kept if kept is not None and kept.states else None


def _read(connection: sqlite3.Connection) -> Kept | None:
    lost = _Lost()
    heads = list(lost.rows(connection, "SELECT form FROM head"))
    states = {}
    for number, form in lost.rows(connection, "SELECT number, form FROM states ORDER BY number"):
        states[number] = lost.json(form)
    if not heads and not states:
        return None
    head = lost.json(heads[0][0]) if heads else {}
    cells: dict[int, dict[tuple[int, int], int]] = {}
    for store, x, y, tile in lost.rows(connection, "SELECT store, x, y, tile FROM cells"):
        cells.setdefault(store, {})[x, y] = tile
    entries = list(
        lost.rows(connection, "SELECT number, title, merge, before, after FROM entries ORDER BY number")
    )
    deltas: dict[int, list[tuple[int, int, int, int, int]]] = {}
    for entry, *delta in lost.rows(connection, "SELECT entry, store, x, y, before, after FROM deltas"):
        deltas.setdefault(entry, []).append((delta[0], delta[1], delta[2], delta[3], delta[4]))
    named = {tile for places in cells.values() for tile in places.values()}
    named |= {tile for rows in deltas.values() for row in rows for tile in row[3:]} - {0}
    tiles = dict(_tiles(connection, named, lost))
    return Kept(head, states, cells, entries, deltas, tiles, lost.count + len(named) - len(tiles))


def _tiles(connection: sqlite3.Connection, named: Iterable[int], lost: _Lost) -> Iterator[tuple[int, Tile]]:
    """The tiles that are there and whole."""
    for number in sorted(named):
        query = "SELECT kind, crc, packed FROM tiles WHERE number = ?"
        for kind, crc, packed in lost.rows(connection, query, (number,), counts=False):
            if zlib.crc32(packed) == crc and kind in Kind.__members__:
                tile = Tile(Kind[kind], packed=packed)
                tile.number = number
                yield number, tile


class _Lost:
    """Reads on where a page is damaged, and counts."""

    def __init__(self) -> None:
        self.count = 0

    def rows(
        self, connection: sqlite3.Connection, query: str, values: tuple = (), counts: bool = True
    ) -> Iterator[tuple]:
        """The rows up to the first that cannot be read."""
        try:
            yield from connection.execute(query, values)
        except sqlite3.DatabaseError:
            self.count += counts

    def json(self, form: str) -> dict[str, Any]:
        """Empty where it is none."""
        try:
            return json.loads(form)
        except ValueError:
            self.count += 1
            return {}


def _packed_row(tile: Tile) -> tuple[str, int, bytes]:
    packed = tile.squeezed()
    return tile.kind.name, zlib.crc32(packed), packed
