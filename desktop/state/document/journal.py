"""A document kept through a kill: what changed is written every two seconds, in the disk pool."""

from __future__ import annotations

import json
import logging
import weakref
from collections.abc import Callable, Iterable, Mapping

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.bridge.background import Background
from desktop.raster.tile import Tile
from desktop.raster.tiles import Key, Tiles, differing
from desktop.state.document.document import Document
from desktop.state.document.document_state import DocumentState
from desktop.state.document.history import Entry
from desktop.state.document.journal_file import UNFINISHED, JournalFile, Written
from desktop.state.document.numbers import next_number
from desktop.state.document.state_form import to_form
from engine.api.errors import CannotSave

log = logging.getLogger("document")

DELAY_MS = 2000
"""From the first change to its writing: so much (and the moment of writing) is lost by a kill."""
NONE: dict[Key, Tile] = {}


class DocumentJournal(QObject):
    """Follows one document, also in the middle of a stroke. Never makes the window wait: of what has changed
    it notes which tiles, and the pool squeezes and writes them."""

    could_not_save = Signal(object)
    """The `CannotSave` of a write that failed; said once until a write succeeds again."""
    written = Signal()
    """All that was noted is on the disk."""

    def __init__(
        self,
        document: Document,
        file: JournalFile,
        background: Background,
        delay_ms: int = DELAY_MS,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.file = file
        self._document = document
        self._background = background
        self._notes = JournalNotes()
        self._pending: Written | None = None
        self._is_writing = self._is_failing = self._is_stopped = False
        self._waiting: list[Callable[[], object]] = []
        self._noted: list[Callable[[], object]] = []
        """Who is told when the next, and when the present writing is on the disk."""
        self._timer = QTimer(self, singleShot=True, interval=delay_ms)
        self._timer.timeout.connect(self._write)
        for signal in (
            document.changed,
            document.layers_changed,
            document.active_changed,
            document.selection_changed,
            document.masks_changed,
            document.history_changed,
            document.size_changed,
            document.view_changed,
        ):
            signal.connect(self.write_soon)

    def holds(self, numbers: Mapping[DocumentState, int]) -> None:
        """The document was just read from the file, where its values have these numbers: nothing need be
        written."""
        self._notes.take_stock(self._document, numbers)

    def write_soon(self, _: object = None) -> None:
        """Something changed. The first change starts the clock, so that steady painting is written too."""
        if not (self._timer.isActive() or self._is_stopped or self.file.is_read_only):
            self._timer.start()

    def flush(self) -> None:
        """Everything is on the disk when this returns (or could not be written, and was said)."""
        self._timer.stop()
        if self.file.is_read_only:
            return
        if self._is_writing:
            self._background.wait()
        try:
            for _ in range(2):  # what waited since a failure, then what is new
                self._note()
                if self._pending is not None:
                    self.file.write(self._pending)
                self._pending = None
                self._tell()
        except CannotSave as error:
            self._failed(error)

    def when_kept(self, callback: Callable[[], object]) -> None:
        """Call back when all that was done up to now is on the disk; never, where that cannot be."""
        self._waiting.append(callback)
        self.write_soon()

    def stop(self) -> None:
        """Follow the document no longer."""
        self._timer.stop()
        self._is_stopped = True

    def _write(self) -> None:
        if self._is_writing:
            self.write_soon()
            return
        self._note()
        if self._pending is not None:
            self._is_writing = True
            self._background.run(self.file.write, self._pending, done=self._done, failed=self._failed)
        else:
            self._tell()

    def _note(self) -> None:
        if self._pending is None:
            self._pending = self._notes.changes(self._document)
            self._noted += self._waiting
            self._waiting = []

    def _tell(self) -> None:
        noted, self._noted = self._noted, []
        for callback in noted:
            callback()

    def _done(self, _: None) -> None:
        self._pending, self._is_writing, self._is_failing = None, False, False
        self._tell()
        self.written.emit()

    def _failed(self, error: Exception) -> None:
        self._is_writing = False
        if not isinstance(error, CannotSave):
            raise error
        if not self._is_failing:
            self._is_failing = True
            self.could_not_save.emit(error)
        if not self._document.is_closed:
            self.write_soon()


class JournalNotes:
    """What the file knows of a document, and so what it does not know yet. Quick: the GUI thread asks."""

    def __init__(self) -> None:
        self._cells: dict[int, dict[Key, Tile]] = {}
        """Store to what it held."""
        self._versions: dict[int, int] = {}
        self._entries: set[int] = set()
        self._states: weakref.WeakKeyDictionary[DocumentState, int] = weakref.WeakKeyDictionary()
        self._was_unfinished = False
        self._head = ""

    def take_stock(self, document: Document, numbers: Mapping[DocumentState, int]) -> None:
        """The file holds all of it. An entry that was unfinished there has another number since."""
        self._states.update(numbers)
        self.changes(document)
        self._entries = {entry.number for entry in document.history.entries if entry.is_in_file}
        self._was_unfinished, self._head = True, ""

    def changes(self, document: Document) -> Written | None:
        """What is new since the last call; None where nothing is."""
        entries = {entry.number: entry for entry in document.history.entries}
        new = [entry for number, entry in entries.items() if number not in self._entries]
        removed = sorted(self._entries - entries.keys())
        unfinished = document.unfinished_entry()
        if unfinished is not None:
            unfinished.number = UNFINISHED
            new.append(unfinished)
        tiles: dict[int, Tile] = {}
        living = self._living_stores(document) if removed else None
        cells = [row for store in self._stores(document, new) for row in self._cell_rows(store, tiles)]
        states: dict[int, str] = {}
        rows = [self._entry_row(entry, states) for entry in new]
        deltas = [row for entry in new for row in _delta_rows(entry, tiles)]
        head = self._head_of(document, unfinished, states)
        if not (cells or rows or removed or states or self._was_unfinished) and head == self._head:
            return None
        forgets = bool(removed) or self._was_unfinished
        self._entries = set(entries)
        self._was_unfinished, self._head = unfinished is not None, head
        return Written(head, states, cells, rows, deltas, removed, living, forgets, tiles)

    def _stores(self, document: Document, new: Iterable[Entry]) -> list[Tiles]:
        """Those that may have changed, each once."""
        stores = {id(store): store for store in document.state.stores()}
        for entry in new:
            for state in (entry.before, entry.after):
                stores |= {id(store): store for store in state.stores()}
        return list(stores.values())

    def _living_stores(self, document: Document) -> frozenset[int]:
        states = {document.state}
        states |= {state for entry in document.history.entries for state in (entry.before, entry.after)}
        living = frozenset(_number(store) for state in states for store in state.stores())
        for number in self._cells.keys() - living:
            del self._cells[number]
            self._versions.pop(number, None)
        return living

    def _cell_rows(self, store: Tiles, tiles: dict[int, Tile]) -> list[tuple[int, int, int, int]]:
        number = _number(store)
        if self._versions.get(number) == store.version:
            return []
        held, before = store.held(), self._cells.get(number, NONE)
        self._cells[number], self._versions[number] = held, store.version
        return [(number, *key, _tile_number(held.get(key), tiles)) for key in differing(held, before)]

    def _entry_row(self, entry: Entry, states: dict[int, str]) -> tuple[int, str, str, int, int]:
        before, after = self._state(entry.before, states), self._state(entry.after, states)
        return entry.number, entry.title, entry.merge, before, after

    def _state(self, state: DocumentState, states: dict[int, str]) -> int:
        number = self._states.get(state)
        if number is None:
            number = self._states[state] = next_number()
            states[number] = json.dumps(to_form(state, _number), separators=(",", ":"))
        return number

    def _head_of(self, document: Document, unfinished: Entry | None, states: dict[int, str]) -> str:
        history = document.history
        done = history.entries[history.position - 1].number if history.can_undo else 0
        saved = document.saved_entry
        return json.dumps(
            {
                "document": document.id,
                "state": self._state(document.state, states),
                "done": UNFINISHED if unfinished is not None else done,
                "saved": saved.number if saved is not None else 0,
                "path": str(document.path) if document.path is not None else "",
                "view": document.view,
            }
        )


def _delta_rows(entry: Entry, tiles: dict[int, Tile]) -> list[tuple[int, int, int, int, int, int]]:
    return [
        (
            entry.number,
            _number(delta.store),
            *key,
            _tile_number(tile, tiles),
            _tile_number(delta.after.get(key), tiles),
        )
        for delta in entry.deltas
        for key, tile in delta.before.items()
    ]


def _number(store: Tiles) -> int:
    store.number = store.number or next_number()
    return store.number


def _tile_number(tile: Tile | None, tiles: dict[int, Tile]) -> int:
    if tile is None:
        return 0
    tile.number = tile.number or next_number()
    tiles[tile.number] = tile
    return tile.number
