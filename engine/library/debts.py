"""Pictures that were made for a canvas and are not in it yet, as rows of the journal.

A picture is owed from the moment its row says that it is on the disk; whoever put it into its document, and
has that on the disk too, settles it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from engine.api.canvas_place import CanvasPlace
from engine.api.errors import BadRequest, UnreadableFile
from engine.api.task import queued_from_json
from engine.library.foreign_json import parse_foreign_json

MOST = 64
"""So many are kept for documents that nobody opens; the pictures themselves stay in the library."""


def owe(connection: sqlite3.Connection, job_id: str, path: bytes) -> None:
    """The picture at `path` belongs to a document, if its job was asked for on one."""
    row = connection.execute("SELECT request FROM jobs WHERE id = ?", (job_id,)).fetchone()
    if row is None:
        return
    try:
        place = CanvasPlace.of(queued_from_json(parse_foreign_json(row[0])))
    except (BadRequest, UnreadableFile, RecursionError):
        return
    if place is not None:
        connection.execute("INSERT OR REPLACE INTO owed VALUES (?, ?, ?)", (path, job_id, place.document))


def owed_to(connection: sqlite3.Connection, document: str) -> list[tuple[bytes, str]]:
    """(path, job id) of what belongs to the document, oldest first."""
    return connection.execute(
        "SELECT path, job_id FROM owed WHERE document = ? ORDER BY rowid", (document,)
    ).fetchall()


def owing_jobs(connection: sqlite3.Connection) -> set[str]:
    return {job_id for (job_id,) in connection.execute("SELECT DISTINCT job_id FROM owed")}


def settle(connection: sqlite3.Connection, paths: Iterable[bytes]) -> None:
    """Nothing is owed for these any more."""
    connection.executemany("DELETE FROM owed WHERE path = ?", [(path,) for path in paths])


def let_go_of_the_oldest(connection: sqlite3.Connection) -> None:
    """What is beyond `MOST`, or is no result any more."""
    connection.execute("DELETE FROM owed WHERE path NOT IN (SELECT path FROM results WHERE NOT is_removed)")
    connection.execute(
        "DELETE FROM owed WHERE rowid NOT IN (SELECT rowid FROM owed ORDER BY rowid DESC LIMIT ?)", (MOST,)
    )
