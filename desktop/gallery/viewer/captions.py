"""What is said of the picture that is looked at: its name and place above it, its recipe beside it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QLocale, QObject

from desktop.gallery.viewer.header import ViewerHeader
from desktop.gallery.viewer.info import InfoPanel
from desktop.gallery.viewer.opened import Opened, OpenedPictures
from desktop.gallery.viewer.recipe_rows import Row, as_written, rows_of
from desktop.gallery.viewer.reel import Reel


class Captions(QObject):
    """Of two that are compared, what differs between their recipes."""

    def __init__(
        self, header: ViewerHeader, info: InfoPanel, opened: OpenedPictures, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._header = header
        self._info = info
        self._opened = opened

    def show(self, reel: Reel) -> None:
        current, compared_with = reel.current, reel.pinned
        if current is None:
            return
        number, count = QLocale().toString(reel.index + 1), QLocale().toString(len(reel.paths))
        self._header.name.setText(current.name)
        self._header.facts.setText(self.tr("{number} of {count}").format(number=number, count=count))
        opened = self._opened.get(current)
        written = as_written(opened.metadata) if opened is not None else ""
        rows = _rows(current, opened)
        if compared_with is None:
            self._info.show_one(rows, written)
        else:
            others = _rows(compared_with, self._opened.get(compared_with))
            self._info.show_two(others, rows, (compared_with.name, current.name), written)


def _rows(path: Path, opened: Opened | None) -> list[Row]:
    if opened is None:
        return rows_of(path, None, None)
    size = opened.picture.extent if opened.picture is not None else None
    return rows_of(path, size, opened.metadata)
