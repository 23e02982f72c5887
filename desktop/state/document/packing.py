"""What only the history holds is squeezed in the disk pool, and forgotten beyond the limit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PySide6.QtCore import QObject, QTimer

from desktop.bridge.background import Background
from desktop.raster.tile import Tile
from desktop.state.document.document import Document
from desktop.state.document.history import MEGABYTE, Entry, History

DELAY_MS = 300
"""After the last thing done: a burst of strokes is squeezed together."""
HOT_BYTES = 64 * MEGABYTE
"""So much of the history next to the present stays plain: a step back is at once."""
SLACK_BYTES = 256 * MEGABYTE
"""What may be kept beyond the limit until it is squeezed."""


class HistoryPacking(QObject):
    """Follows the history of one document."""

    def __init__(self, document: Document, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._background = background
        self._is_packing = False
        document.history.slack_bytes = SLACK_BYTES
        self._timer = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._timer.timeout.connect(self._pack)
        document.history_changed.connect(self._timer.start)

    def _pack(self) -> None:
        if self._is_packing:
            return
        entries = list(far_from_present(self._document.history))
        tiles = _resting(self._document, entries)
        if not tiles:
            self._document.history.trim()
            return
        self._is_packing = True
        self._background.run(pack_all, tiles, done=lambda _: self._rest(entries, tiles))

    def _rest(self, entries: list[Entry], tiles: list[Tile]) -> None:
        self._is_packing = False
        for tile in tiles:
            tile.rest()
        for entry in entries:
            entry.costs.clear()
        self._document.history.trim()


def pack_all(tiles: Iterable[Tile]) -> None:
    """For the disk pool; LZ4 lets other threads run meanwhile."""
    for tile in tiles:
        tile.pack()


def far_from_present(history: History) -> Iterator[Entry]:
    """The entries that are not among the next few steps back or forth."""
    done, undone = history.entries[: history.position], history.entries[history.position :]
    for order, is_done in ((reversed(done), True), (undone, False)):
        near_bytes = 0
        for index, entry in enumerate(order):
            near_bytes += entry.memory_bytes(is_done)
            if index and near_bytes > HOT_BYTES:
                yield entry


def _resting(document: Document, entries: Iterable[Entry]) -> list[Tile]:
    """The plain tiles of the entries that no layer shows now."""
    shown = {tile for store in document.state.stores() for tile in store.tiles_held()}
    plain = {tile for entry in entries for tile in entry.kept_tiles(is_done=True) if tile.is_plain}
    return list(plain - shown)
