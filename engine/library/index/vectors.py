"""Vectors of pictures as the index keeps them: a byte a number, compared by brute force."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STEP = 127
"""What a number of a vector of length 1 is multiplied by."""
BLOCK = 4096
"""Rows that are made float at a time: a hundred thousand would take 200 MB."""


@dataclass(frozen=True, eq=False)
class KeptVectors:
    """By rising id."""

    ids: NDArray[np.int64]
    numbers: NDArray[np.int8]
    """N x length, of vectors of length 1 times `STEP`."""

    def scores(self, wanted: NDArray[np.float32]) -> NDArray[np.float32]:
        """The cosine to each, -1 to 1. `wanted`: one vector of length 1."""
        found = np.empty(len(self.ids), np.float32)
        for at in range(0, len(self.ids), BLOCK):
            found[at : at + BLOCK] = self.numbers[at : at + BLOCK].astype(np.float32) @ wanted
        return found / np.float32(STEP)

    def mean_of(self, ids: NDArray[np.int64]) -> NDArray[np.float32] | None:
        """Of those of `ids` that are here, with length 1; None where none is."""
        total = self.numbers[np.isin(self.ids, ids)].astype(np.float32).sum(0)
        length = float(np.linalg.norm(total))
        return total / length if length else None


def packed(vector: NDArray[np.float32]) -> bytes:
    return np.rint(vector * STEP).astype(np.int8).tobytes()


def load_vectors(connection: sqlite3.Connection, sql: str, values: tuple, length: int) -> KeptVectors:
    """`sql` selects ids and numbers, by rising id; those of another length are left out."""
    rows = [row for row in connection.execute(sql, values) if len(row[1]) == length]
    numbers = np.frombuffer(b"".join(row[1] for row in rows), np.int8).reshape(-1, length)
    return KeptVectors(np.array([row[0] for row in rows], np.int64), numbers)
