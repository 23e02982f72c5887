"""A change of a document under way: what it was before, and which tiles are painted over."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from desktop.raster.tiles import Tiles, in_rows
from desktop.state.document.document_state import DocumentState
from desktop.state.document.errand import Errand
from desktop.state.document.history import Delta, Entry, unfinished_delta


class Transaction:
    """What is being done: one entry of the history when it ends."""

    def __init__(self, title: str, merge: str, before: DocumentState) -> None:
        self.title, self.merge, self.before = title, merge, before
        self.logged = list(before.stores())
        """The stores whose tiles are watched; those that come later belong to the value after."""
        self.slipped_in: Callable[[DocumentState], DocumentState] | None = None
        """See `Document.slip_in`."""
        self.lets_in = False
        """For what is held for long, as a transform between its drags: what comes without the artist's hand
        need not wait for its end. It comes before it in the history, and stays where it is taken back."""
        self.last: Errand | None = None
        """What is still to be worked on before it is over; see `Document.compute_last`."""
        self.is_sketched = False
        """Somebody makes a look at it; see `Document.sketch`."""
        self.next_sketch: Callable[[], None] | None = None
        """The newest one that is to be made after that."""
        for store in self.logged:
            store.begin_log()

    def entry(self, after: DocumentState) -> Entry | None:
        """What was done, now that it is over; None where nothing was."""
        return self._entry(after, _changes(self.logged))

    def unfinished_entry(self, after: DocumentState) -> Entry | None:
        """What was done so far."""
        return self._entry(after, tuple(filter(None, map(unfinished_delta, self.logged))))

    def take_back_pixels(self) -> None:
        """The tiles are as they were when it began."""
        for delta in _changes(self.logged):
            put(delta, is_undo=True)

    def _entry(self, after: DocumentState, deltas: tuple[Delta, ...]) -> Entry | None:
        if not deltas and self.before is after:
            return None
        return Entry(self.title, self.before, after, deltas, self.merge)


def put(delta: Delta, is_undo: bool) -> None:
    """Lay the tiles of before or after, and say so."""
    tiles = delta.before if is_undo else delta.after
    for key, tile in tiles.items():
        delta.store.put(key, tile)
    for rect in in_rows(tiles):
        delta.store.tell(rect)


def _changes(stores: Sequence[Tiles]) -> tuple[Delta, ...]:
    return tuple(filter(None, map(_delta_of, stores)))


def _delta_of(store: Tiles) -> Delta | None:
    """What was changed in the store since `begin_log`; tiles that hold nothing any more are let go."""
    store.prune(store.logged())
    before = store.end_log()
    if not before:
        return None
    return Delta(store, before, {key: store.get(key) for key in before})
