"""Pictures that look alike: learnt in the background, compared by brute force, a few milliseconds for all."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.api.errors import EngineError
from engine.library.index.look import LENGTH, STEP, Look, look_of
from engine.library.index.ordering import Order
from engine.library.index.search import Found
from engine.library.thumbnails.decoder_process import DecoderProcess

if TYPE_CHECKING:
    from engine.library.index.catalogue import Catalogue

SIDE_PX = 96
"""Of the small picture that is looked at."""
BATCH = 50
MOST_BITS = 3
"""That may differ between near-duplicates: four words of 16 bits then have one alike."""
NEARLY_ONE = 0.96
"""Likeness of near-duplicates."""
WORDS = 4
Small = Callable[[Path], NDArray[np.uint8] | None]
"""Gives a small picture of a file that is there already, H x W x 3."""


@dataclass(frozen=True)
class Looked:
    """How far the looking is."""

    path: Path
    done: int
    total: int
    cause: str = ""
    """Why this one could not be opened."""


@dataclass(frozen=True, eq=False)
class Looks:
    """Of all pictures that were looked at, by rising id."""

    ids: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    numbers: NDArray[np.float32]
    """N x `LENGTH`, each row of length about 1."""


def learn_looks(catalogue: Catalogue, small: Small | None) -> Iterator[Looked]:
    """Look at every picture whose look is not known yet, the newest first, in a decoder process.

    `small` may give a small picture that is there already (a thumbnail's pixels), or None. Close the
    iterator to stop; what was learnt stays.
    """
    to_do = catalogue.without_look()
    decoder = DecoderProcess()
    try:
        for at in range(0, len(to_do), BATCH):
            records = catalogue.records(to_do[at : at + BATCH])
            learnt: list[tuple[int, int, int, Look | None]] = []
            for number, record in enumerate(records, at + 1):
                cause, look = "", None
                try:
                    pixels = small(record.path) if small is not None else None
                    look = look_of(
                        decoder.thumbnail(record.path, SIDE_PX).pixels if pixels is None else pixels
                    )
                except EngineError as error:
                    cause = error.message
                learnt.append((record.id, record.mtime_ns, record.bytes, look))
                yield Looked(record.path, number, len(to_do), cause)
            with catalogue.writing() as store:
                store.put_looks(learnt)
    finally:
        decoder.end()


def load_looks(connection: sqlite3.Connection) -> Looks:
    with closing(connection.cursor()) as cursor:
        rows = cursor.execute(
            "SELECT picture, hash, numbers FROM looks WHERE numbers IS NOT NULL ORDER BY picture"
        ).fetchall()
    ids = np.array([row[0] for row in rows], np.int64)
    hashes = np.array([row[1] for row in rows], np.int64).astype(np.uint64)
    numbers = np.frombuffer(b"".join(row[2] for row in rows), np.int8).reshape(-1, LENGTH)
    return Looks(ids, hashes, numbers.astype(np.float32) / STEP)


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
