"""The catalogue's numbers in memory, a numpy array a field: what filters, facets and orders reckon with.

A hundred thousand pictures are ten megabytes. The arrays are never changed: a change makes new ones, so a
search that is under way in another thread goes on with what it has.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FIELDS: dict[str, type[np.generic]] = {
    "id": np.int64,
    "presence": np.int8,
    "directory": np.int32,
    "width": np.int32,
    "height": np.int32,
    "date": np.float64,
    "kind": np.int8,
    "program": np.int32,
    "model": np.int32,
    "family": np.int32,
    "sampler": np.int32,
    "seed": np.int64,
    "has_seed": np.bool_,
    "steps": np.int32,
    "guidance": np.float32,
    "strength": np.float32,
    "stack": np.int64,
    "rating": np.int8,
    "label": np.int32,
    "favourite": np.bool_,
    "noted": np.bool_,
    "bytes": np.int64,
}
"""NaN or -1 where a number was not told."""
SQL = {
    "seed": "coalesce(seed, 0)",
    "has_seed": "seed IS NOT NULL",
    "steps": "coalesce(steps, -1)",
    "guidance": "coalesce(guidance, -1)",
    "strength": "coalesce(strength, -1)",
}
SELECT = "SELECT " + ", ".join(SQL.get(name, name) for name in FIELDS) + " FROM pictures"
MANY = ("loras", "tags", "boards")
"""Fields of which a picture may have several."""
Numbers = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Pairs:
    """(picture, name) of one many-valued field, by rising picture id."""

    pictures: NDArray[np.int64]
    names: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Columns:
    """Every picture, forgotten ones too, by rising id; row n of each array is one picture."""

    stamp: int
    """Of the last change that is in it."""
    fields: Mapping[str, Numbers]
    pairs: Mapping[str, Pairs]
    names: tuple[str, ...]
    """What the codes of program, model, family, sampler, label, lora, tag and board mean; 0 is empty."""
    directories: Mapping[int, bytes]

    def __len__(self) -> int:
        return len(self.fields["id"])

    def __getitem__(self, field: str) -> Numbers:
        return self.fields[field]

    def rows_of(self, ids: NDArray[np.int64]) -> NDArray[np.intp]:
        """Where in the arrays `ids` are; those that are not there are left out."""
        own = self.fields["id"]
        if not len(own):
            return np.empty(0, np.intp)
        rows = np.searchsorted(own, ids)
        rows = np.minimum(rows, len(own) - 1)
        return rows[own[rows] == ids]


def load(connection: sqlite3.Connection) -> Columns:
    """All of it: about 0.3 s for a hundred thousand."""
    connection.execute("BEGIN")
    try:
        (stamp,) = connection.execute("SELECT stamp FROM counter").fetchone()
        fields = _arrays(connection.execute(SELECT + " ORDER BY id").fetchall())
        return Columns(stamp, fields, _pairs(connection), *_words(connection))
    finally:
        connection.execute("COMMIT")


def refreshed(columns: Columns, connection: sqlite3.Connection) -> Columns:
    """`columns` with what changed since; itself where nothing did."""
    connection.execute("BEGIN")
    try:
        (stamp,) = connection.execute("SELECT stamp FROM counter").fetchone()
        if stamp == columns.stamp:
            return columns
        changed = _arrays(
            connection.execute(SELECT + " WHERE stamp > ? ORDER BY id", (columns.stamp,)).fetchall()
        )
        fields = _merged(columns, changed)
        return Columns(stamp, fields, _pairs(connection), *_words(connection))
    finally:
        connection.execute("COMMIT")


def _arrays(rows: list[tuple]) -> dict[str, Numbers]:
    columns = zip(*rows, strict=True) if rows else ((),) * len(FIELDS)
    return {
        name: _read_only(np.array(values, dtype))
        for (name, dtype), values in zip(FIELDS.items(), columns, strict=True)
    }


def _merged(columns: Columns, changed: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """Known rows replaced where they stand, new ones behind them: ids only rise."""
    ids = changed["id"]
    is_new = ids > (columns["id"][-1] if len(columns) else 0)
    rows = np.searchsorted(columns["id"], ids[~is_new])
    merged = {}
    for name, old in columns.fields.items():
        whole = np.concatenate([old, changed[name][is_new]])
        whole[rows] = changed[name][~is_new]
        merged[name] = _read_only(whole)
    return merged


def _pairs(connection: sqlite3.Connection) -> dict[str, Pairs]:
    return {table: _pairs_of(connection, table) for table in MANY}


def _pairs_of(connection: sqlite3.Connection, table: str) -> Pairs:
    told = connection.execute(
        f"SELECT coalesce(group_concat(picture), ''), coalesce(group_concat(name), '') FROM {table}"
    ).fetchone()
    pictures, names = (np.fromstring(text, np.int64, sep=",") for text in told)
    return Pairs(_read_only(pictures), _read_only(names.astype(np.int32)))


def _words(connection: sqlite3.Connection) -> tuple[tuple[str, ...], dict[int, bytes]]:
    rows = connection.execute("SELECT id, text FROM names ORDER BY id").fetchall()
    names = [""] * (rows[-1][0] + 1 if rows else 1)
    for code, text in rows:
        names[code] = text
    return tuple(names), dict(connection.execute("SELECT id, path FROM directories"))


def _read_only(values: NDArray) -> NDArray:
    values.setflags(write=False)
    return values
