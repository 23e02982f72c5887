"""A journal's SQLite file: opened, checked, brought up to date, or set aside when it is damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from engine.api.events import Notice
from engine.library import sqlite_file
from engine.library.save import save_bytes
from engine.library.sqlite_file import free_name, is_damage, verdict_on

MIGRATIONS = (
    """
    CREATE TABLE jobs (
        id TEXT PRIMARY KEY, position INTEGER NOT NULL, state TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0, request TEXT NOT NULL, error TEXT,
        created TEXT NOT NULL, started TEXT, finished TEXT);
    CREATE TABLE results (
        number INTEGER PRIMARY KEY AUTOINCREMENT, job_id TEXT NOT NULL, path BLOB NOT NULL UNIQUE,
        pixels_sha256 TEXT NOT NULL DEFAULT '', created TEXT NOT NULL);
    CREATE INDEX results_of_job ON results(job_id);
    CREATE TABLE inputs (sha256 TEXT PRIMARY KEY, png BLOB NOT NULL);
    CREATE TABLE job_inputs (
        job_id TEXT NOT NULL REFERENCES jobs(id) ON DELETE CASCADE, sha256 TEXT NOT NULL,
        PRIMARY KEY (job_id, sha256));
    """,
    """
    CREATE TABLE kept_results (
        number INTEGER PRIMARY KEY AUTOINCREMENT, job_id TEXT NOT NULL, path BLOB NOT NULL,
        pixels_sha256 TEXT NOT NULL DEFAULT '', created TEXT NOT NULL,
        is_removed INTEGER NOT NULL DEFAULT 0);
    INSERT INTO kept_results (number, job_id, path, pixels_sha256, created)
        SELECT number, job_id, path, pixels_sha256, created FROM results;
    DROP TABLE results;
    ALTER TABLE kept_results RENAME TO results;
    CREATE INDEX results_of_job ON results(job_id);
    CREATE UNIQUE INDEX results_at_path ON results(path) WHERE NOT is_removed;
    """,
    "CREATE TABLE owed (path BLOB PRIMARY KEY, job_id TEXT NOT NULL, document TEXT NOT NULL);",
)
"""One script a version; a file's `user_version` says how many it has seen. Only ever add to the end."""
TABLES = {"jobs", "results", "inputs", "job_inputs"}


class Schema(NamedTuple):
    """What a file of one kind holds."""

    migrations: Sequence[str]
    tables: set[str]
    """Without one of them the file is damaged."""


class Opened:
    """A connection and what the artist should know about it."""

    def __init__(
        self, connection: sqlite3.Connection, notes: list[Notice], is_read_only: bool = False
    ) -> None:
        self.connection = connection
        self.notes = notes
        self.is_read_only = is_read_only


def open_file(path: Path, schema: Schema | None = None) -> Opened:
    """The journal at `path` (the queue's, without another `schema`), made where there is none. Raises
    `CannotSave` where neither can be."""
    schema = schema or Schema(MIGRATIONS, TABLES)
    newest = len(schema.migrations)
    notes: list[Notice] = []
    if path.exists() and (damage := _damage_of(path, schema)):
        notes.append(_set_aside(path, damage))
    if not path.exists():
        save_bytes(path, sqlite_file.new_file(schema.migrations, newest))
    version = sqlite_file.version_of(path, "journal")
    if version > newest:
        detail = (
            f"The journal {path} was written by a newer Lienzo (format {version}, not {newest}). "
            "It is shown but not changed; update Lienzo to go on with it."
        )
        notes.append(Notice("journal_newer", detail, {"name": path.name}))
        return Opened(_connect(path, "ro"), notes, is_read_only=True)
    return _open_for_writing(path, schema, version, notes)


def _open_for_writing(path: Path, schema: Schema, version: int, notes: list[Notice]) -> Opened:
    connection = _connect(path, "rw")
    try:
        _migrate(path, schema, connection, version, notes)
        connection.execute("BEGIN IMMEDIATE")  # whether we may write is seen now, not at the first picture
        connection.execute(f"PRAGMA user_version={len(schema.migrations)}")
        connection.execute("COMMIT")
        return Opened(connection, notes)
    except sqlite3.OperationalError as error:
        connection.close()
        detail = f"The journal {path} cannot be written ({error}). The queue is shown but not kept."
        notes.append(Notice("journal_read_only", detail, {"name": path.name}))
        return Opened(_open_for_reading(path, schema, version), notes, is_read_only=True)


def _open_for_reading(path: Path, schema: Schema, version: int) -> sqlite3.Connection:
    """The file itself, or, where it is an older one, a copy in memory in the form of today."""
    file = _connect(path, "ro")
    if version == len(schema.migrations):
        return file
    copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    with closing(file):
        file.backup(copy)
    try:
        for script in schema.migrations[version:]:
            copy.executescript(script)
    except sqlite3.Error:  # then as far as its old form can be read
        copy.close()
        return _connect(path, "ro")
    copy.execute("PRAGMA query_only=ON")
    return copy


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    # EXTRA is FULL, and the folder is synced after the rollback journal is gone
    return sqlite_file.connect(path, mode, ("synchronous=EXTRA", "foreign_keys=ON"))


def _damage_of(path: Path, schema: Schema) -> str:
    """What is wrong with the file; empty when nothing is. A file that is busy is not damaged."""
    if path.stat().st_size == 0:
        return "it is empty"
    try:
        with closing(_connect(path, "rw")) as connection:
            return verdict_on(connection, schema.tables)
    except sqlite3.DatabaseError as error:
        return str(error) if is_damage(error) else ""


def _set_aside(path: Path, damage: str) -> Notice:
    """Keep the damaged file (and its rollback journal) under another name; returns what to say."""
    aside = sqlite_file.set_aside(path, damage, "journal", "Move it away by hand and start again.")
    detail = f"The journal {path} was damaged ({damage}). It is kept as {aside.name}; a new one was begun."
    return Notice("journal_damaged", detail, {"name": aside.name})


def _migrate(
    path: Path, schema: Schema, connection: sqlite3.Connection, version: int, notes: list[Notice]
) -> None:
    """Each script in one transaction, after a copy of the file as it was: a kill leaves old or new."""
    if version == len(schema.migrations):
        return
    backup = free_name(path, f"format-{version}")
    connection.execute("VACUUM INTO ?", (str(backup),))
    detail = f"The journal was brought up to date; {backup.name} is how it was."
    notes.append(Notice("journal_updated", detail, {"name": backup.name}))
    for number, script in enumerate(schema.migrations[version:], version + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version={number}; COMMIT;")
