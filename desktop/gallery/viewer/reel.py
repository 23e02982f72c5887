"""The pictures that one walks through in the viewer: which is looked at, and which it is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

AHEAD = (1, -1, 2)
"""Neighbours that are read ahead, in the direction of walking."""


class Reel:
    """Paths in their order; widgets show what it says."""

    def __init__(self, paths: Sequence[Path] = (), index: int = 0, pinned: int | None = None) -> None:
        self.paths = list(paths)
        self.index = min(max(index, 0), max(len(self.paths) - 1, 0))
        """Of the picture that is looked at."""
        self.pinned_index = pinned
        """Of the one that is compared with; None outside of comparing."""
        self._direction = 1
        self._gone: dict[Path, int] = {}
        """What was removed while one looked, and where it was."""

    @property
    def current(self) -> Path | None:
        return self.paths[self.index] if self.paths else None

    @property
    def pinned(self) -> Path | None:
        return self.paths[self.pinned_index] if self.pinned_index is not None else None

    def go_to(self, index: int) -> bool:
        """Whether it is another picture now."""
        if index == self.index or not 0 <= index < len(self.paths):
            return False
        self._direction = 1 if index > self.index else -1
        self.index = index
        return True

    def place(self, by: int, turns_round: bool = False) -> int:
        """The index `by` pictures on; the ends stay, or lead to the other end."""
        last = len(self.paths) - 1
        return (self.index + by) % len(self.paths) if turns_round else min(max(self.index + by, 0), last)

    def pin(self) -> None:
        """The present picture is compared with; its neighbour is looked at."""
        if self.pinned_index is None:
            self.pinned_index = self.index
            self.index += 1 if self.index + 1 < len(self.paths) else -1

    def unpin(self) -> None:
        self.pinned_index = None

    def swap(self) -> bool:
        """The two that are compared change sides; whether there are two."""
        if self.pinned_index is None:
            return False
        self.pinned_index, self.index = self.index, self.pinned_index
        return True

    def forget(self, path: Path) -> bool:
        """It was removed: its neighbour takes its place. Whether it was one of these."""
        if path not in self.paths:
            return False
        row = self.paths.index(path)
        del self.paths[row]
        self._gone[path] = row
        if row < self.index or self.index == len(self.paths):
            self.index = max(0, self.index - 1)
        self.unpin()
        return True

    def take_back(self, path: Path) -> bool:
        """It is there again, and looked at, where it was. Whether it was one of these."""
        row = self._gone.pop(path, None)
        if row is None or path in self.paths:
            return False
        self.index = min(row, len(self.paths))
        self.paths.insert(self.index, path)
        self.unpin()
        return True

    def wishes(self) -> list[Path]:
        """What is looked at, then its neighbours."""
        now = [path for path in (self.current, self.pinned) if path is not None]
        rows = [self.index + self._direction * by for by in AHEAD]
        return now + [self.paths[row] for row in rows if 0 <= row < len(self.paths)]
