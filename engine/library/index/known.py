"""Files as the index knows them, to tell which of them changed."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import NamedTuple

from engine.library.index.record import Presence


class Known(NamedTuple):
    """What the index knows of a file, to tell whether it changed."""

    id: int
    """0 for one that was refused."""
    bytes: int
    mtime_ns: int
    inode: int
    presence: Presence


class Lost(NamedTuple):
    id: int
    path: Path
    """Where the file was last."""


def path_of(directory: bytes, name: bytes) -> Path:
    """Names on disk need not be UTF-8."""
    return Path(os.fsdecode(os.path.join(directory, name)))  # noqa: PTH118


def shown_name(name: bytes) -> str:
    """A file name as text; what is no UTF-8 becomes U+FFFD."""
    return name.decode("utf-8", "replace").replace("\0", "�")


def known_in(connection: sqlite3.Connection, directory: bytes) -> dict[bytes, Known]:
    """Files that the index knows in `directory` itself, by their names; refused ones too."""
    found = connection.execute("SELECT id FROM directories WHERE path = ?", (directory,)).fetchone()
    if found is None:
        return {}
    pictures = connection.execute(
        "SELECT name, id, bytes, mtime_ns, inode, presence FROM pictures WHERE directory = ?", found
    )
    known = {
        name: Known(id, size, mtime_ns, inode, Presence(presence))
        for name, id, size, mtime_ns, inode, presence in pictures
    }
    refused = connection.execute(
        "SELECT name, bytes, mtime_ns, inode FROM refused WHERE directory = ?", found
    )
    for name, size, mtime_ns, inode in refused:
        known.setdefault(name, Known(0, size, mtime_ns, inode, Presence.PRESENT))
    return known
