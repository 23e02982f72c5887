"""What lies in the library's folders now: directories and picture files with their sizes and times."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from engine.library.index.reading import signed

SUFFIXES = (b".png", b".jpg", b".jpeg", b".jfif", b".webp", b".tif", b".tiff")
GONE = -1
"""The time of a folder that is not there."""
UNASKED = -2
"""The time of one whose disk did not answer, or told only a part: it is to be looked at again."""
DEEPEST = 60
"""Levels; mounts can be put into themselves."""


@dataclass
class Listing:
    """One directory as it was found."""

    path: bytes
    mtime_ns: int = 0
    files: dict[bytes, os.stat_result] = field(default_factory=dict)
    """Picture files by their suffix, whatever they turn out to be; also pipes and the like of such names."""
    folders: list[bytes] = field(default_factory=list)
    """Whole paths."""
    cause: str = ""
    """Why it could not be listed; empty where it could."""
    is_gone: bool = False


def listings(top: bytes) -> Iterator[Listing]:
    """`top` and every folder below it, but hidden ones (the trash is one) and links to folders."""
    waiting = [(top, 0)]
    while waiting:
        path, depth = waiting.pop()
        found = listing(path)
        yield found
        if depth < DEEPEST:
            waiting += [(folder, depth + 1) for folder in sorted(found.folders, reverse=True)]


def listing(path: bytes) -> Listing:
    """Raises nothing: a folder that cannot be listed says why."""
    found = Listing(path)
    try:
        found.mtime_ns = os.stat(path).st_mtime_ns  # noqa: PTH116  paths need not be UTF-8
        with os.scandir(path) as entries:
            for entry in entries:
                _take(entry, found)
    except (FileNotFoundError, NotADirectoryError):
        return Listing(path, is_gone=True)
    except OSError as error:
        found.cause = error.strerror or str(error)
    return found


def _take(entry: os.DirEntry[bytes], found: Listing) -> None:
    if entry.name.startswith(b"."):
        return
    try:
        if entry.is_dir(follow_symlinks=False):
            found.folders.append(entry.path)
        elif entry.name.lower().endswith(SUFFIXES):
            facts = entry.stat()
            if not stat.S_ISDIR(facts.st_mode):
                found.files[entry.name] = facts
    except OSError:
        pass  # it went while we looked, or a link leads nowhere


def mtime_of(folder: bytes) -> int:
    try:
        return os.stat(folder).st_mtime_ns  # noqa: PTH116
    except OSError:
        return GONE


def is_below(path: bytes, tops: Iterable[bytes]) -> bool:
    """Whether it is one of `tops` or within one."""
    return any(path == top or path.startswith(top.rstrip(b"/\\") + os.sep.encode()) for top in tops)


def is_like(facts: os.stat_result, size: int, mtime_ns: int, inode: int) -> bool:
    """Whether a file is as it was: changed in place or replaced, one of the three differs."""
    return (facts.st_size, facts.st_mtime_ns, signed(facts.st_ino)) == (size, mtime_ns, inode)
