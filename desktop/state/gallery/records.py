"""What is known of the pictures that are seen: fetched in a thread, the last ones kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.bridge.background import Background

if TYPE_CHECKING:
    from engine.library.index.catalogue import Catalogue
    from engine.library.index.record import PictureRecord

MOST_RECORDS = 4000


class Records(QObject):
    """Asked for at any time, answers at once with what is here."""

    arrived = Signal(object)
    """Ids of those that came or changed."""

    def __init__(self, reading: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reading = reading
        self._catalogue: Catalogue | None = None
        self._known: OrderedDict[int, PictureRecord] = OrderedDict()
        self._ids: dict[Path, int] = {}
        self._asked: set[int] = set()

    def use(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def close(self) -> None:
        """Nothing is fetched any more."""
        self._catalogue = None

    def get(self, id: int) -> PictureRecord | None:
        return self._known.get(id)

    def at(self, path: Path) -> PictureRecord | None:
        """The picture in this file, where it is known here."""
        record = self._known.get(self._ids.get(path, -1))
        return record if record is not None and record.path == path else None

    def want(self, ids: Sequence[int]) -> None:
        """Those that are not here come soon."""
        for id in ids:
            if id in self._known:
                self._known.move_to_end(id)
        self._fetch([id for id in ids if id not in self._known and id not in self._asked])

    def refresh(self, ids: Sequence[int]) -> None:
        """Something is said of these now; the old is shown until the new is here."""
        self._fetch([id for id in ids if id in self._known])

    def refresh_all(self) -> None:
        self.refresh(list(self._known))

    def clear(self) -> None:
        """The index was made again: its numbers mean other pictures."""
        self._known.clear()
        self._ids.clear()

    def _fetch(self, ids: list[int]) -> None:
        if not ids or self._catalogue is None:
            return
        self._asked.update(ids)
        self._reading.run(
            self._catalogue.records,
            ids,
            done=lambda records: self._take(ids, records),
            failed=lambda _error: self._asked.difference_update(ids),  # the search says what is wrong
        )

    def _take(self, ids: list[int], records: list[PictureRecord]) -> None:
        self._asked.difference_update(ids)
        self.keep(records)
        self.arrived.emit(ids)

    def keep(self, records: Sequence[PictureRecord]) -> None:
        """Somebody else had to read these."""
        for record in records:
            self._known[record.id] = record
            self._known.move_to_end(record.id)
            self._ids[record.path] = record.id
        while len(self._known) > MOST_RECORDS:
            _, record = self._known.popitem(last=False)
            self._ids.pop(record.path, None)
