"""Small pictures for whoever shows them: the last ones in memory, the others on their way."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage

from desktop.bridge.pixels import to_qimage
from engine.library.thumbnails.store import ThumbnailStore
from engine.library.thumbnails.supply import Supplied, ThumbnailSupply, Wanted
from engine.library.thumbnails.thumbnail import FileStamp, level_for

MOST_BYTES = 192 << 20
"""Of small pictures in memory: about 700 of the usual size, a dozen screens full."""
MOST_COLOURS = 200_000


@dataclass(frozen=True)
class Wish:
    """A picture that somebody shows."""

    id: int
    path: str
    stamp: FileStamp | None = None
    """As the index knows it; another one is another picture."""


@dataclass(frozen=True, eq=False)
class Held:
    image: QImage
    level: int
    stamp: FileStamp | None


class Thumbnails(QObject):
    """Asks for what is wanted in threads; `arrived` says what came. The store opens with the first wish."""

    arrived = Signal(object)
    """Ids of pictures that came, or of which it is known now that they cannot be shown."""
    _came = Signal()

    def __init__(self, store: Path, parent: QObject | None = None, most_bytes: int = MOST_BYTES) -> None:
        super().__init__(parent)
        self._store = store
        self._most_bytes = most_bytes
        self._supply: ThumbnailSupply | None = None
        self._held: OrderedDict[int, Held] = OrderedDict()
        self._bytes = 0
        self._colours: OrderedDict[int, QColor] = OrderedDict()
        self._refused: dict[tuple[int, FileStamp | None], str] = {}
        self._results: deque[tuple[Supplied, QImage | None, QColor | None]] = deque()
        self._is_told = threading.Event()
        self._is_closed = False
        self._came.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def image(self, id: int) -> QImage | None:
        """The picture, perhaps smaller than was wanted until the larger one has come."""
        held = self._held.get(id)
        if held is None:
            return None
        self._held.move_to_end(id)
        return held.image

    def colour(self, id: int) -> QColor | None:
        """The mean colour of one that was here before."""
        return self._colours.get(id)

    def refusal(self, id: int, stamp: FileStamp | None) -> str:
        """Why it cannot be shown; empty where it can, or is not known yet."""
        return self._refused.get((id, stamp), "")

    def want(self, wishes: Sequence[Wish], pixels: int) -> None:
        """These, the first first, with a longer side of `pixels`; no others any more."""
        level = level_for(pixels)
        missing = [wish for wish in wishes if self._is_missing(wish, level)]
        if self._is_closed or (not missing and self._supply is None):
            return
        if self._supply is None:
            self._supply = ThumbnailSupply(ThumbnailStore(self._store), self._receive)
        self._supply.want([Wanted(wish.id, wish.path, level, wish.stamp) for wish in missing])

    def forget(self, ids: Sequence[int]) -> None:
        """Their files changed or went."""
        for id in ids:
            self._drop(id)

    def clear(self) -> None:
        """Every id means another picture now."""
        self._held.clear()
        self._colours.clear()
        self._refused.clear()
        self._bytes = 0

    def forget_refusals(self) -> None:
        """A disk may be there again."""
        self._refused.clear()

    def close(self) -> None:
        """End every thread and process of it."""
        self._is_closed = True
        if self._supply is not None:
            self._supply.close()
        self._results.clear()

    def _is_missing(self, wish: Wish, level: int) -> bool:
        if (wish.id, wish.stamp) in self._refused:
            return False
        held = self._held.get(wish.id)
        return held is None or held.level < level or held.stamp != wish.stamp

    def _receive(self, supplied: Supplied) -> None:
        """In a thread of the supply: pixels become an image that is quick to draw."""
        image = colour = None
        if supplied.thumbnail is not None:
            pixels = np.ascontiguousarray(supplied.thumbnail.pixels)
            image = to_qimage(pixels).convertToFormat(QImage.Format.Format_RGB32)
            colour = QColor(*supplied.thumbnail.colour)
        self._results.append((supplied, image, colour))
        if not self._is_told.is_set():
            self._is_told.set()  # one event for all that come before it is heard
            self._came.emit()

    @Slot()
    def _take(self) -> None:
        self._is_told.clear()
        came = []
        while self._results:
            supplied, image, colour = self._results.popleft()
            wanted = supplied.wanted
            came.append(wanted.id)
            if image is None or colour is None:
                self._refused[wanted.id, wanted.stamp] = supplied.refusal
                continue
            self._keep(wanted, image, colour)
        if came and not self._is_closed:
            self.arrived.emit(came)

    def _keep(self, wanted: Wanted, image: QImage, colour: QColor) -> None:
        self._drop(wanted.id)
        self._held[wanted.id] = Held(image, wanted.level, wanted.stamp)
        self._bytes += image.sizeInBytes()
        self._colours[wanted.id] = colour
        while self._bytes > self._most_bytes and len(self._held) > 1:
            self._drop(next(iter(self._held)))
        while len(self._colours) > MOST_COLOURS:
            self._colours.popitem(last=False)

    def _drop(self, id: int) -> None:
        held = self._held.pop(id, None)
        if held is not None:
            self._bytes -= held.image.sizeInBytes()
