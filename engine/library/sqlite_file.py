"""SQLite files of ours: connected to, looked through, and set aside when they are damaged.

Rollback journals, not WAL: Pythons of today bring SQLite versions that can corrupt a WAL database
(https://sqlite.org/wal.html#walresetbug), and WAL does not work on network shares.
"""

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Iterable, Set
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from engine.api.errors import CannotSave

DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
PATIENCE_S = 5.0
"""How long another program may hold the file before we only read it."""
TAILS = ("-journal", "-wal", "-shm")
"""Ends of the names of what SQLite keeps beside a database."""


def connect(path: Path, mode: str, pragmas: Iterable[str] = ()) -> sqlite3.Connection:
    """To the file that is there, `mode` being "ro" or "rw".

    Autocommit, so that BEGIN is ours to say; for whichever one thread is in turn.
    """
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode={mode}",
        uri=True,
        timeout=PATIENCE_S,
        isolation_level=None,
        check_same_thread=False,
    )
    for pragma in ("trusted_schema=OFF", "cell_size_check=ON", *pragmas):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def new_file(scripts: Iterable[str], version: int) -> bytes:
    """A whole new database as bytes: saved at once, so that a kill never leaves half a schema."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for script in scripts:
            connection.executescript(script)
        connection.execute(f"PRAGMA user_version={version}")
        return connection.serialize()


def verdict_on(connection: sqlite3.Connection, tables: Set[str], is_thorough: bool = True) -> str:
    """What is wrong with an open file that should hold `tables`; empty when nothing is."""
    if is_thorough:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            return str(verdict)
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchall()
    missing = tables - {name for (name,) in rows}
    return f"its tables {', '.join(sorted(missing))} are missing" if missing else ""


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether `error` means that the file is no sound database any more; a busy one is not damaged."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGE


def set_aside(path: Path, damage: str, what: str, advice: str) -> Path:
    """A damaged database, with what SQLite keeps beside it, under another name, which is returned.

    Raises `CannotSave` where that cannot be, naming it as `what` and ending with `advice`.
    """
    aside = free_name(path, "damaged")
    try:
        for tail in ("", *TAILS):
            part = path.with_name(path.name + tail)
            if part.exists():
                part.rename(aside.with_name(aside.name + tail))
    except OSError as error:
        cause = f"is damaged ({damage}) and could not be set aside ({error.strerror})"
        raise CannotSave(f"The {what} {path} {cause}. {advice}", path=str(path)) from error
    return aside


def free_name(path: Path, why: str) -> Path:
    """Beside `path`, with the reason and the day in its name."""
    date = datetime.datetime.now().strftime("%Y-%m-%d")
    names = [f"{path.name}.{why}-{date}" + (f"-{number}" if number else "") for number in range(1000)]
    return next(free for name in names if not (free := path.with_name(name)).exists())


def version_of(path: Path, what: str) -> int:
    """Its `user_version`. Raises `CannotSave`, naming `path` as `what`, where it cannot be opened."""
    try:
        with closing(connect(path, "ro")) as connection:
            return connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.OperationalError as error:
        raise CannotSave(
            f"The {what} {path} cannot be opened ({error}). Close the other program that holds it.",
            path=str(path),
        ) from error
