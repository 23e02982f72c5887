"""In which order pictures are shown: all rows sorted once, of which each search takes its own."""

from __future__ import annotations

import enum
import sqlite3

import numpy as np
from numpy.typing import NDArray

from engine.library.index.columns import Columns
from engine.library.index.text_ranks import TextRanks, ranked, sort_keys

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


def ordered(
    order: Order, columns: Columns, connection: sqlite3.Connection, texts: dict[Order, TextRanks]
) -> Rows:
    """Every row of `columns`, in `order`; alike ones newest first, so that the order never flickers.

    In `texts` is kept what need not be worked out again when a picture is rated.
    """
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
            texts[order] = ranked(order.value, columns, connection, texts.get(order))
            return _then(newest, texts[order].ranks)


def _then(newest: Rows, key: NDArray) -> Rows:
    return newest[np.argsort(key[newest], kind="stable")]


def _ranks(words: tuple[str, ...]) -> NDArray[np.int64]:
    """The place of each word among all; nothing comes last."""
    order = sorted(range(len(words)), key=sort_keys("\0".join(words)).__getitem__)
    ranks = np.empty(len(words), np.int64)
    ranks[order] = np.arange(len(words))
    return ranks
