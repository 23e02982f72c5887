"""The catalogue of the library's pictures: open it, look at its folders, search, read, mark.

Any thread may call any method; each returns what is frozen. What takes long is an iterator that can be
closed.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TypeVar, Unpack

from engine.api.errors import BadRequest, CannotSave, UnreadableFile
from engine.api.events import Notice
from engine.library import folders as places
from engine.library.disks import PATIENCE_S, Disks, is_no_answer
from engine.library.index.columns import Columns
from engine.library.index.connections import Connections
from engine.library.index.facets import FIELDS, Value, facets_of
from engine.library.index.finder import Finder
from engine.library.index.kept import Kept
from engine.library.index.known import Known, known_in
from engine.library.index.likeness import Likeness
from engine.library.index.marking import Change, Wish, changed_marks
from engine.library.index.moves import Move, move_pictures
from engine.library.index.ordering import Order
from engine.library.index.owing import Written, write_owed
from engine.library.index.query import Query, parse
from engine.library.index.record import PictureRecord, Presence
from engine.library.index.rows import marks_by_id, records_by_id
from engine.library.index.scan import Progress, scan
from engine.library.index.schema import WORDS, damage_of, state_of
from engine.library.index.search import Found
from engine.library.index.store import Store
from engine.library.index.walk import is_below, mtime_of
from engine.library.marks import Marks
from engine.library.moving import renamed

T = TypeVar("T")
INDEX_NAME, KEPT_NAME = "index.sqlite", "library.sqlite"
SOUND = "index_left_sound"
WATCHED = 50
"""Folders whose time a disk is asked for at once."""


class Catalogue:
    """Made by `Catalogue.open`."""

    def __init__(self, index: Connections, kept: Kept) -> None:
        self.kept = kept
        """Folders, saved searches, boards."""
        self.likeness = Likeness(self)
        """More like this, near-duplicates, search by meaning."""
        self.disks = Disks()
        """Through which the folders are asked, each of which may hang."""
        self._index = index
        self._is_closed = False
        self._finder = Finder(index)

    @staticmethod
    def open(index: Path | None = None, kept: Path | None = None) -> Catalogue:
        """This user's, or the one in the files given. Raises `CannotSave` where it cannot be opened."""
        keeper = Kept(kept or places.data_folder() / KEPT_NAME)
        try:
            path = index or places.cache_folder() / INDEX_NAME
            return Catalogue(Connections(path, keeper.fact(SOUND)), keeper)
        except BaseException:
            keeper.close()
            raise

    @property
    def notes(self) -> list[Notice]:
        """What the artist should be told: the index was damaged and is made again, or is only read."""
        return [*self.kept.notes, *self._index.notes]

    @property
    def needs_scan(self) -> bool:
        """The index is empty or was made anew: nothing is found before `scan` has run."""
        return self._index.is_new

    @property
    def generation(self) -> int:
        """Rises when the index is made again, by whomever: ids of before mean nothing then."""
        return self._index.generation

    def state(self) -> tuple[int, int]:
        """Another one whenever anything in the index changed, by whomever."""
        return self.generation, self.columns().stamp

    @property
    def is_read_only(self) -> bool:
        """Nothing new is found and nothing can be marked; searching goes."""
        return self._index.is_read_only or self.kept.is_read_only

    @property
    def path(self) -> Path:
        return self._index.path

    def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        with suppress(UnreadableFile):  # the next start reads every row
            self._finder.keep_columns()
        self.likeness.close()
        self._index.close()
        with suppress(CannotSave, OSError):  # then the next start looks itself
            self._remember_sound()
        self.kept.close()

    def _remember_sound(self) -> None:
        """What was written is looked through once, now, so that the next start need not."""
        if self.is_read_only or not self.path.exists():
            return
        state = state_of(self.path)
        if state != self.kept.fact(SOUND) and not damage_of(self.path):
            self.kept.keep_fact(SOUND, state)

    # folders

    def folders(self) -> list[Path]:
        """Those that are looked at, in the order in which they were added."""
        return self.kept.folders()

    def add_folder(self, folder: Path) -> Path:
        """Take `folder` and all below into the library, where it is; scan it to find its pictures.

        Returns it absolute. Raises `BadRequest` where there is no such folder, and `UnreadableFile` where its
        disk does not answer.
        """
        folder = Path(os.path.abspath(folder))  # noqa: PTH100  links stay: a link may be where a disk is found
        if not self.disks.ask(self.top_of(os.fsencode(folder)), folder.is_dir):
            raise BadRequest("folder", f"{folder} is no folder; choose one that is there", path=str(folder))
        self.kept.add_folder(folder)
        return folder

    def remove_folder(self, folder: Path) -> None:
        """Out of the library; its files stay, and all that is in them. Adding it again brings all back."""
        self.kept.remove_folder(folder)
        others = [os.fsencode(other) for other in self.folders()]
        gone = [path for path in self.directories_below(os.fsencode(folder)) if not is_below(path, others)]
        ids = [known.id for path in gone for known in self.known_in(path).values() if known.id]
        with self.writing() as store:
            store.set_presence(ids, Presence.FORGOTTEN)

    def scan(self, folders: Iterable[Path] | None = None, is_recursive: bool = True) -> Iterator[Progress]:
        """Look at all folders, or at those given: what is new, changed, moved, gone.

        Close the iterator to cancel; what was found stays. Searches go on meanwhile and find what is there.
        Raises `CannotSave` where the index is only read.
        """
        chosen = self.folders() if folders is None else list(folders)
        self._check_writable("no folder is looked at")
        yield from scan(self, chosen, is_recursive)
        if folders is None:
            self._index.is_new = False

    def changed_folders(self) -> list[Path]:
        """Folders whose list of files changed since they were scanned: to be scanned again, not recursively.

        For watching: one `stat` a folder, so it also works on network disks; every few seconds is fine.
        """
        with self._index.reading() as connection:
            known = connection.execute("SELECT path, mtime_ns FROM directories").fetchall()
        below: dict[bytes, list[tuple[bytes, int]]] = {os.fsencode(folder): [] for folder in self.folders()}
        for path, told in known:
            top = next((top for top in below if is_below(path, [top])), None)
            if top is not None:
                below[top].append((path, told))
        return [Path(os.fsdecode(path)) for top, some in below.items() for path in self._changed(top, some)]

    def _changed(self, top: bytes, known: Sequence[tuple[bytes, int]]) -> list[bytes]:
        """Those of `known`, below `top`, that have another time now; none where the disk does not answer."""
        parts = [known[at : at + WATCHED] for at in range(0, len(known), WATCHED)]
        told = self.disks.each(top, ([mtime_of(path) for path, _ in part] for part in parts))
        try:
            return [
                path
                for part, times in zip(parts, told, strict=True)
                for (path, before), now in zip(part, times, strict=True)
                if now != before
            ]
        except UnreadableFile as error:
            if not is_no_answer(error):
                raise
            return []

    def top_of(self, path: bytes) -> bytes:
        """The folder of the library in which `path` lies; outside of all, the folder that it is in."""
        tops = [top for folder in self.folders() if is_below(path, [top := os.fsencode(folder)])]
        return max(tops, key=len, default=os.path.dirname(path))  # noqa: PTH120  paths need not be UTF-8

    def ask_disk(self, path: Path, call: Callable[[], T], seconds: float = PATIENCE_S) -> T:
        """What `call` returns, which asks the disk that `path` is on; raises as `Disks.ask`."""
        return self.disks.ask(self.top_of(os.fsencode(path)), call, seconds)

    # searching

    def columns(self) -> Columns:
        """The numbers of every picture as they are now, whoever changed them."""
        return self._finder.columns()

    def search(self, query: Query | str = "", order: Order = Order.NEWEST, is_typing: bool = False) -> Found:
        """Ids of the pictures that `query` asks for, in `order`. Raises `BadRequest` as `parse` does."""
        return self._finder.find(parse(query, is_typing) if isinstance(query, str) else query, order)

    def facets(self, found: Found, fields: Sequence[str] = FIELDS) -> dict[str, tuple[Value, ...]]:
        """How many of those found have which model, sampler, ...; see `facets.FIELDS`."""
        return facets_of(found, tuple(fields))

    def texts(self, found: Found, column: str) -> list[str]:
        """One of the long texts (of `schema.WORDS`) of each picture found, in order; 0.2 s for 100,000."""
        assert column in WORDS
        with self._index.reading() as connection:
            told = dict(connection.execute(f"SELECT id, {column} FROM words"))
        return [told.get(id, "") for id in found.ids.tolist()]

    def records(self, ids: Iterable[int]) -> list[PictureRecord]:
        """What is known of each, in the order of `ids`; unknown ids are left out."""
        with self._index.reading() as connection:
            found = records_by_id(connection, wanted := [int(id) for id in ids])
        return [found[id] for id in wanted if id in found]

    def record_at(self, path: Path) -> PictureRecord | None:
        """Of the file at `path`, where the catalogue knows it."""
        whole = os.fsencode(os.path.abspath(path))  # noqa: PTH100
        with self._index.reading() as connection:
            row = connection.execute(
                "SELECT pictures.id FROM pictures JOIN directories ON directories.id = directory"
                " WHERE path = ? AND name = ?",
                os.path.split(whole),
            ).fetchone()
        found = self.records(row) if row else []
        return found[0] if found else None

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """The one reader, for as long as a query takes; see `Connections.reading`."""
        return self._index.reading()

    # marks

    def marks_of(self, ids: Iterable[int]) -> dict[int, Marks]:
        with self._index.reading() as connection:
            return marks_by_id(connection, [int(id) for id in ids])

    def mark(self, ids: Iterable[int], **changes: Unpack[Wish]) -> Change:
        """Rate, label, tag, ... the pictures `ids`; see `marking.Wish` for the words.

        The change is safe from any kill when this returns and is in the index at once; `write_owed` brings it
        into the files. Raises `CannotSave` where it cannot be kept, `BadRequest` for a value out of range.
        """
        before = self.marks_of(ids)
        after = {id: changed_marks(marks, **changes) for id, marks in before.items()}
        change = Change(before, after)
        self.apply(change)
        return change

    def apply(self, change: Change) -> None:
        """Do what `change` says, e.g. one that is undone. Pictures that are unknown now are passed over."""
        self._check_writable("nothing was marked")
        paths = {record.id: record.path for record in self.records(change.after)}
        marks = {id: told for id, told in change.after.items() if id in paths}
        self.kept.owe({paths[id]: told for id, told in marks.items()})
        self.kept.add_boards(dict.fromkeys(board for told in marks.values() for board in told.boards))
        with self.writing() as store:
            for id, told in marks.items():
                store.mark(id, told)

    def owed_marks(self) -> Mapping[Path, Marks]:
        """What is newer than the file's own word."""
        return {owed.path: owed.marks for owed in self.kept.owed()}

    def write_owed(self) -> Iterator[Written]:
        """Write what is owed into the files' XMP. Close the iterator to stop; what is left stays owed."""
        yield from write_owed(self)

    # files

    def rename(self, id: int, name: str) -> Move:
        """The picture's file gets `name`, with its own suffix. Raises `BadRequest`, `CannotSave`."""
        (record,) = self.records([id]) or (None,)
        if record is None:
            raise BadRequest("id", f"there is no picture {id}")
        return self._moved({id: (record.path, renamed(record.path, name))})

    def move(self, ids: Iterable[int], folder: Path) -> Move:
        """The pictures' files into `folder`, under their names, or beside what has their name there."""
        return self._moved(
            {record.id: (record.path, folder / record.path.name) for record in self.records(ids)}
        )

    def apply_move(self, move: Move) -> Move:
        """Do it, e.g. one that is undone; returns where the files really are."""
        return self._moved({id: (move.before[id], move.after[id]) for id in move.after})

    def _moved(self, paths: Mapping[int, tuple[Path, Path]]) -> Move:
        self._check_writable("nothing was moved")
        return move_pictures(self, paths)

    def forget(self, ids: Iterable[int]) -> None:
        """No search finds them any more: their files are in the trash, or missing for good."""
        self._set_presence(ids, Presence.FORGOTTEN)

    def remember(self, ids: Iterable[int]) -> None:
        """Undoes `forget`: those whose file is there are there, the others are missing."""
        records = self.records(ids)
        there = {record.id for record in records if self.ask_disk(record.path, record.path.exists)}
        self._set_presence(there, Presence.PRESENT)
        self._set_presence({record.id for record in records} - there, Presence.MISSING)

    def _set_presence(self, ids: Iterable[int], presence: Presence) -> None:
        self._check_writable("nothing was changed")
        with self.writing() as store:
            store.set_presence([int(id) for id in ids], presence)

    # the index

    def writing(self) -> AbstractContextManager[Store]:
        """One transaction of the one writer; see `Connections.writing`."""
        return self._index.writing()

    def known_in(self, directory: bytes) -> dict[bytes, Known]:
        """Files that the index knows in `directory` itself."""
        with self._index.reading() as connection:
            return known_in(connection, directory)

    def directories_below(self, top: bytes) -> list[bytes]:
        """`top` and all below that were ever scanned."""
        with self._index.reading() as connection:
            paths = [path for (path,) in connection.execute("SELECT path FROM directories")]
        return [path for path in paths if is_below(path, [top])]

    def check(self) -> str:
        """What is wrong with the index file; empty where nothing is. Looks at every page."""
        return damage_of(self.path)

    def rebuild(self) -> Iterator[Progress]:
        """Make the index again from the pictures. Every id changes; searches find what is read so far."""
        self._index.start_again()
        yield from self.scan()

    def _check_writable(self, what: str) -> None:
        if self.is_read_only:
            raise CannotSave(
                f"The index {self.path} is only read, so {what}. {self._why_read_only()}", path=str(self.path)
            )

    def _why_read_only(self) -> str:
        return self.notes[-1].detail if self.notes else "Close the other program that holds it."
