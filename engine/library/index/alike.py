"""Pictures that look alike, compared by brute force: some milliseconds for a hundred thousand."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.library.index.look import LENGTH, STEP
from engine.library.index.ordering import Order
from engine.library.index.search import Found

MOST_BITS = 3
"""That may differ between near-duplicates: four words of 16 bits then have one alike."""
NEARLY_ONE = 0.96
"""Likeness of near-duplicates."""
WORDS = 4


@dataclass(frozen=True, eq=False)
class Looks:
    """Of all pictures that were looked at, by rising id."""

    ids: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    numbers: NDArray[np.float32]
    """N x `LENGTH`, each row of length about 1."""


def load_looks(connection: sqlite3.Connection) -> Looks:
    with closing(connection.cursor()) as cursor:
        rows = cursor.execute(
            "SELECT picture, hash, numbers FROM looks WHERE numbers IS NOT NULL ORDER BY picture"
        ).fetchall()
    ids = np.array([row[0] for row in rows], np.int64)
    hashes = np.array([row[1] for row in rows], np.int64).astype(np.uint64)
    numbers = np.frombuffer(b"".join(row[2] for row in rows), np.int8).reshape(-1, LENGTH)
    return Looks(ids, hashes, numbers.astype(np.float32) / np.float32(STEP))


def likeness(looks: Looks, wanted: NDArray[np.float32]) -> NDArray[np.float32]:
    """To each of `looks`, -1 to 1 (nearly the same), of a look or the mean of several."""
    length = float(np.linalg.norm(wanted))
    return looks.numbers @ (wanted / length if length else wanted)


def alike_of(found: Found, ids: NDArray[np.int64], scores: NDArray[np.float32] | None, most: int) -> Found:
    """Those of `found` that have a score, the highest first, `most` of them. `ids` of the scores rise."""
    if scores is None or not len(ids):
        return Found(found.query, Order.LIKENESS, found.columns, found.rows[:0], np.empty(0, np.float32))
    places = np.minimum(np.searchsorted(ids, found.ids), len(ids) - 1)
    is_known = ids[places] == found.ids
    rows, values = found.rows[is_known], scores[places[is_known]]
    best = np.argsort(-values, kind="stable")[:most]
    return Found(found.query, Order.LIKENESS, found.columns, rows[best], values[best])


def near_duplicates(looks: Looks) -> list[tuple[int, ...]]:
    """Groups of ids that show nearly the same: resized, saved as JPEG, slightly retouched. Largest first."""
    parents = np.arange(len(looks.ids))
    for first, second in _candidates(looks.hashes):
        is_near = np.bitwise_count(looks.hashes[first] ^ looks.hashes[second]) <= MOST_BITS
        first, second = first[is_near], second[is_near]
        alike = np.einsum("ij,ij->i", looks.numbers[first], looks.numbers[second]) >= NEARLY_ONE
        for one, other in zip(first[alike], second[alike], strict=True):
            parents[_root(parents, one)] = _root(parents, other)
    groups: dict[int, list[int]] = {}
    for place in range(len(looks.ids)):
        groups.setdefault(_root(parents, place), []).append(int(looks.ids[place]))
    return sorted((tuple(group) for group in groups.values() if len(group) > 1), key=len, reverse=True)


def _candidates(hashes: NDArray[np.uint64]) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Pairs of places whose hashes share a word: each with the few behind it in that word's order."""
    for word in range(WORDS):
        key = (hashes >> np.uint64(16 * word)) & np.uint64(0xFFFF)
        order = np.lexsort((hashes, key))
        for ahead in range(1, 9):
            first, second = order[:-ahead], order[ahead:]
            same = key[first] == key[second]
            yield first[same], second[same]


def _root(parents: NDArray[np.intp], place: int) -> int:
    while parents[place] != place:
        parents[place] = parents[parents[place]]
        place = parents[place]
    return int(place)
