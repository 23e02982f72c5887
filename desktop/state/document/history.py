"""One undo and redo for everything: each entry holds the document's value before and after, and the tiles
that were painted over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from desktop.raster.tile import Tile
from desktop.raster.tiles import Key, Tiles
from desktop.state.document.document_state import DocumentState
from desktop.state.document.numbers import next_number

MEGABYTE = 1 << 20
DEFAULT_LIMIT_BYTES = 512 * MEGABYTE
WITH_LAST = "with the last"
"""`merge` of what is part of the last thing done, whatever that was: both are taken back together."""


@dataclass(frozen=True, eq=False)
class Delta:
    """The tiles of one store that an entry changed."""

    store: Tiles
    before: Mapping[Key, Tile | None]
    after: Mapping[Key, Tile | None]


def unfinished_delta(store: Tiles) -> Delta | None:
    """What is being painted right now, so far."""
    before = store.logged()
    held = store.held() if before else {}
    return Delta(store, before, {key: held.get(key) for key in before}) if before else None


@dataclass(eq=False)
class Entry:
    """One thing the artist did."""

    title: str
    """English; shown through `translate("History", title)`."""
    before: DocumentState
    after: DocumentState
    deltas: tuple[Delta, ...] = ()
    merge: str = ""
    """Entries in a row with the same one are one entry."""
    number: int = field(default_factory=next_number)
    """Its name; grows."""
    is_in_file: bool = False
    """Whether it was read from the journal as it is."""

    costs: dict[bool, int] = field(default_factory=dict)
    """Bytes by whether it is done, once they were counted."""

    def kept_tiles(self, is_done: bool) -> Iterator[Tile]:
        """What is held for this entry alone: tiles painted over, layers taken away (or, undone, to come)."""
        here, there = (self.before, self.after) if is_done else (self.after, self.before)
        for delta in self.deltas:
            for tile in (delta.before if is_done else delta.after).values():
                if tile is not None:
                    yield tile
        present = {id(store) for store in there.stores()}
        for store in here.stores():
            if id(store) not in present:
                yield from store.tiles_held()

    def memory_bytes(self, is_done: bool) -> int:
        """What is held for this entry alone; counted once, and again when `costs` is cleared."""
        if is_done not in self.costs:
            self.costs[is_done] = sum(tile.memory_bytes for tile in set(self.kept_tiles(is_done)))
        return self.costs[is_done]


class History:
    """Entries, the oldest first; those before `position` are done, the others can be redone."""

    def __init__(
        self,
        apply: Callable[[Entry, bool], None],
        changed: Callable[[], None],
        settle: Callable[[], None] = lambda: None,
    ) -> None:
        """`apply(entry, is_undo)` changes the document; `changed()` tells the world; `settle()` comes first
        and makes an entry of what is still being worked on."""
        self._apply, self._changed, self._settle = apply, changed, settle
        self.entries: list[Entry] = []
        self.position = 0
        self._limit_bytes = DEFAULT_LIMIT_BYTES
        self.slack_bytes = 0
        """So much more is allowed for a moment, where somebody squeezes what is kept soon after."""

    @property
    def can_undo(self) -> bool:
        return self.position > 0

    @property
    def can_redo(self) -> bool:
        return self.position < len(self.entries)

    @property
    def last(self) -> Entry | None:
        """The last thing done."""
        return self.entries[self.position - 1] if self.can_undo else None

    @property
    def undo_title(self) -> str:
        """What `undo` takes back; empty when nothing."""
        return self.last.title if self.last is not None else ""

    @property
    def redo_title(self) -> str:
        return self.entries[self.position].title if self.can_redo else ""

    def undo(self) -> None:
        self._settle()
        self.jump_to(self.position - 1)

    def redo(self) -> None:
        self._settle()
        self.jump_to(self.position + 1)

    def jump_to(self, position: int) -> None:
        """To where the first `position` entries are done; beyond the ends nothing happens."""
        self._settle()
        if not 0 <= position <= len(self.entries) or position == self.position:
            return
        while self.position > position:
            self.position -= 1
            self._apply(self.entries[self.position], True)
        while self.position < position:
            self._apply(self.entries[self.position], False)
            self.position += 1
        self._changed()

    def add(self, entry: Entry, slipped_in: Callable[[DocumentState], DocumentState] | None = None) -> None:
        """A thing was done: what had been undone is forgotten; or, where it was `slipped_in`, can be redone
        after it."""
        undone = self.entries[self.position :] if slipped_in is not None else []
        del self.entries[self.position :]
        last = self.entries[-1] if self.entries else None
        if last is not None and entry.merge and entry.merge in (last.merge, WITH_LAST):
            self.entries[-1] = merged(last, entry)
        else:
            self.entries.append(entry)
        self.position = len(self.entries)
        if slipped_in is not None:
            self.entries += rebased(undone, slipped_in)  # now: entries are numbered in their order
        self._trim(self._limit_bytes + self.slack_bytes)
        self._changed()

    @property
    def limit_bytes(self) -> int:
        return self._limit_bytes

    @limit_bytes.setter
    def limit_bytes(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self.trim()

    def trim(self) -> None:
        """Forget the oldest entries beyond the limit."""
        if self._trim(self._limit_bytes):
            self._changed()

    def memory_bytes(self) -> int:
        """What going back and forth costs."""
        return sum(entry.memory_bytes(index < self.position) for index, entry in enumerate(self.entries))

    def _trim(self, limit_bytes: int) -> bool:
        """Forget the oldest entries beyond so many bytes, never the last one; whether any went."""
        costs = [entry.memory_bytes(index < self.position) for index, entry in enumerate(self.entries)]
        spare, count = sum(costs) - limit_bytes, 0
        while spare > 0 and count < self.position - 1:
            spare -= costs[count]
            count += 1
        del self.entries[:count]
        self.position -= count
        return count > 0


def rebased(entries: Sequence[Entry], change: Callable[[DocumentState], DocumentState]) -> list[Entry]:
    """The same things done (or to be redone) on values that `change` was made to before them."""
    changed: dict[int, DocumentState] = {}

    def after_change(state: DocumentState) -> DocumentState:
        if id(state) not in changed:
            changed[id(state)] = change(state)
        return changed[id(state)]

    return [
        Entry(entry.title, after_change(entry.before), after_change(entry.after), entry.deltas, entry.merge)
        for entry in entries
    ]


def merged(first: Entry, second: Entry) -> Entry:
    """Both as one thing done."""
    deltas = {id(delta.store): delta for delta in first.deltas}
    for delta in second.deltas:
        earlier = deltas.get(id(delta.store))
        if earlier is not None:
            delta = Delta(delta.store, {**delta.before, **earlier.before}, {**earlier.after, **delta.after})
        deltas[id(delta.store)] = delta
    return Entry(first.title, first.before, second.after, tuple(deltas.values()), first.merge)
