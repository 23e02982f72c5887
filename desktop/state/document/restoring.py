"""Documents brought back from their journals: whole, or as much as is whole."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from desktop.raster.tile import Kind, Tile
from desktop.raster.tiles import Tiles
from desktop.state.document.document import Document
from desktop.state.document.document_state import DocumentState
from desktop.state.document.history import Delta, Entry
from desktop.state.document.journal_file import UNFINISHED, JournalFile, Kept, salvage
from desktop.state.document.numbers import pass_by
from desktop.state.document.state_form import from_form
from engine.library.sqlite_file import free_name

log = logging.getLogger("document")


@dataclass(frozen=True, eq=False)
class Restored:
    """What a journal held, ready to be a document again."""

    file: JournalFile
    id: str
    state: DocumentState | None
    """None where nothing was kept."""
    entries: tuple[Entry, ...] = ()
    position: int = 0
    saved: int = 0
    """The number of the entry up to which the file on disk has it; 0 where it has nothing (or the start)."""
    path: Path | None = None
    view: str = ""
    lost: int = 0
    """Things that could not be read."""
    aside: str = ""
    """The name that a damaged file has now; then all of the document is to be written anew."""
    numbers: Mapping[DocumentState, int] = field(default_factory=dict)
    """What the file calls the values."""


def restore(path: Path) -> Restored:
    """Open the journal at `path` and read it. A damaged one is set aside, and what is whole of it goes on in
    a new one. Raises `CannotSave` where none can be kept. For the disk pool."""
    file = JournalFile(path)
    damaged = next((note for note in file.notes if note.code == "journal_damaged"), None)
    aside = str(damaged.extra["name"]) if damaged is not None else ""
    kept = salvage(path.with_name(aside)) if aside else file.read()
    if kept is None:
        return Restored(file, path.stem, None, aside=aside)
    restored = Rebuilding(kept).restored(file, path.stem)
    if restored.lost and not aside and not file.is_read_only:
        file.close()
        aside = path.rename(free_name(path, "damaged")).name
        file = JournalFile(path)
    if restored.lost:
        log.info("%s: %d things could not be read", path.name, restored.lost)
    return replace(restored, file=file, aside=aside)


def document_of(restored: Restored, parent: QObject | None = None) -> Document:
    """In the GUI thread."""
    document = Document(state=restored.state, id=restored.id, parent=parent)
    if restored.state is not None:
        document.take_history(list(restored.entries), restored.position, restored.saved)
        document.path = restored.path
        document.view = restored.view
    return document


class Rebuilding:
    """From numbers to tiles, stores, values and entries."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._stores: dict[int, Tiles] = {}
        self._states: dict[int, DocumentState | None] = {}
        self.lost = kept.lost
        pass_by(
            max(
                [0, *kept.states, *kept.cells, *kept.tiles, *(n for n, *_ in kept.entries if n != UNFINISHED)]
            )
        )

    def restored(self, file: JournalFile, id: str) -> Restored:
        kept = self._kept
        state = self._state(kept.head.get("state", 0)) or self._newest_state()
        if state is None:
            return Restored(file, id, None, lost=self.lost + 1)
        entries, done = self._entries(kept.head.get("done", 0))
        return Restored(
            file,
            str(kept.head.get("document", id)),
            state,
            tuple(entries),
            done,
            int(kept.head.get("saved", 0)),
            Path(kept.head["path"]) if kept.head.get("path") else None,
            str(kept.head.get("view", "")),
            self.lost,
            numbers={state: number for number, state in self._states.items() if state is not None},
        )

    def _newest_state(self) -> DocumentState | None:
        """The head is damaged: the newest value that can be read is the likeliest."""
        self.lost += 1
        found = (self._state(number) for number in sorted(self._kept.states, reverse=True))
        return next((state for state in found if state is not None), None)

    def _state(self, number: int) -> DocumentState | None:
        if number not in self._states:
            form = self._kept.states.get(number)
            self._states[number] = self._read_state(form) if form else None
        return self._states[number]

    def _read_state(self, form: dict[str, Any]) -> DocumentState | None:
        try:
            return from_form(form, self._store)
        except (KeyError, ValueError, TypeError, IndexError) as error:
            log.info("a value of the document cannot be read: %r", error)
            self.lost += 1
            return None

    def _store(self, number: int, kind: Kind) -> Tiles:
        store = self._stores.get(number)
        if store is None:
            places, tiles = self._kept.cells.get(number, {}), self._kept.tiles
            held = {key: tiles[tile] for key, tile in places.items() if tile in tiles}
            store = self._stores[number] = Tiles(
                kind, {key: tile for key, tile in held.items() if tile.kind is kind}
            )
            store.number = number
        return store

    def _entries(self, done: int) -> tuple[list[Entry], int]:
        """Those in an unbroken row around the present, and how many of them are done."""
        rows = self._kept.entries
        position = next((at + 1 for at, row in enumerate(rows) if row[0] == done), 0)
        first, last = position, position
        entries = [self._entry(row) for row in rows]
        while first > 0 and entries[first - 1] is not None:
            first -= 1
        while last < len(entries) and entries[last] is not None:
            last += 1
        return [entry for entry in entries[first:last] if entry is not None], position - first

    def _entry(self, row: tuple[int, str, str, int, int]) -> Entry | None:
        number, title, merge, before_number, after_number = row
        before, after = self._state(before_number), self._state(after_number)
        if before is None or after is None:
            return None
        befores: dict[int, dict[tuple[int, int], Tile | None]] = {}
        afters: dict[int, dict[tuple[int, int], Tile | None]] = {}
        for store, x, y, old, new in self._kept.deltas.get(number, ()):
            if any(tile and tile not in self._kept.tiles for tile in (old, new)):
                return None
            befores.setdefault(store, {})[x, y] = self._kept.tiles.get(old)
            afters.setdefault(store, {})[x, y] = self._kept.tiles.get(new)
        if befores.keys() - self._stores.keys():
            return None
        deltas = tuple(Delta(self._stores[store], befores[store], afters[store]) for store in befores)
        if number == UNFINISHED:
            return Entry(title, before, after, deltas, merge)
        return Entry(title, before, after, deltas, merge, number, is_in_file=True)
