"""Looking at the library's folders: what is new is read, what moved is followed, what went is marked missing.

Everything found so far is in the index whenever the scan is stopped, or killed; the next goes on from there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.api.errors import UnreadableFile
from engine.library.disks import NO_ANSWER, Told, is_no_answer
from engine.library.index.known import Known, path_of
from engine.library.index.reader_process import File
from engine.library.index.readers import Read, Readers
from engine.library.index.reading import Reading, Refusal, signed
from engine.library.index.record import Presence
from engine.library.index.store import Store
from engine.library.index.walk import GONE, UNASKED, Listing, is_below, is_like, listing, listings
from engine.library.marks import Marks

if TYPE_CHECKING:
    from engine.library.index.catalogue import Catalogue

SAY_EVERY_S = 0.1
HASTE_S = 1.0
"""A folder that has told nothing by then is waited for after all the others."""
WRITE_EVERY_S = 0.2
MOST_SAID = 100


@dataclass(frozen=True)
class Progress:
    """How far a scan is. Each is a whole picture of it; the last has `is_done`."""

    folder: Path
    """Where it is now."""
    seen: int = 0
    """Picture files."""
    to_read: int = 0
    """New or changed ones; grows while the folders are listed."""
    read: int = 0
    added: int = 0
    changed: int = 0
    moved: int = 0
    missing: int = 0
    """Since this scan."""
    refused: tuple[tuple[Path, str], ...] = ()
    """Files that are no pictures or cannot be read, and why; the newest hundred."""
    unlisted: tuple[tuple[Path, str], ...] = ()
    """Folders that could not be looked into, and why. Their pictures are left as they were."""
    followed: tuple[tuple[Path, Path], ...] = ()
    """Files that were moved or renamed: from where to where; the newest hundred."""
    is_listed: bool = False
    is_done: bool = False

    @property
    def share(self) -> float | None:
        """0 to 1; None while the folders are listed."""
        if self.is_done:
            return 1.0
        return self.read / self.to_read if self.is_listed and self.to_read else None


@dataclass
class _Look:
    """What the listing of the folders found."""

    to_read: dict[File, tuple[os.stat_result, int | None]] = field(default_factory=dict)
    """New or changed files, and the row of a changed one."""
    again: list[int] = field(default_factory=list)
    """Rows that were missing and are there again, unchanged."""
    gone: dict[int, tuple[bytes, bytes, Known]] = field(default_factory=dict)
    """Rows whose file is not there: directory, name and what was known."""
    visited: dict[bytes, int] = field(default_factory=dict)
    """Directories and their times."""


def scan(catalogue: Catalogue, folders: Iterable[Path], is_recursive: bool = True) -> Iterator[Progress]:
    """Look at `folders` and all below (or at themselves alone). Stops where the iterator is closed."""
    readers = Readers(catalogue.disks, catalogue.top_of)
    try:
        yield from _scan(catalogue, folders, is_recursive, readers)
    finally:
        readers.close()


def _scan(
    catalogue: Catalogue, folders: Iterable[Path], is_recursive: bool, readers: Readers
) -> Iterator[Progress]:
    look, progress = _Look(), Progress(Path())
    for progress in _list_all(catalogue, folders, is_recursive, look):
        readers.prepare(progress.to_read)
        yield progress
    moved = _moved_by_facts(look)
    with catalogue.writing() as store:
        for directory, mtime_ns in look.visited.items():
            store.visit(directory, mtime_ns)
        store.set_presence(look.again, Presence.PRESENT)
        followed = _follow(store, moved, look)
        lost = [id for id, (_, _, known) in look.gone.items() if known.presence is Presence.PRESENT]
        store.set_presence(lost, Presence.MISSING)
    catalogue.kept.moved(followed)
    progress = replace(
        progress,
        is_listed=True,
        to_read=len(look.to_read),
        moved=len(moved),
        followed=tuple(followed.items())[-MOST_SAID:],
        missing=len(lost),
    )
    yield progress
    progress = yield from _read_all(catalogue, look, progress, readers)
    yield replace(progress, is_done=True)


def _list_all(
    catalogue: Catalogue, folders: Iterable[Path], is_recursive: bool, look: _Look
) -> Iterator[Progress]:
    progress, said = Progress(Path()), 0.0
    for top, told in _told(catalogue, folders, is_recursive):
        unlisted: list[bytes] = []
        for found in _patiently(top, told):
            if found.cause:
                unlisted.append(found.path)
                if found.cause == NO_ANSWER:
                    look.visited[found.path] = UNASKED
            elif found.path in look.visited:
                continue
            else:
                _compare(found, catalogue.known_in(found.path), look)
            progress = _after(progress, found, look)
            if time.monotonic() - said > SAY_EVERY_S:
                said = time.monotonic()
                yield progress
        if is_recursive:
            _lose_unvisited(catalogue, top, unlisted, look)
    yield progress


def _told(
    catalogue: Catalogue, folders: Iterable[Path], is_recursive: bool
) -> Iterator[tuple[bytes, Told[Listing]]]:
    """What each folder tells: first those that answer, so that one which hangs keeps no other waiting."""
    late: list[tuple[bytes, Told[Listing]]] = []
    try:
        for folder in folders:
            top = os.fsencode(folder)
            things = listings(top) if is_recursive else _itself_and_new(catalogue, top)
            told = catalogue.disks.each(catalogue.top_of(top), things)
            late.append((top, told))
            if not told.is_late(HASTE_S):
                yield late.pop()
        while late:
            yield late.pop(0)
    finally:
        for _, told in late:
            told.close()


def _patiently(top: bytes, told: Told[Listing]) -> Iterator[Listing]:
    """A disk that does not answer is a folder that could not be listed."""
    try:
        yield from told
    except UnreadableFile as error:
        if not is_no_answer(error):
            raise
        yield Listing(top, cause=NO_ANSWER)
    finally:
        told.close()


def _itself_and_new(catalogue: Catalogue, top: bytes) -> Iterator[Listing]:
    """One folder, and what is below it of folders that nobody has seen yet."""
    known = set(catalogue.directories_below(top))
    found = listing(top)
    yield found
    for folder in found.folders:
        if folder not in known:
            yield from listings(folder)


def _after(progress: Progress, found: Listing, look: _Look) -> Progress:
    folder = Path(os.fsdecode(found.path))
    unlisted = ((folder, found.cause),) if found.cause else ()
    return replace(
        progress,
        folder=folder,
        seen=progress.seen + len(found.files),
        to_read=len(look.to_read),
        unlisted=(*progress.unlisted, *unlisted)[-MOST_SAID:],
    )


def _compare(found: Listing, known: dict[bytes, Known], look: _Look) -> None:
    look.visited[found.path] = GONE if found.is_gone else found.mtime_ns
    for name, facts in found.files.items():
        old = known.get(name)
        if old is None or not is_like(facts, old.bytes, old.mtime_ns, old.inode):
            look.to_read[found.path, name] = facts, old.id if old is not None and old.id else None
        elif old.presence is not Presence.PRESENT:
            look.again.append(old.id)
    for name, old in known.items():
        if name not in found.files and old.id:
            look.gone[old.id] = found.path, name, old


def _lose_unvisited(catalogue: Catalogue, top: bytes, unlisted: list[bytes], look: _Look) -> None:
    """Directories below `top` that the index knows and nobody came by: gone, or behind closed doors."""
    for path in catalogue.directories_below(top):
        if path not in look.visited and not is_below(path, unlisted):
            look.visited[path] = GONE
            for name, old in catalogue.known_in(path).items():
                if old.id:
                    look.gone[old.id] = path, name, old


def _moved_by_facts(look: _Look) -> dict[int, File]:
    """Rows whose file lies under another name now: a rename keeps inode, length and time."""
    gone = {(old.inode, old.bytes, old.mtime_ns): id for id, (_, _, old) in look.gone.items() if old.inode}
    moved: dict[int, File] = {}
    for file, (facts, row) in look.to_read.items():
        id = gone.get((signed(facts.st_ino), facts.st_size, facts.st_mtime_ns)) if row is None else None
        if id is not None and id not in moved:
            moved[id] = file
    return moved


def _follow(store: Store, moved: dict[int, File], look: _Look) -> dict[Path, Path]:
    """Returns from where to where."""
    paths = {}
    for id, (directory, name) in moved.items():
        facts, _ = look.to_read.pop((directory, name))
        old, old_name, _ = look.gone.pop(id)
        paths[path_of(old, old_name)] = path_of(directory, name)
        known = Known(id, facts.st_size, facts.st_mtime_ns, signed(facts.st_ino), Presence.PRESENT)
        store.move(id, store.directory(directory), name, known)
    return paths


def _read_all(
    catalogue: Catalogue, look: _Look, progress: Progress, readers: Readers
) -> Generator[Progress, None, Progress]:
    """Newest first, so that what an artist made today is there at once."""
    files = sorted(look.to_read, key=lambda file: -look.to_read[file][0].st_mtime_ns)
    batches = readers.read(files)
    while progress.read < len(files):
        progress = _put_some(catalogue, batches, look, progress)
        yield progress
    return progress


def _put_some(catalogue: Catalogue, batches: Iterator[Read], look: _Look, progress: Progress) -> Progress:
    """What is read within `WRITE_EVERY_S`, in one transaction: a page of the index that many pictures lie in
    is then written once. A kill loses no more than that. The first, which is waited for, goes alone."""
    owed = catalogue.owed_marks()
    moves: dict[Path, Path] = {}
    with catalogue.writing() as store:
        until = time.monotonic() + (WRITE_EVERY_S if progress.read else 0)
        for batch in batches:
            progress = _put(store, batch, look, owed, moves, progress)
            if time.monotonic() >= until:
                break
    catalogue.kept.moved(moves)
    return replace(progress, followed=(*progress.followed, *moves.items())[-MOST_SAID:])


def _put(
    store: Store,
    batch: Read,
    look: _Look,
    owed: Mapping[Path, Marks],
    moves: dict[Path, Path],
    progress: Progress,
) -> Progress:
    counts = {"changed": 0, "moved": 0}
    refused: list[tuple[Path, str]] = []
    new: list[tuple[int, Reading, Marks | None]] = []
    for file, outcome in batch:
        row = look.to_read[file][1]
        if isinstance(outcome, Refusal):
            refused.append((path_of(*file), outcome.cause))
            store.refuse(store.directory(file[0]), outcome, row)
        elif outcome is not None:
            old = store.missing_with_mark(outcome.mark) if row is None else None
            told = owed.get(path_of(*file)) if owed else None
            if old is not None:
                moves[old.path] = path_of(*file)
                told = told or owed.get(old.path)
                counts["moved"] += 1
                store.put(store.directory(file[0]), outcome, old.id, told)
            elif row is not None:
                counts["changed"] += 1
                store.put(store.directory(file[0]), outcome, row, told)
            else:
                new.append((store.directory(file[0]), outcome, told))
        else:  # it went, or its disk fell silent
            store.visit(file[0], UNASKED)
    store.add(new)
    return replace(
        progress,
        folder=path_of(*batch[-1][0]).parent,
        read=progress.read + len(batch),
        refused=(*progress.refused, *refused)[-MOST_SAID:],
        added=progress.added + len(new),
        **{name: getattr(progress, name) + count for name, count in counts.items()},
    )
