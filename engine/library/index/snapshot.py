"""The columns as they were last, in one file beside the index: the gallery need not read every row again.

A cache of a cache. It belongs to one index, whose own name is in it, and to one moment of it; what changed
since is read from the index. A file that is damaged, or another index's, is passed over.
"""

from __future__ import annotations

import io
import json
import sqlite3
import zlib
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from engine.api.errors import CannotSave
from engine.library.index.columns import FIELDS, MANY, Columns, Pairs
from engine.library.save import save_bytes

SUFFIX = ".columns"
MANY_CHANGES = 500
"""Rows; fewer are read from the index sooner than all are written again."""
DAMAGE = (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile, zlib.error)
"""What a file that rotted raises."""


def place_of(index: Path) -> Path:
    return index.with_suffix(SUFFIX)


def load(index: Path, connection: sqlite3.Connection) -> Columns | None:
    """As they were kept of this very index; None where they were not. About 10 ms for a hundred thousand."""
    try:
        with np.load(place_of(index), allow_pickle=False) as kept:
            if kept["index"].tobytes() != name_of(connection) or _stamp_of(connection) < int(kept["stamp"]):
                return None
            return _columns(kept)
    except DAMAGE:
        return None


def is_near(index: Path, connection: sqlite3.Connection) -> bool:
    """Whether what is kept lacks few rows, if any."""
    try:
        with np.load(place_of(index), allow_pickle=False) as kept:
            stamp = int(kept["stamp"]) if kept["index"].tobytes() == name_of(connection) else -1
    except DAMAGE:
        stamp = -1
    newer = "SELECT count(*) FROM (SELECT 1 FROM pictures WHERE stamp > ? LIMIT ?)"
    (changes,) = connection.execute(newer, (stamp, MANY_CHANGES)).fetchone()
    return changes < MANY_CHANGES and stamp <= _stamp_of(connection)


def keep(index: Path, name: bytes, columns: Columns) -> bool:
    """Keep `columns` of the index called `name`; False where the disk does not let us."""
    memory = io.BytesIO()
    arrays: dict[str, NDArray] = {f"field {name}": values for name, values in columns.fields.items()}
    for table, pairs in columns.pairs.items():
        arrays |= {f"pictures {table}": pairs.pictures, f"names {table}": pairs.names}
    paths = {number: path.hex() for number, path in columns.directories.items()}
    np.savez(
        memory,
        index=np.frombuffer(name, np.uint8),
        stamp=np.int64(columns.stamp),
        words=_packed([list(columns.names), list(paths.items())]),
        **arrays,  # type: ignore[arg-type]  # numpy's own switch has another name
    )
    try:
        save_bytes(place_of(index), memory.getbuffer())
    except (CannotSave, OSError):
        return False
    return True


def _columns(kept: np.lib.npyio.NpzFile) -> Columns:
    fields = {name: _checked(kept[f"field {name}"], dtype) for name, dtype in FIELDS.items()}
    if len({len(values) for values in fields.values()}) != 1:
        raise ValueError("fields of different lengths")
    pairs = {
        table: Pairs(
            _checked(kept[f"pictures {table}"], np.int64), _checked(kept[f"names {table}"], np.int32)
        )
        for table in MANY
    }
    names, directories = json.loads(kept["words"].tobytes())
    paths = {int(number): bytes.fromhex(path) for number, path in directories}
    return Columns(int(kept["stamp"]), fields, pairs, tuple(names), paths)


def _checked(values: NDArray, dtype: type[np.generic]) -> NDArray:
    if values.dtype != dtype or values.ndim != 1:
        raise ValueError("a field of another kind")
    values.setflags(write=False)
    return values


def _packed(form: object) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(form).encode(), np.uint8)


def name_of(connection: sqlite3.Connection) -> bytes:
    """What tells this index from any other that was ever at its place."""
    return connection.execute("SELECT name FROM counter").fetchone()[0]


def _stamp_of(connection: sqlite3.Connection) -> int:
    return connection.execute("SELECT stamp FROM counter").fetchone()[0]
