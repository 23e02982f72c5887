"""A query answered: numbers and names in numpy, words by SQLite's FTS5, all of it as ids in order."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engine.library.index.columns import Columns
from engine.library.index.fields import FIELDS, Form
from engine.library.index.folding import folded
from engine.library.index.ordering import Order
from engine.library.index.query import Query, Term, quotable
from engine.library.index.reading import signed
from engine.library.index.record import KINDS, Kind, Presence

Mask = NDArray[np.bool_]
"""One for each row of the columns."""
MANY = {"lora": "loras", "tag": "tags", "board": "boards"}
ONE = ("model", "family", "sampler", "program", "label")


@dataclass(frozen=True, eq=False)
class Found:
    """The pictures that a query found, in order, and the numbers of each that a grid needs."""

    query: Query
    order: Order
    columns: Columns
    """As they were at the search."""
    rows: NDArray[np.intp]
    """Of `columns`, in order."""
    scores: NDArray[np.float32] | None = None
    """How much each is like what was asked for, 1 the most; None where words and fields were asked."""

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def ids(self) -> NDArray[np.int64]:
        return self.column("id")

    def column(self, field: str) -> NDArray:
        """One field of `columns.FIELDS` of each picture found, in order; read-only."""
        values = self.columns[field][self.rows]
        values.setflags(write=False)
        return values

    def names(self, field: str) -> list[str]:
        """The words of `program`, `model`, `family`, `sampler` or `label`, in order."""
        words = self.columns.names
        return [words[code] for code in self.column(field)]


def matching(query: Query, columns: Columns, connection: sqlite3.Connection) -> Mask:
    """True for each row that `query` asks for."""
    mask = columns["presence"] != Presence.FORGOTTEN
    together = []
    for clause in query.clauses:
        term = clause[0]
        if len(clause) == 1 and term.words and not term.is_not:
            together.append(fts_of(term))
            continue
        either = np.zeros(len(columns), bool)
        for term in clause:
            either |= _of(term, columns, connection) ^ term.is_not
        mask = mask & either
    if together:
        mask = mask & _with_words(" AND ".join(together), columns, connection)
    return mask


def fts_of(term: Term) -> str:
    """Only letters and digits in quotes: nothing that one can type is a syntax error to FTS5."""
    phrase = '"' + " ".join(term.words) + '"' + ("*" if term.is_prefix else "")
    return f"{{{term.field}}} : {phrase}" if term.field else phrase


def _with_words(expression: str, columns: Columns, connection: sqlite3.Connection) -> Mask:
    # one text of all numbers is three times as fast as a Python object for each
    (told,) = connection.execute(
        "SELECT coalesce(group_concat(rowid), '') FROM found WHERE found MATCH ?", (expression,)
    ).fetchone()
    mask = np.zeros(len(columns), bool)
    mask[columns.rows_of(np.fromstring(told, np.int64, sep=","))] = True
    return mask


def _of(term: Term, columns: Columns, connection: sqlite3.Connection) -> Mask:
    if term.words:
        return _with_words(fts_of(term), columns, connection)
    match FIELDS[term.field]:
        case Form.NAME:
            return _named(term, columns)
        case Form.NUMBER | Form.DATE:
            return _in_range(term, columns)
        case Form.SIZE:
            assert term.size is not None
            return (columns["width"] == term.size[0]) & (columns["height"] == term.size[1])
        case _:
            return CHOSEN[term.field](term.choice, columns)


def _named(term: Term, columns: Columns) -> Mask:
    if term.field == "folder":
        return _in_folder(term, columns)
    table = _codes(term, columns)
    if term.field in ONE:
        return table[columns[term.field]]
    pairs = columns.pairs[MANY[term.field]]
    if term.is_whole and not term.name:
        return ~_has_any(term.field, columns)
    mask = np.zeros(len(columns), bool)
    mask[columns.rows_of(pairs.pictures[table[pairs.names]])] = True
    return mask


def _codes(term: Term, columns: Columns) -> Mask:
    """Which of all names the term means."""
    name = term.name
    if term.is_whole:
        return np.array([folded(quotable(text)) == name for text in columns.names])
    return np.array([bool(text) and name in folded(text) for text in columns.names])


def _in_folder(term: Term, columns: Columns) -> Mask:
    """In quotes the folder itself and all below; else any whose path has the words."""
    numbers = []
    for number, path in columns.directories.items():
        text = folded(path.decode("utf-8", "replace").replace("\\", "/"))
        whole = term.name.replace("\\", "/").rstrip("/")
        is_in = text == whole or text.startswith(whole + "/") if term.is_whole else term.name in text
        if is_in:
            numbers.append(number)
    return np.isin(columns["directory"], numbers)


def _in_range(term: Term, columns: Columns) -> Mask:
    assert term.range is not None
    low, high = term.range
    values = columns[term.field]
    if term.field in ("seed", "stack"):
        return _whole_in_range(term.field, low, high, columns)
    mask = (values >= low) & (values <= high)
    return mask & (values >= 0) if term.field in ("steps", "guidance", "strength") else mask


def _whole_in_range(field: str, low: float, high: float, columns: Columns) -> Mask:
    """64 bits each, seeds without a sign: floats would round them."""
    values = columns[field]
    if field == "stack":
        return values == signed(int(low)) if low == high else np.zeros(len(values), bool)
    seeds = values.astype(np.uint64)
    least = np.uint64(min(max(int(low), 0), 2**64 - 1)) if low > 0 else np.uint64(0)
    most = np.uint64(min(int(high), 2**64 - 1)) if high < 2**64 - 1 else np.uint64(2**64 - 1)
    if high < 0 or low > 2**64 - 1:
        return np.zeros(len(values), bool)
    return columns["has_seed"] & (seeds >= least) & (seeds <= most)


def _has_any(field: str, columns: Columns) -> Mask:
    mask = np.zeros(len(columns), bool)
    mask[columns.rows_of(columns.pairs[MANY[field]].pictures)] = True
    return mask


def _shape(choice: str, columns: Columns) -> Mask:
    width, height = columns["width"], columns["height"]
    return {"square": width == height, "portrait": width < height, "landscape": width > height}[choice]


def _is(choice: str, columns: Columns) -> Mask:
    return IS[choice](columns)


def _stacked(columns: Columns) -> Mask:
    _, inverse, counts = np.unique(columns["stack"], return_inverse=True, return_counts=True)
    return (counts[inverse] > 1) & (columns["stack"] != 0)


IS: dict[str, Callable[[Columns], Mask]] = {
    "favourite": lambda columns: columns["favourite"],
    "missing": lambda columns: columns["presence"] == Presence.MISSING,
    "rated": lambda columns: columns["rating"] > 0,
    "unrated": lambda columns: columns["rating"] == 0,
    "notes": lambda columns: columns["noted"],
    "tagged": lambda columns: _has_any("tag", columns),
    "untagged": lambda columns: ~_has_any("tag", columns),
    "lora": lambda columns: _has_any("lora", columns),
    "board": lambda columns: _has_any("board", columns),
    "recipe": lambda columns: columns["kind"] != KINDS.index(Kind.PICTURE),
    "stacked": _stacked,
}
CHOSEN: dict[str, Callable[[str, Columns], Mask]] = {
    "kind": lambda choice, columns: columns["kind"] == KINDS.index(Kind(choice)),
    "shape": _shape,
    "is": _is,
}
