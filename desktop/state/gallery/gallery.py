"""The gallery: a catalogue that is opened when one first goes there, and what one does with it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from desktop.bridge.background import Background
from desktop.state.gallery.board_work import BoardWork
from desktop.state.gallery.file_work import FileWork
from desktop.state.gallery.folders import Folders
from desktop.state.gallery.learning import Learning
from desktop.state.gallery.marking import Marking
from desktop.state.gallery.records import MOST_RECORDS, Records
from desktop.state.gallery.searching import Like, Searching
from desktop.state.gallery.steps import Step, Steps
from desktop.state.gallery.thumbnails import Thumbnails, Wish
from desktop.state.messages import Messages
from desktop.state.settings import Settings
from desktop.state.trash import Trash
from desktop.state.words import say
from engine.api.errors import EngineError
from engine.api.images import Pixels
from engine.library import folders as places
from engine.library.thumbnails.apart import PicturesApart
from engine.library.thumbnails.thumbnail import FileStamp

if TYPE_CHECKING:
    from engine.library.index.catalogue import Catalogue
    from engine.library.index.kept import SavedSearch
    from engine.library.index.record import PictureRecord
    from engine.library.index.sights import SightModel

log = logging.getLogger("library")

KeptChange = Callable[["Catalogue"], object]
NEIGHBOURS = 500
"""Pictures before and after the one that is opened, to walk to."""


class Gallery(QObject):
    """Cheap until `open`: the index, its threads and decoder processes come with the first look."""

    opened = Signal()
    picked_changed = Signal()
    replaced = Signal()
    """The index was made anew: nothing is picked any more."""
    sight_wanted = Signal()
    """Pictures are searched by what they show: a network of the artist's would help."""
    kept_changed = Signal()
    """Saved searches or boards."""

    def __init__(
        self, settings: Settings, messages: Messages, trash: Trash, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._messages = messages
        self._reading = Background(self, threads=1)
        self._writing = Background(self, threads=1)
        self._scanning = Background(self, threads=1)
        self.catalogue: Catalogue | None = None
        self.steps = Steps(self)
        self.searching = Searching(self._reading, self)
        self.records = Records(self._reading, self)
        self.marking = Marking(self._writing, self.steps, messages, self)
        self.board_work = BoardWork(self._writing, self.steps, self.marking, self)
        self.files = FileWork(self._writing, self.steps, messages, trash, self)
        self.learning = Learning(messages, self)
        self.folders = Folders(self._scanning, messages, self)
        self._apart = PicturesApart()
        """Decodes what others are to be like."""
        self.thumbnails = Thumbnails(places.cache_folder() / "thumbnails.sqlite", self)
        self.searches: list[SavedSearch] = []
        self.boards: list[str] = []
        self.picked: list[int] = []
        """Ids, in the order they are shown."""
        self.current: int | None = None
        self._sight: SightModel | None = None
        self._is_opening = False
        self._is_closed = False
        self._wishes: tuple[list[int], int] = ([], 0)
        self._wish_of: dict[int, tuple[PictureRecord, Wish]] = {}
        self._connect()

    def open(self) -> None:
        """Once, in the thread; `opened` follows."""
        if self._is_opening or self._is_closed:
            return
        self._is_opening = True
        self._reading.run(_opened, done=self._take_catalogue, failed=self._take_failure)

    def close(self) -> None:
        """Keep everything, leave no thread and no process."""
        if self._is_closed:
            return
        self._is_closed = True
        self.folders.stop()
        self.learning.stop()
        self._apart.close()
        if self.catalogue is not None:  # a thread that waits for a disk or a process is let go
            self.catalogue.disks.hurry()
            self.catalogue.likeness.close()
        self.searching.close()
        self.records.close()
        self.learning.close()
        self.marking.close()
        self.files.close()
        for background in (self._scanning, self._reading, self._writing):
            background.close()
        self.thumbnails.close()
        if self.catalogue is not None:
            self.catalogue.close()

    # what is picked

    def pick(self, ids: Sequence[int], current: int | None = None) -> None:
        """Said by the grid; commands act on it."""
        self.picked = list(ids)
        self.current = current if current is not None else (self.picked[0] if self.picked else None)
        self.picked_changed.emit()

    def picked_records(self) -> list[PictureRecord]:
        """Those that are known here; `records` brings the others."""
        return [record for id in self.picked if (record := self.records.get(id)) is not None]

    def with_neighbours(self, id: int, take: Callable[[list[Path], int], object]) -> None:
        """`take` the files of all that are picked, or of what lies around `id`, and which of them it is."""
        ids = self.picked if len(self.picked) > 1 and id in self.picked else self._around(id)
        catalogue = self.catalogue
        if catalogue is not None:
            self._reading.run(catalogue.records, ids, done=lambda told: self._take_neighbours(id, told, take))

    def with_id(self, path: Path, take: Callable[[int], object]) -> None:
        """`take` the id of the picture in this file, where the gallery knows one."""
        catalogue = self.catalogue
        if catalogue is not None:
            self._reading.run(
                lambda: catalogue.record_at(path),
                done=lambda record: self._take_id(record, take),
                failed=self.say_failed,
            )

    def _take_id(self, record: PictureRecord | None, take: Callable[[int], object]) -> None:
        if record is not None:
            take(record.id)

    def _around(self, id: int) -> list[int]:
        ids = self.searching.arranged.ids
        place = int(np.flatnonzero(ids == id)[0]) if id in ids else 0
        return ids[max(0, place - NEIGHBOURS) : place + NEIGHBOURS].tolist() or [id]

    def _take_neighbours(
        self, id: int, records: list[PictureRecord], take: Callable[[list[Path], int], object]
    ) -> None:
        self.records.keep(records)
        there = [record for record in records if not record.is_missing]
        place = next((number for number, record in enumerate(there) if record.id == id), None)
        if place is not None:
            take([record.path for record in there], place)
        else:
            self._messages.info(self.tr("The file of this picture is missing."))

    # small pictures

    def show(self, ids: Sequence[int], pixels: int) -> None:
        """These are seen: their facts and small pictures, the first first."""
        self._wishes = (list(ids), pixels)
        self.records.want(ids)
        self._want_thumbnails()

    def _want_thumbnails(self) -> None:
        ids, pixels = self._wishes
        records = [record for id in ids if (record := self.records.get(id)) is not None]
        self.thumbnails.want([self._wish_for(record) for record in records], pixels)

    def is_refused(self, record: PictureRecord) -> bool:
        """Its file, as it is now, cannot be shown."""
        return bool(self.thumbnails.refusal(record.id, self._wish_for(record).stamp))

    def _wish_for(self, record: PictureRecord) -> Wish:
        """Made once: it is asked for with every frame while one scrolls."""
        known = self._wish_of.get(record.id)
        if known is None or known[0] is not record:
            if len(self._wish_of) >= MOST_RECORDS:
                self._wish_of.clear()
            known = self._wish_of[record.id] = record, wish_for(record)
        return known[1]

    def thumbnail_at(self, path: Path) -> QImage | None:
        """The small picture of this file, where the grid has it."""
        record = self.records.at(path)
        return self.thumbnails.image(record.id) if record is not None else None

    # pictures like others

    def find_like(self, ids: Sequence[int]) -> None:
        """More like these."""
        names = [record.path.name for id in ids if (record := self.records.get(id)) is not None]
        if names:
            self._find(Like(names[0], tuple(ids)))

    def find_duplicates(self) -> None:
        """Pictures that are nearly the same as another one."""
        self._find(Like())

    def find_like_file(self, path: Path) -> None:
        """More like a picture from anywhere."""
        self._reading.run(
            self._decoded,
            path,
            done=lambda pixels: self._find(Like(path.name, pixels=pixels)),
            failed=self.say_failed,
        )

    def _decoded(self, path: Path) -> Pixels:
        """For the thread."""
        try:
            return self._apart.pixels(path)
        finally:
            self._apart.rest()

    def find_like_pixels(self, pixels: Pixels, name: str) -> None:
        self._find(Like(name, pixels=pixels))

    def _find(self, like: Like) -> None:
        """What was not looked at yet is looked at now, and what is found so far is shown."""
        self.searching.like = like
        if self.catalogue is not None and not self.catalogue.is_read_only:
            self.learning.begin("looks", self.catalogue.likeness.learn_looks)
            self._look_with_network()

    def _on_searching(self, field: str) -> None:
        catalogue = self.catalogue
        if field == "by_meaning" and self.searching.by_meaning and catalogue is not None:
            if not catalogue.is_read_only:
                self.learning.begin("meanings", catalogue.likeness.learn_meanings)
            self._look_with_network()

    def use_sight(self, model: SightModel | None) -> None:
        """The artist's network that sees pictures, or none; from the next question on."""
        self._sight = model
        if self.catalogue is not None:
            self.catalogue.likeness.use_sight(model)
            if self.searching.like is not None or self.searching.by_meaning:
                self._look_with_network()

    def _look_with_network(self) -> None:
        self.sight_wanted.emit()
        catalogue = self.catalogue
        if catalogue is not None and not catalogue.is_read_only and self._sight is not None:
            self.learning.begin(f"sights by {self._sight.mark}", catalogue.likeness.learn_sights)

    def _on_learnt(self) -> None:
        if self.searching.like is not None or self.searching.by_meaning:
            self.searching.ask_soon()

    # saved searches and boards

    def save_search(self, title: str) -> None:
        text = self.searching.text
        self._change_kept(lambda catalogue: catalogue.kept.save_search(title, text))

    def remove_search(self, search: SavedSearch) -> None:
        """Undone, it is back in its place."""
        self._do_kept(
            self.tr("Forget the search"),
            lambda catalogue: catalogue.kept.remove_search(search.id),
            lambda catalogue: catalogue.kept.change_search(search),
        )

    def rename_search(self, search: SavedSearch, title: str) -> None:
        self._do_kept(
            self.tr("Rename the search"),
            lambda catalogue: catalogue.kept.change_search(replace(search, title=title)),
            lambda catalogue: catalogue.kept.change_search(search),
        )

    def _do_kept(self, text: str, do: KeptChange, undo: KeptChange) -> None:
        self._change_kept(do)
        self.steps.add(Step(text, lambda: self._change_kept(undo), lambda: self._change_kept(do)))

    def _change_kept(self, change: KeptChange) -> None:
        catalogue = self.catalogue
        if catalogue is not None:
            self._writing.run(
                lambda: (change(catalogue), kept_of(catalogue)),
                done=lambda told: self._take_kept(*told[1]),
                failed=self.say_failed,
            )

    def _take_kept(self, searches: list[SavedSearch], boards: list[str]) -> None:
        self.searches, self.boards = searches, boards
        self.kept_changed.emit()

    def read_kept_again(self) -> None:
        self._change_kept(lambda catalogue: None)

    # inside

    def _connect(self) -> None:
        self.records.arrived.connect(self._on_records)
        self.marking.changed.connect(self._on_changed)
        self.marking.changed.connect(self.read_kept_again)
        self.board_work.changed.connect(self._on_board)
        self.board_work.failed.connect(self.say_failed)
        self.files.changed.connect(self._on_changed)
        self.folders.found.connect(self._on_found)
        self.folders.changed_elsewhere.connect(self._on_changed_elsewhere)
        self.searching.replaced.connect(self._on_replaced)
        self.searching.changed.connect(self._on_searching)
        self.searching.told.connect(self.records.keep)
        self.learning.learnt.connect(self._on_learnt)

    def _take_catalogue(self, told: tuple[Catalogue, list[SavedSearch], list[str]]) -> None:
        self.catalogue, searches, boards = told
        if self._is_closed:
            self.catalogue.close()
            return
        self.catalogue.likeness.use_sight(self._sight)
        for note in self.catalogue.notes:
            self._messages.warning(say(note))
        self.records.use(self.catalogue)
        self.searching.use(self.catalogue)
        self.marking.use(self.catalogue)
        self.board_work.use(self.catalogue)
        self.files.use(self.catalogue)
        self.folders.use(self.catalogue, self._settings.library_path)
        self._take_kept(searches, boards)
        self.opened.emit()

    def _take_failure(self, error: Exception) -> None:
        self._is_opening = False
        self.say_failed(error)

    def _on_records(self, ids: list[int]) -> None:
        if set(ids) & set(self._wishes[0]):
            self._want_thumbnails()

    def _on_changed(self, ids: list[int]) -> None:
        self.records.refresh(ids)
        self.searching.ask_soon()

    def _on_board(self, before: str, after: str) -> None:
        """A search that is narrowed to the board follows its name, and widens where it is gone."""
        if before:
            self.searching.replace_term("board", before, after)

    def _on_found(self) -> None:
        self.records.refresh_all()
        self.searching.ask_soon()
        self.thumbnails.forget_refusals()

    def _on_changed_elsewhere(self) -> None:
        self.records.refresh_all()
        self.searching.ask_soon()

    def _on_replaced(self) -> None:
        """What is known by its id is forgotten, or it would be said of another picture."""
        self.records.clear()
        self.thumbnails.clear()
        self.steps.clear()
        self.replaced.emit()
        self.pick([])

    def say_failed(self, error: Exception) -> None:
        if not isinstance(error, EngineError):
            log.error("unexpected", exc_info=error)
        self._messages.error(say(error))


def wish_for(record: PictureRecord) -> Wish:
    stamp = FileStamp(record.bytes, record.mtime_ns, record.path.name)
    return Wish(record.id, str(record.path), stamp)


def kept_of(catalogue: Catalogue) -> tuple[list[SavedSearch], list[str]]:
    return catalogue.kept.searches(), catalogue.kept.boards()


def _opened() -> tuple[Catalogue, list[SavedSearch], list[str]]:
    # numpy and SQLite come with the first gallery, not with the window
    from engine.library.index.catalogue import Catalogue

    catalogue = Catalogue.open()
    return catalogue, *kept_of(catalogue)
