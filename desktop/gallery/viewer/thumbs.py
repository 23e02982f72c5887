"""Small pictures for the viewer's strip: the newest that was asked for is made first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from desktop.bridge.background import Background
from desktop.state.thumbnails import thumbnail_of

MOST_KEPT = 2_000
MOST_ASKED = 60
"""What scrolled away long ago is not made."""


def make_thumbnail(path: Path) -> QImage:
    """Raises `EngineError`. For the pool."""
    # Pillow is loaded with the first picture, not with the window
    from engine.library.pictures import open_picture

    return thumbnail_of(open_picture(path).pixels)


class Thumbs(QObject):
    """Asks `known` first: the filmstrip's or the grid's, where they have one."""

    changed = Signal(object)
    """`Path`."""

    def __init__(
        self,
        background: Background,
        known: Callable[[Path], QImage | None] = lambda path: None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._background = background
        self._known = known
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

    def _go_on(self) -> None:
        if self._is_making or not self._asked:
            return
        self._is_making = True
        path, _ = self._asked.popitem()
        self._background.run(
            make_thumbnail,
            path,
            done=lambda image: self._take(path, image),
            failed=lambda _: self._take(path, QImage()),
        )

    def _take(self, path: Path, image: QImage) -> None:
        self._is_making = False
        self._kept[path] = image
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        self.changed.emit(path)
        self._go_on()
