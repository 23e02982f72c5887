"""Small pictures for the viewer's strip: the newest that was asked for is made first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from desktop.bridge.pixels import to_qimage
from desktop.state.studio import Studio
from engine.library.thumbnails.decoder_process import DecoderProcess
from engine.library.thumbnails.thumbnail import LEVELS

MOST_KEPT = 2_000
IDLE_MS = 20_000
"""Then the decoder's process ends, and its memory is free."""
MOST_ASKED = 60
"""What scrolled away long ago is not made."""


class Thumbs(QObject):
    """Asks `known` first: the filmstrip's or the grid's, where they have one."""

    changed = Signal(object)
    """`Path`."""

    def __init__(
        self,
        studio: Studio,
        known: Callable[[Path], QImage | None] = lambda path: None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._background = studio.looking
        self._known = known
        self._decoder = DecoderProcess()
        """Apart from the window, for what strangers' files do to a decoder; one picture at a time."""
        self._resting = QTimer(self, singleShot=True, interval=IDLE_MS)
        self._resting.timeout.connect(self._decoder.end)
        studio.closing.connect(self._decoder.kill)  # nobody waits for a file that hangs
        studio.closed.connect(self.close)
        self._kept: OrderedDict[Path, QImage] = OrderedDict()
        self._asked: OrderedDict[Path, None] = OrderedDict()
        self._is_making = False

    def get(self, path: Path) -> QImage:
        """The thumbnail; a null one until `changed`, and where the file cannot be read."""
        image = self._kept.get(path)
        if image is None:
            image = self._known(path)
        if image is not None:
            return image
        self._asked[path] = None
        self._asked.move_to_end(path)
        while len(self._asked) > MOST_ASKED:
            self._asked.popitem(last=False)
        self._go_on()
        return QImage()

    def close(self) -> None:
        """Leave no process."""
        self._resting.stop()
        self._decoder.end()

    def _go_on(self) -> None:
        if self._is_making or not self._asked:
            return
        self._is_making = True
        self._resting.stop()
        path, _ = self._asked.popitem()
        self._background.run(
            self._decoder.thumbnail,
            path,
            LEVELS[0],
            done=lambda made: self._take(path, to_qimage(made.pixels)),
            failed=lambda _: self._take(path, QImage()),
        )

    def _take(self, path: Path, image: QImage) -> None:
        self._is_making = False
        self._kept[path] = image
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        self.changed.emit(path)
        self._resting.start()
        self._go_on()
