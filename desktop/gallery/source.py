"""What the grid shows of the gallery: facts and small pictures, as far as they are here."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QMimeData, QUrl
from PySide6.QtGui import QColor, QImage

from desktop.gallery.words import LABEL_COLOURS
from desktop.state.gallery.gallery import Gallery
from desktop.widgets.grid.content import Cell
from engine.library.index.record import PictureRecord

translate = QCoreApplication.translate
LONGEST_SAID = 300
"""Characters of a prompt that are read aloud and shown as a tooltip."""
MOST_CELLS = 2000


class GallerySource:
    """A `GridSource`; answers at once with what the state has."""

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery
        self._cells: dict[int, tuple[PictureRecord, tuple[int, bool, str], Cell]] = {}
        """As drawn last, and what they were made of: while one scrolls that is the same in each frame."""

    def cell(self, key: int) -> Cell:
        record = self._gallery.records.get(key)
        if record is None:
            return Cell(stack=self._stack(key))
        state = self._stack(key), self._is_open(key), self._mark(record)
        drawn = self._cells.get(key)
        if drawn is not None and drawn[0] is record and drawn[1] == state:
            return drawn[2]
        if len(self._cells) >= MOST_CELLS:
            self._cells.clear()
        cell = self._made(record, *state)
        self._cells[key] = record, state, cell
        return cell

    def _made(self, record: PictureRecord, stack: int, is_open: bool, mark: str) -> Cell:
        colour = LABEL_COLOURS.get(record.marks.label)
        return Cell(
            record.path.name,
            self._said(record),
            record.marks.rating,
            QColor(colour) if colour else None,
            stack,
            is_open,
            record.is_missing,
            mark,
        )

    def image(self, key: int, pixels: int) -> QImage | None:
        return self._gallery.thumbnails.image(key)

    def placeholder(self, key: int) -> QColor | None:
        return self._gallery.thumbnails.colour(key)

    def files(self, keys: Sequence[int]) -> QMimeData:
        data = QMimeData()
        records = [record for key in keys if (record := self._gallery.records.get(key)) is not None]
        data.setUrls([QUrl.fromLocalFile(str(record.path)) for record in records if not record.is_missing])
        return data

    def want(self, keys: Sequence[int], pixels: int) -> None:
        self._gallery.show(keys, pixels)

    def _stack(self, key: int) -> int:
        return self._gallery.searching.arranged.stacks.get(key, 0)

    def _is_open(self, key: int) -> bool:
        searching = self._gallery.searching
        return searching.arranged.stack_of.get(key) in searching.open_stacks

    def _mark(self, record: PictureRecord) -> str:
        """A word over the picture: that it cannot be shown."""
        if record.is_missing or not self._gallery.is_refused(record):
            return ""
        return translate("Gallery", "cannot be shown")

    def _said(self, record: PictureRecord) -> str:
        prompt = record.prompt if len(record.prompt) <= LONGEST_SAID else record.prompt[:LONGEST_SAID] + "…"
        rating = translate("Gallery", "%n star(s)", "", record.marks.rating) if record.marks.rating else ""
        missing = translate("Gallery", "The file is missing") if record.is_missing else ""
        return "\n".join(part for part in (record.path.name, missing, rating, prompt) if part)
