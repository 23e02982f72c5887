"""What no picture holds: the library's folders, saved searches, boards in their order, and owed marks.

Owed are marks that are not in their file yet, because it is still to be written, or cannot be: a read-only
folder's pictures are rated all the same, and rebuilding the index loses nothing.
"""

from __future__ import annotations

import datetime
import json
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.api.errors import CannotSave
from engine.api.events import Notice
from engine.library.foreign_json import compact_json
from engine.library.index.schema import KEPT
from engine.library.journal_file import open_file
from engine.library.marks import Marks

SEARCH_BITS = 62


@dataclass(frozen=True)
class SavedSearch:
    id: int
    title: str
    query: str
    position: int = 0
    """Among the others."""


@dataclass(frozen=True)
class Owed:
    """Marks that their file does not have yet."""

    path: Path
    marks: Marks
    cause: str = ""
    """Why they could not be written the last time; empty where it was not tried."""


class Kept:
    """Any thread may call. Every change is on the disk when its method returns, or raises `CannotSave`."""

    def __init__(self, path: Path) -> None:
        opened = open_file(path, KEPT)
        self.notes: list[Notice] = opened.notes
        self.is_read_only = opened.is_read_only
        self._path = path
        self._connection = opened.connection
        self._lock = threading.RLock()

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    # folders

    def folders(self) -> list[Path]:
        return [
            Path(os.fsdecode(path)) for (path,) in self._rows("SELECT path FROM folders ORDER BY added, path")
        ]

    def add_folder(self, folder: Path) -> None:
        self._change("INSERT OR IGNORE INTO folders VALUES (?, ?)", [(os.fsencode(folder), _now())])

    def remove_folder(self, folder: Path) -> None:
        self._change("DELETE FROM folders WHERE path = ?", [(os.fsencode(folder),)])

    # searches

    def searches(self) -> list[SavedSearch]:
        return [
            SavedSearch(*row)
            for row in self._rows("SELECT id, title, query, position FROM searches ORDER BY position, id")
        ]

    def save_search(self, title: str, query: str) -> SavedSearch:
        id = secrets.randbits(SEARCH_BITS)  # never that of one which was removed and may come back
        with self._writing() as connection:
            (position,) = connection.execute(
                "INSERT INTO searches (id, title, query, position) VALUES (?, ?, ?,"
                " (SELECT coalesce(max(position), 0) + 1 FROM searches)) RETURNING position",
                (id, title, query),
            ).fetchone()
        return SavedSearch(id, title, query, position)

    def change_search(self, search: SavedSearch) -> None:
        """Its new title and query; brought back to its place where it was removed."""
        self._change(
            "INSERT INTO searches (id, title, query, position) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET title = excluded.title, query = excluded.query",
            [(search.id, search.title, search.query, search.position)],
        )

    def remove_search(self, id: int) -> None:
        self._change("DELETE FROM searches WHERE id = ?", [(id,)])

    # facts

    def fact(self, name: str) -> str:
        """Empty where there is none."""
        with self._lock:
            if self.is_read_only:
                return ""  # an older form of the file may lack the table
            found = self._connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return found[0] if found else ""

    def keep_fact(self, name: str, value: str) -> None:
        self._change("INSERT OR REPLACE INTO facts VALUES (?, ?)", [(name, value)])

    # boards

    def boards(self) -> list[str]:
        """Also those that no picture is on."""
        return [name for (name,) in self._rows("SELECT name FROM boards ORDER BY position, name")]

    def add_boards(self, names: Iterable[str]) -> None:
        self._change(
            "INSERT OR IGNORE INTO boards VALUES (?, (SELECT coalesce(max(position), 0) + 1 FROM boards))",
            [(name,) for name in names],
        )

    def board_position(self, name: str) -> int | None:
        """Where it stands among the others; None where it is not listed."""
        with self._lock:
            row = self._connection.execute("SELECT position FROM boards WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def replace_board(self, before: str, after: str, position: int | None = None) -> None:
        """`after` instead of `before`, at `position` (None: at the end); an empty name is none."""
        with self._writing() as connection:
            connection.execute("DELETE FROM boards WHERE name IN (?, ?)", (before, after))
            if after:
                connection.execute(
                    "INSERT INTO boards VALUES (?, coalesce(?,"
                    " (SELECT coalesce(max(position), 0) + 1 FROM boards)))",
                    (after, position),
                )

    # owed marks

    def owed(self) -> list[Owed]:
        rows = self._rows("SELECT path, marks, cause FROM owed ORDER BY since, path")
        return [Owed(Path(os.fsdecode(path)), marks_from(text), cause) for path, text, cause in rows]

    def owe(self, marks: Mapping[Path, Marks]) -> None:
        now = _now()
        rows = [(os.fsencode(path), compact_json(asdict(told)), now) for path, told in marks.items()]
        self._change("INSERT OR REPLACE INTO owed (path, marks, since) VALUES (?, ?, ?)", rows)

    def is_owed(self, owed: Owed) -> bool:
        """Still, and nothing newer to the same file."""
        row = (os.fsencode(owed.path), compact_json(asdict(owed.marks)))
        with self._lock:
            found = self._connection.execute("SELECT 1 FROM owed WHERE path = ? AND marks = ?", row)
            return found.fetchone() is not None

    def settle(self, owed: Owed) -> None:
        """They are in the file; unless others came to be owed meanwhile."""
        row = (os.fsencode(owed.path), compact_json(asdict(owed.marks)))
        self._change("DELETE FROM owed WHERE path = ? AND marks = ?", [row])

    def postpone(self, owed: Owed, cause: str) -> None:
        self._change("UPDATE owed SET cause = ? WHERE path = ?", [(cause, os.fsencode(owed.path))])

    def moved(self, paths: Mapping[Path, Path]) -> None:
        """Files lie elsewhere now: what is owed to them goes with them."""
        rows = [(os.fsencode(new), os.fsencode(old)) for old, new in paths.items()]
        self._change("UPDATE OR REPLACE owed SET path = ? WHERE path = ?", rows)

    def _rows(self, sql: str) -> list[tuple]:
        with self._lock:
            return self._connection.execute(sql).fetchall()

    def _change(self, sql: str, rows: Sequence[tuple]) -> None:
        if rows:
            with self._writing() as connection:
                connection.executemany(sql, rows)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            if self.is_read_only:
                raise CannotSave(
                    f"{self._path} is only read, so nothing was changed. "
                    "Check its permissions, or update Lienzo if a newer one wrote it.",
                    path=str(self._path),
                )
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield self._connection
                    self._connection.execute("COMMIT")
                except BaseException:
                    self._connection.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                raise CannotSave(
                    f"{self._path} could not be written ({error}). Free some space or close what holds it.",
                    path=str(self._path),
                ) from error


def marks_from(text: str) -> Marks:
    told = json.loads(text)
    lists = {name: tuple(told.get(name, ())) for name in ("tags", "boards")}
    return Marks(
        told["rating"], told["label"], told["favourite"], lists["tags"], lists["boards"], told["notes"]
    )


def _now() -> str:
    return datetime.datetime.now().astimezone().isoformat()
