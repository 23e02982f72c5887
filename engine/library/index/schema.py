"""The two files behind the gallery: `index.sqlite`, a cache, and `library.sqlite`, which is none.

The index holds nothing that the pictures do not hold, so it is written without waiting for the disk: a kill
leaves it whole, a power cut may damage it, and damage is found at the next start and the index made again.
What no picture holds (folders, saved searches, empty boards, and what is not written into a file yet) is in
the library's file, which is safe from both.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from engine.api.errors import CannotSave
from engine.api.events import Notice
from engine.library import sqlite_file
from engine.library.journal_file import Schema
from engine.library.save import save_bytes
from engine.library.sqlite_file import TAILS, is_damage, verdict_on

FORMAT = 6
"""Of the index. An older one is made again; a newer one is only read."""
TABLES = """
CREATE TABLE directories (
    id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, mtime_ns INTEGER NOT NULL DEFAULT 0);
CREATE TABLE names (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
INSERT INTO names VALUES (0, '');
CREATE TABLE pictures (
    id INTEGER PRIMARY KEY, directory INTEGER NOT NULL REFERENCES directories(id), name BLOB NOT NULL,
    bytes INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, inode INTEGER NOT NULL, mark INTEGER NOT NULL,
    presence INTEGER NOT NULL, stamp INTEGER NOT NULL,
    format TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, date REAL NOT NULL,
    kind INTEGER NOT NULL, program INTEGER NOT NULL, model INTEGER NOT NULL, family INTEGER NOT NULL,
    sampler INTEGER NOT NULL, seed INTEGER, steps INTEGER, guidance REAL, strength REAL,
    stack INTEGER NOT NULL,
    rating INTEGER NOT NULL, label INTEGER NOT NULL, favourite INTEGER NOT NULL,
    noted INTEGER NOT NULL, skipped TEXT NOT NULL,
    UNIQUE (directory, name));
CREATE INDEX pictures_by_stamp ON pictures(stamp);
CREATE INDEX missing_by_mark ON pictures(mark) WHERE presence = 1;
CREATE TABLE words (
    id INTEGER PRIMARY KEY, prompt TEXT NOT NULL, negative TEXT NOT NULL, name TEXT NOT NULL,
    model TEXT NOT NULL, lora TEXT NOT NULL, tag TEXT NOT NULL, notes TEXT NOT NULL);
CREATE TABLE loras (
    picture INTEGER NOT NULL, name INTEGER NOT NULL, PRIMARY KEY (picture, name)) WITHOUT ROWID;
CREATE TABLE tags (
    picture INTEGER NOT NULL, name INTEGER NOT NULL, PRIMARY KEY (picture, name)) WITHOUT ROWID;
CREATE TABLE boards (
    picture INTEGER NOT NULL, name INTEGER NOT NULL, PRIMARY KEY (picture, name)) WITHOUT ROWID;
CREATE TABLE refused (
    directory INTEGER NOT NULL, name BLOB NOT NULL, bytes INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL, cause TEXT NOT NULL, PRIMARY KEY (directory, name)) WITHOUT ROWID;
CREATE TABLE looks (
    picture INTEGER PRIMARY KEY, mtime_ns INTEGER NOT NULL, bytes INTEGER NOT NULL, hash INTEGER NOT NULL,
    numbers BLOB);
CREATE TABLE sights (
    picture INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, bytes INTEGER NOT NULL, model INTEGER NOT NULL,
    numbers BLOB, PRIMARY KEY (model, picture));
CREATE TABLE meanings (picture INTEGER PRIMARY KEY, numbers BLOB NOT NULL);
CREATE TABLE counter (stamp INTEGER NOT NULL, name BLOB NOT NULL);
INSERT INTO counter VALUES (0, randomblob(16));
CREATE VIRTUAL TABLE found USING fts5(
    prompt, negative, name, model, lora, tag, notes,
    content='', columnsize=0, prefix='2 3', tokenize='unicode61 remove_diacritics 2');
"""
NEEDED = {
    "looks",
    "directories",
    "names",
    "pictures",
    "words",
    "loras",
    "tags",
    "boards",
    "refused",
    "counter",
    "found",
}
WORDS = ("prompt", "negative", "name", "model", "lora", "tag", "notes")
"""Columns of `words` and `found`, in their order."""
KEPT = Schema(
    (
        """
        CREATE TABLE folders (path BLOB PRIMARY KEY, added TEXT NOT NULL);
        CREATE TABLE searches (id INTEGER PRIMARY KEY, title TEXT NOT NULL, query TEXT NOT NULL,
            position INTEGER NOT NULL);
        CREATE TABLE boards (name TEXT PRIMARY KEY, position INTEGER NOT NULL);
        CREATE TABLE owed (path BLOB PRIMARY KEY, marks TEXT NOT NULL, since TEXT NOT NULL,
            cause TEXT NOT NULL DEFAULT '');
        """,
        "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);",
    ),
    {"folders", "searches", "boards", "owed"},
)
"""Of the library's file."""


@dataclass
class IndexFile:
    """One writer's and one reader's connection to the index."""

    path: Path
    writer: sqlite3.Connection
    reader: sqlite3.Connection
    is_read_only: bool = False
    is_new: bool = False
    """Just made, empty: everything is to be looked at."""
    notes: list[Notice] = field(default_factory=list)


def open_index(path: Path, sound: str = "") -> IndexFile:
    """The index at `path`, made where there is none, set aside and made again where it is damaged.

    A newer version's, or one that may not be written, is only read. A file that is still as it was when it
    was left `sound` (by `state_of`) is not looked through: of a hundred thousand pictures that takes 0.3 s.
    Raises `CannotSave` where neither works.
    """
    notes: list[Notice] = []
    is_new = not path.exists()
    if not is_new:
        undo_what_was_killed(path)
    if not is_new and (damage := damage_of(path, is_thorough=not sound or state_of(path) != sound)):
        notes.append(set_aside(path, damage))
        is_new = True
    version = FORMAT if is_new else sqlite_file.version_of(path, "index")
    is_new = is_new or version < FORMAT
    if is_new:
        make_empty(path)
    if version > FORMAT:
        detail = f"The index {path} was written by a newer Lienzo. It is read but not changed; update Lienzo."
        notes.append(Notice("index_newer", detail, {"name": path.name}))
    elif cause := _cannot_be_written(path):
        detail = (
            f"The index {path} cannot be written ({cause}). What it knows is shown, and nothing new is added."
        )
        notes.append(Notice("index_read_only", detail, {"name": path.name}))
    else:
        return IndexFile(path, connect(path, "rw"), connect(path, "ro"), False, is_new, notes)
    return IndexFile(path, connect(path, "ro"), connect(path, "ro"), True, False, notes)


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """To the index that is there, "ro" or "rw"; for whichever thread holds the lock."""
    only_read = ("query_only=ON",) if mode == "ro" else ()
    return sqlite_file.connect(path, mode, ("synchronous=OFF", "cache_size=-32000", *only_read))


def undo_what_was_killed(path: Path) -> None:
    """Roll back what a program began and was killed in, for a connection that only reads may not. Raises
    nothing: what cannot be undone is met by whoever reads."""
    with suppress(sqlite3.Error), closing(connect(path, "rw")) as connection:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()


def damage_of(path: Path, is_thorough: bool = True) -> str:
    """What is wrong with the index file; empty when nothing is. A file that is busy is not damaged."""
    try:
        if not path.exists():
            return "it is missing"
        if path.stat().st_size == 0:
            return "it is empty"
        with closing(connect(path, "ro")) as connection:
            return verdict_on(connection, NEEDED, is_thorough)
    except sqlite3.DatabaseError as error:
        return str(error) if is_damage(error) else ""
    except OSError as error:
        raise CannotSave(
            f"The index {path} cannot be read ({error.strerror}). Check its permissions."
        ) from error


def state_of(path: Path) -> str:
    """Changes with every write to the file."""
    facts = path.stat()
    return f"{facts.st_ino} {facts.st_size} {facts.st_mtime_ns}"


def set_aside(path: Path, damage: str) -> Notice:
    """Keep the damaged index under another name, for whoever wants to know; returns what to say."""
    advice = "Delete it by hand and start again; it is made again from the pictures."
    aside = sqlite_file.set_aside(path, damage, "index", advice)
    detail = f"The index {path} was damaged ({damage}). It is made again from the pictures; nothing is lost."
    return Notice("index_damaged", detail, {"name": aside.name})


def make_empty(path: Path) -> None:
    """A new index in the place of any old one, at once: a kill leaves the one or the other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for tail in TAILS:
        path.with_name(path.name + tail).unlink(missing_ok=True)
    save_bytes(path, sqlite_file.new_file((TABLES,), FORMAT))


def _cannot_be_written(path: Path) -> str:
    """Why not; empty where it can."""
    try:
        with closing(connect(path, "rw")) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(f"PRAGMA user_version={FORMAT}")
            connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        return str(error)
    return ""
