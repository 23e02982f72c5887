"""The catalogue of the library's pictures: open it, look at its folders, search, read, mark.

Any thread may call any method; each returns what is frozen. What takes long is an iterator that can be closed.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from engine.api.errors import BadRequest, CannotSave, UnreadableFile
from engine.api.events import Notice
from engine.library import folders as places
from engine.library.index import columns as column_store
from engine.library.index.columns import Columns
from engine.library.index.facets import FIELDS, Value, facets_of
from engine.library.index.kept import Kept
from engine.library.index.marking import Change, changed_marks
from engine.library.index.ordering import Order, Rows, ordered
from engine.library.index.query import Query, parse
from engine.library.index.record import PictureRecord, Presence
from engine.library.index.rows import marks_by_id, records_by_id
from engine.library.index.scan import GONE, Progress, scan
from engine.library.index.schema import IndexFile, damage_of, is_damage, open_index, set_aside
from engine.library.index.search import Found, matching
from engine.library.index.store import Known, Store, known_in
from engine.library.marks import Marks

log = logging.getLogger("library")
INDEX_NAME, KEPT_NAME = "index.sqlite", "library.sqlite"


class Catalogue:
    """Made by `Catalogue.open`."""

    def __init__(self, file: IndexFile, kept: Kept) -> None:
        self.kept = kept
        """Folders, saved searches, boards."""
        self.notes: list[Notice] = [*kept.notes, *file.notes]
        """What the artist should be told: the index was damaged and is made again, or is only read."""
        self.needs_scan = file.is_new
        """The index is empty or was made anew: nothing is found before `scan` has run."""
        self._file = file
        self._identity = _identity(file.path)
        self._reading_lock = threading.RLock()
        self._writing_lock = threading.RLock()
        self._columns: Columns | None = None
        self._orders: dict[Order, Rows] = {}
        self._ordered_columns: Columns | None = None

    @staticmethod
    def open(index: Path | None = None, kept: Path | None = None) -> Catalogue:
        """This user's catalogue, or the one in the files given. Raises `CannotSave` where it cannot be opened."""
        keeper = Kept(kept or places.data_folder() / KEPT_NAME)
        try:
            return Catalogue(open_index(index or places.cache_folder() / INDEX_NAME), keeper)
        except BaseException:
            keeper.close()
            raise

    @property
    def is_read_only(self) -> bool:
        """Nothing new is found and nothing can be marked; searching goes."""
        return self._file.is_read_only or self.kept.is_read_only

    @property
    def path(self) -> Path:
        return self._file.path

    def close(self) -> None:
        with self._writing_lock, self._reading_lock:
            self._file.reader.close()
            self._file.writer.close()
            self.kept.close()

    # folders

    def folders(self) -> list[Path]:
        """Those that are looked at, in the order in which they were added."""
        return self.kept.folders()

    def add_folder(self, folder: Path) -> Path:
        """Take `folder` and all below into the library, where it is; scan it to find its pictures.

        Returns it absolute. Raises `BadRequest` where there is no such folder.
        """
        folder = Path(os.path.abspath(folder))  # noqa: PTH100  links stay: a link may be where a disk is found
        if not folder.is_dir():
            raise BadRequest("folder", f"{folder} is no folder; choose one that is there", path=str(folder))
        self.kept.add_folder(folder)
        return folder

    def remove_folder(self, folder: Path) -> None:
        """Out of the library; its files stay, and all that is in them. Adding it again brings all back."""
        self.kept.remove_folder(folder)
        others = [os.fsencode(other) for other in self.folders()]
        with self._writing_lock:
            gone = [
                path for path in self.directories_below(os.fsencode(folder)) if not _is_below(path, others)
            ]
            with self.writing() as store:
                for path in gone:
                    ids = [known.id for known in known_in(self._file.writer, path).values() if known.id]
                    store.set_presence(ids, Presence.FORGOTTEN)

    def scan(self, folders: Iterable[Path] | None = None, is_recursive: bool = True) -> Iterator[Progress]:
        """Look at all folders, or at those given: what is new, changed, moved, gone.

        Close the iterator to cancel; what was found stays. Searches go on meanwhile and find what is there.
        Raises `CannotSave` where the index is only read.
        """
        chosen = self.folders() if folders is None else list(folders)
        if self.is_read_only:
            raise CannotSave(
                f"The index {self.path} is only read, so no folder is looked at.", path=str(self.path)
            )
        yield from scan(self, chosen, is_recursive)
        self.needs_scan = False

    def changed_folders(self) -> list[Path]:
        """Folders whose list of files changed since they were scanned: to be scanned again, not recursively.

        For watching: one `stat` a folder, so it also works on network disks; every few seconds is fine.
        """
        with self._reading() as connection:
            known = connection.execute("SELECT path, mtime_ns FROM directories").fetchall()
        tops = [os.fsencode(folder) for folder in self.folders()]
        return [
            Path(os.fsdecode(path)) for path, told in known if _is_below(path, tops) and _mtime(path) != told
        ]

    # searching

    def columns(self) -> Columns:
        """The numbers of every picture as they are now, whoever changed them."""
        with self._reading() as connection:
            if self._columns is None:
                self._columns = column_store.load(connection)
            else:
                self._columns = column_store.refreshed(self._columns, connection)
            return self._columns

    def search(self, query: Query | str = "", order: Order = Order.NEWEST, is_typing: bool = False) -> Found:
        """Ids of the pictures that `query` asks for, in `order`. Raises `BadRequest` as `parse` does."""
        asked = parse(query, is_typing) if isinstance(query, str) else query
        with self._reading() as connection:
            columns = self.columns()
            rows = self._ordered(order, columns, connection)
            if not asked.is_empty or (columns["presence"] == Presence.FORGOTTEN).any():
                rows = rows[matching(asked, columns, connection)[rows]]
        rows.setflags(write=False)
        return Found(asked, order, columns, rows)

    def facets(self, found: Found, fields: Sequence[str] = FIELDS) -> dict[str, tuple[Value, ...]]:
        """How many of those found have which model, sampler, ...; see `facets.FIELDS`."""
        return facets_of(found, tuple(fields))

    def records(self, ids: Iterable[int]) -> list[PictureRecord]:
        """What is known of each, in the order of `ids`; unknown ids are left out."""
        with self._reading() as connection:
            found = records_by_id(connection, wanted := [int(id) for id in ids])
        return [found[id] for id in wanted if id in found]

    def record_at(self, path: Path) -> PictureRecord | None:
        """Of the file at `path`, where the catalogue knows it."""
        whole = os.fsencode(os.path.abspath(path))  # noqa: PTH100
        with self._reading() as connection:
            row = connection.execute(
                "SELECT pictures.id FROM pictures JOIN directories ON directories.id = directory"
                " WHERE path = ? AND name = ?",
                os.path.split(whole),
            ).fetchone()
        found = self.records(row) if row else []
        return found[0] if found else None

    def _ordered(self, order: Order, columns: Columns, connection: sqlite3.Connection) -> Rows:
        """Kept for as long as the columns are the same."""
        if self._ordered_columns is not columns:
            self._orders, self._ordered_columns = {}, columns
        if order not in self._orders:
            self._orders[order] = ordered(order, columns, connection)
        return self._orders[order]

    # marks

    def marks_of(self, ids: Iterable[int]) -> dict[int, Marks]:
        with self._reading() as connection:
            return marks_by_id(connection, [int(id) for id in ids])

    def mark(self, ids: Iterable[int], **changes: object) -> Change:
        """Rate, label, tag, ... the pictures `ids`; see `marking.changed_marks` for the words.

        The change is safe from any kill when this returns and is in the index at once; `write_owed` brings it
        into the files. Raises `CannotSave` where it cannot be kept, and `BadRequest` for a value out of range.
        """
        before = self.marks_of(ids)
        after = {id: changed_marks(marks, **changes) for id, marks in before.items()}
        change = Change(before, after)
        self.apply(change)
        return change

    def apply(self, change: Change) -> None:
        """Do what `change` says, e.g. one that is undone. Pictures that are not known any more are passed over."""
        if self.is_read_only:
            raise CannotSave(
                f"The index {self.path} is only read, so nothing was marked.", path=str(self.path)
            )
        paths = {record.id: record.path for record in self.records(change.after)}
        marks = {id: told for id, told in change.after.items() if id in paths}
        self.kept.owe({paths[id]: told for id, told in marks.items()})
        self.kept.add_boards(dict.fromkeys(board for told in marks.values() for board in told.boards))
        with self.writing() as store:
            for id, told in marks.items():
                store.mark(id, told)

    def owed_marks(self) -> Mapping[bytes, Marks]:
        """By whole path: what is newer than the file's own word."""
        return {os.fsencode(owed.path): owed.marks for owed in self.kept.owed()}

    # the file

    @contextmanager
    def writing(self) -> Iterator[Store]:
        """One transaction of the one writer. Raises `CannotSave` where another program holds the index."""
        with self._writing_lock:
            self._follow_replaced()
            try:
                with Store(self._file.writer) as store:
                    yield store
            except sqlite3.OperationalError as error:
                raise CannotSave(
                    f"The index {self.path} could not be written ({error}). Close the other program that holds "
                    "it, or free some space.",
                    path=str(self.path),
                ) from error
            except sqlite3.DatabaseError as error:
                raise self._said(error) from error

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._reading_lock:
            self._follow_replaced()
            try:
                yield self._file.reader
            except sqlite3.OperationalError as error:
                raise UnreadableFile(
                    f"The index {self.path} could not be read ({error}). Close the other program that holds it.",
                    path=str(self.path),
                ) from error
            except sqlite3.DatabaseError as error:
                raise self._said(error) from error

    def _said(self, error: sqlite3.DatabaseError) -> Exception:
        if not is_damage(error):
            return error
        return UnreadableFile(
            f"The index {self.path} is damaged ({error}). Rebuild it; the pictures hold all that is in it.",
            path=str(self.path),
        )

    def known_in(self, directory: bytes) -> dict[bytes, Known]:
        with self._reading() as connection:
            return known_in(connection, directory)

    def directories_below(self, top: bytes) -> list[bytes]:
        with self._reading() as connection:
            paths = [path for (path,) in connection.execute("SELECT path FROM directories")]
        return [path for path in paths if _is_below(path, [top])]

    def check(self) -> str:
        """What is wrong with the index file; empty where nothing is. Looks at every page."""
        return damage_of(self.path)

    def rebuild(self) -> Iterator[Progress]:
        """Make the index again from the pictures. Every id changes; searches find what is read so far."""
        if self.is_read_only:
            raise CannotSave(
                f"The index {self.path} is only read; it is not made again.", path=str(self.path)
            )
        with self._writing_lock, self._reading_lock:
            self._close_index()
            if damage := damage_of(self.path):
                self.notes.append(set_aside(self.path, damage))
            with suppress(FileNotFoundError):
                self.path.unlink()
            self._use(open_index(self.path))
        yield from self.scan()

    def _follow_replaced(self) -> None:
        """Another program made the index again: go on with the new one."""
        now = _identity(self.path)
        if now == self._identity:
            return
        with self._writing_lock, self._reading_lock:
            if _identity(self.path) != self._identity:
                log.info("the index was replaced; it is opened again")
                self._close_index()
                self._use(open_index(self.path))

    def _close_index(self) -> None:
        self._file.reader.close()
        self._file.writer.close()

    def _use(self, file: IndexFile) -> None:
        self._file, self._identity = file, _identity(file.path)
        self._columns, self._orders = None, {}
        self.needs_scan = self.needs_scan or file.is_new


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def _mtime(path: bytes) -> int:
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116
    except OSError:
        return GONE


def _is_below(path: bytes, tops: Iterable[bytes]) -> bool:
    """Whether it is one of `tops` or within one."""
    return any(path == top or path.startswith(top.rstrip(b"/\\") + os.sep.encode()) for top in tops)
