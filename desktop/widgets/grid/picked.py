"""Which pictures of a grid are picked, and where the keyboard stands: as in a file manager."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.int64]
NOWHERE = -1


class Picked:
    """One bit a picture, so that all of a hundred thousand are picked at once.

    `current` is where the keyboard stands, `anchor` where a range begins; both `NOWHERE` at first.
    """

    def __init__(self, count: int = 0) -> None:
        self.mask = np.zeros(count, bool)
        self.current = NOWHERE
        self.anchor = NOWHERE

    def __len__(self) -> int:
        return int(np.count_nonzero(self.mask))

    def __contains__(self, index: int) -> bool:
        return bool(0 <= index < len(self.mask) and self.mask[index])

    def indices(self) -> NDArray[np.int64]:
        return np.flatnonzero(self.mask).astype(np.int64)

    def only(self, index: int) -> None:
        """This one and no other."""
        self.mask[:] = False
        self.mask[index] = True
        self.current = self.anchor = index

    def toggle(self, index: int) -> None:
        """This one too, or not any more."""
        self.mask[index] = not self.mask[index]
        self.current = self.anchor = index

    def through(self, index: int, keep: bool = False) -> None:
        """From the anchor to this one; what was picked besides stays where `keep` says so."""
        anchor = next(place for place in (self.anchor, self.current, index) if place != NOWHERE)
        if not keep:
            self.mask[:] = False
        self.mask[min(anchor, index) : max(anchor, index) + 1] = True
        self.current, self.anchor = index, anchor

    def go(self, index: int) -> None:
        """The keyboard moves, nothing is picked."""
        self.current = index

    def all(self) -> None:
        self.mask[:] = True

    def none(self) -> None:
        self.mask[:] = False

    def these(self, indices: range | NDArray[np.int64], keep: bool = False) -> None:
        """A group, or what a search of ours found; the keyboard goes to the first."""
        if not keep:
            self.mask[:] = False
        positions = np.arange(indices.start, indices.stop) if isinstance(indices, range) else indices
        self.mask[positions] = True
        if len(positions):
            self.current = self.anchor = int(positions[0])

    def band(self, before: NDArray[np.bool_], touched: NDArray[np.int64], toggles: bool) -> None:
        """What a rubber band touches, beside what was picked `before` it was drawn."""
        self.mask = before.copy()
        self.mask[touched] = ~before[touched] if toggles else True

    def carry(self, before: Keys, now: Keys) -> None:
        """Other pictures are shown: what is still among them stays picked, the keyboard where it was."""
        kept = before[self.mask] if len(before) == len(self.mask) else before[:0]
        current = self._carried(self.current, before, now)
        self.anchor = self._carried(self.anchor, before, now)
        if current == NOWHERE and self.current != NOWHERE and len(now):
            current = min(self.current, len(now) - 1)  # it went: its place is taken by the next one
        self.current = current
        self.mask = np.isin(now, kept)

    def _carried(self, index: int, before: Keys, now: Keys) -> int:
        if not 0 <= index < len(before):
            return NOWHERE
        found = np.flatnonzero(now == before[index])
        return int(found[0]) if len(found) else NOWHERE
