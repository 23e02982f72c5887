"""Pictures read for the viewer: outside the GUI thread, the one looked at first, neighbours after it."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from desktop.bridge.background import Background
from desktop.bridge.pixels import to_qimage
from desktop.canvas.picture import CanvasPicture
from engine.api.errors import EngineError
from engine.api.images import Pixels
from engine.library.thumbnails.apart import PicturesApart

if TYPE_CHECKING:
    from engine.library.pictures import PictureMetadata

log = logging.getLogger("library")

MOST_BYTES = 512 << 20
"""Of pixels kept; what is looked at stays, however large."""
AT_ONCE = 2
IDLE_MS = 20_000
"""Then the decoders' processes end, and their memory is free."""
SCREEN_PX = 2048
"""Halvings down to this are made with the picture, so that the first look at it does not wait."""


@dataclass(frozen=True, eq=False)
class Opened:
    """What a file turned out to be."""

    path: Path
    pixels: Pixels | None = None
    """H x W x 3; None where it cannot be read."""
    picture: CanvasPicture | None = None
    metadata: PictureMetadata | None = None
    error: Exception | None = None

    @property
    def bytes(self) -> int:
        return self.pixels.nbytes if self.pixels is not None else 0


def open_for_viewing(path: Path, apart: PicturesApart) -> Opened:
    """Pixels, halvings and recipe of `path`. Raises `EngineError`. For the pool."""
    # the metadata readers are loaded with the first picture, not with the window
    from engine.library.pictures import read_metadata

    pixels = apart.pixels(path)
    return Opened(path, pixels, seen(pixels), read_metadata(path))


def seen(pixels: Pixels) -> CanvasPicture:
    """`pixels` (H x W x 3) to be painted, with the halvings that a screen asks for. For the pool: OpenCV lets
    the window go on meanwhile, as Qt's own scaling would not."""
    # loaded in the pool already, with the canvas' tools
    import cv2

    height, width = pixels.shape[:2]
    picture = CanvasPicture(to_qimage(pixels), (width, height))
    half, times = pixels, 0
    while max(half.shape[:2]) > SCREEN_PX // 2:
        times += 1
        size = (max(width >> times, 1), max(height >> times, 1))
        half = np.asarray(cv2.resize(half, size, interpolation=cv2.INTER_AREA), np.uint8)
        picture.know_halved(times, to_qimage(half).convertToFormat(QImage.Format.Format_RGB32))
    return picture


class OpenedPictures(QObject):
    """Keeps as many as fit into `most_bytes`: those wanted now, then those looked at last."""

    changed = Signal(object)
    """`Path` that was opened, or turned out to be unreadable."""

    def __init__(
        self,
        background: Background,
        apart: PicturesApart,
        most_bytes: int = MOST_BYTES,
        parent: QObject | None = None,
    ) -> None:
        """`background` is a pool of its own, so that saving never waits for looking; `apart` decodes."""
        super().__init__(parent)
        self._background = background
        self._apart = apart
        self._resting = QTimer(self, singleShot=True, interval=IDLE_MS)
        self._resting.timeout.connect(apart.rest)
        self._most_bytes = most_bytes
        self._opened: OrderedDict[Path, Opened] = OrderedDict()
        self._wanted: list[Path] = []
        self._reading: set[Path] = set()

    def want(self, paths: Sequence[Path]) -> None:
        """Read `paths`, the first ones first; what was wanted before and is not now is not begun."""
        self._wanted = list(dict.fromkeys(paths))
        for path in reversed(self._wanted):
            if path in self._opened:
                self._opened.move_to_end(path)
        self._shed()
        self._go_on()

    def get(self, path: Path | None) -> Opened | None:
        """What `path` is; None while it is read."""
        return self._opened.get(path) if path is not None else None

    def forget(self, path: Path) -> None:
        """It is gone, or another file lies there now."""
        self._opened.pop(path, None)

    @property
    def bytes(self) -> int:
        return sum(opened.bytes for opened in self._opened.values())

    def _go_on(self) -> None:
        for path in self._wanted:
            if len(self._reading) >= AT_ONCE:
                return
            if path not in self._opened and path not in self._reading and self._has_room(path):
                self._reading.add(path)
                self._background.run(
                    open_for_viewing,
                    path,
                    self._apart,
                    done=self._take,
                    failed=lambda error, path=path: self._take_failed(path, error),
                )

    def _has_room(self, path: Path) -> bool:
        """A neighbour is read ahead only while it pushes out nothing that is wanted more."""
        place = self._wanted.index(path)
        if place == 0:
            return True
        ahead = [self._opened[other].bytes for other in self._wanted[:place] if other in self._opened]
        return sum(ahead) + max(ahead, default=0) <= self._most_bytes

    def _take(self, opened: Opened) -> None:
        self._reading.discard(opened.path)
        self._opened[opened.path] = opened
        if opened.path not in self._wanted:
            self._opened.move_to_end(opened.path, last=False)  # looked past: the first to go
        self._shed()
        self._resting.start()
        self.changed.emit(opened.path)
        self._go_on()

    def _take_failed(self, path: Path, error: Exception) -> None:
        if not isinstance(error, EngineError):
            log.error("%s", path, exc_info=error)
        self._take(Opened(path, error=error))

    def _shed(self) -> None:
        """The oldest that nobody wants first, then the wanted from their end; the first two never."""
        order = [path for path in self._opened if path not in self._wanted]
        order += [path for path in reversed(self._wanted[2:]) if path in self._opened]
        for path in order:
            if self.bytes <= self._most_bytes:
                return
            del self._opened[path]
