"""In which order pictures are shown: all rows sorted once, of which each search takes its own."""

from __future__ import annotations

import enum
import re
import sqlite3

import numpy as np
from numpy.typing import NDArray

from engine.library.index.columns import Columns
from engine.library.index.folding import folded

Rows = NDArray[np.intp]


class Order(enum.StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"
    NAME = "name"
    """The file's, `2` before `10`."""
    RATING = "rating"
    """Best first, then newest."""
    MODEL = "model"
    PROMPT = "prompt"
    LARGEST = "largest"
    SEED = "seed"
    LIKENESS = "likeness"
    """Of what is found by its looks or meaning; of all else there is none, and the newest come first."""


def ordered(order: Order, columns: Columns, connection: sqlite3.Connection) -> Rows:
    """Every row of `columns`, in `order`; alike ones newest first, so that the order never flickers."""
    newest = np.lexsort((-columns["id"], -columns["date"]))
    match order:
        case Order.NEWEST | Order.LIKENESS:
            return newest
        case Order.OLDEST:
            return newest[::-1].copy()
        case Order.RATING:
            return _then(newest, -columns["rating"])
        case Order.LARGEST:
            return _then(newest, -columns["width"].astype(np.int64) * columns["height"])
        case Order.SEED:
            return _then(
                newest, np.where(columns["has_seed"], columns["seed"].astype(np.uint64), np.uint64(0))
            )
        case Order.MODEL:
            return _then(newest, _ranks(columns.names)[columns["model"]])
        case Order.NAME | Order.PROMPT:
            return _then(newest, _word_ranks(order.value, columns, connection))


def _then(newest: Rows, key: NDArray) -> Rows:
    return newest[np.argsort(key[newest], kind="stable")]


def _ranks(words: tuple[str, ...]) -> NDArray[np.int64]:
    """The place of each word among all; nothing comes last."""
    order = sorted(range(len(words)), key=lambda code: (not words[code], natural(words[code])))
    ranks = np.empty(len(words), np.int64)
    ranks[order] = np.arange(len(words))
    return ranks


def _word_ranks(column: str, columns: Columns, connection: sqlite3.Connection) -> NDArray[np.int64]:
    """Ranks by a long text, of which many pictures may have the same."""
    told = connection.execute(f"SELECT id, {column} FROM words ORDER BY id").fetchall()
    places = {text: place for place, text in enumerate(sorted({text for _, text in told}, key=_empty_last))}
    ranks = np.full(len(columns), len(places), np.int64)
    ids = np.array([id for id, _ in told], np.int64)
    known = np.isin(ids, columns["id"])
    ranks[columns.rows_of(ids)] = np.array([places[text] for _, text in told], np.int64)[known]
    return ranks


def _empty_last(text: str) -> tuple[bool, list[tuple[int, str]]]:
    return not text, natural(text[:200])


def natural(text: str) -> list[tuple[int, str]]:
    """A key that sorts `dog 2` before `dog 10`, whatever the case and accents."""
    return [
        (int(part), "") if part.isascii() and part.isdigit() else (-1, part)
        for part in re.split(r"([0-9]{1,18})", folded(text))
    ]
