"""The last few of what was made, kept until newer ones take their places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """At most `most` values, the newest last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._made: dict[K, V] = {}

    def __iter__(self) -> Iterator[K]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)

    def get(self, key: K) -> V | None:
        return self._made.get(key)

    def put(self, key: K, made: V) -> None:
        """The oldest goes where there are too many."""
        self._made[key] = made
        while len(self._made) > self._most:
            del self._made[next(iter(self._made))]
