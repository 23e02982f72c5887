"""Renaming and moving a picture file: never over another, never half, and back again."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

from engine.api.errors import BadRequest, CannotSave
from engine.library.names import safe_name
from engine.library.save import save_new, sync_folder


def renamed(path: Path, name: str) -> Path:
    """`path` under a new name in its folder, with its own suffix. Raises `BadRequest` for an empty name."""
    if not name.strip():
        raise BadRequest("name", "is empty; type a name for the file")
    stem = name.strip().removesuffix(path.suffix)
    return path.with_name(safe_name(stem, 255 - len(os.fsencode(path.suffix))) + path.suffix)


def move_file(path: Path, target: Path) -> Path:
    """The file at `path` to `target`, or beside it (" (2)") where that is taken; returns where it is.

    To another disk it is copied whole, with its time, before the old one goes. Raises `CannotSave`.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for candidate in _free_names(target):
            if candidate == path:
                return path
            try:
                _move(path, candidate)
            except FileExistsError:
                continue
            sync_folder(candidate.parent)
            return candidate
    except OSError as error:
        if error.errno == errno.EXDEV:
            return _move_across(path, target)
        raise CannotSave(
            f"{path} was not moved to {target} ({error.strerror}). Check the permissions of both folders.",
            path=str(path),
        ) from error
    raise AssertionError("unreachable")


def _free_names(target: Path):
    yield target
    for number in range(2, 1_000_000):
        yield target.with_name(f"{target.stem} ({number}){target.suffix}")


def _move(path: Path, target: Path) -> None:
    """Whoever has the name keeps it, also where he came this very moment."""
    if sys.platform == "win32" or _is_other_spelling(path, target):
        path.rename(target)  # Windows refuses to overwrite
        return
    try:
        os.link(path, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK):
            raise
        if target.exists():  # FAT and some shares have no hard links
            raise FileExistsError(errno.EEXIST, "the name is taken", str(target)) from None
        path.rename(target)
        return
    path.unlink()


def _is_other_spelling(path: Path, target: Path) -> bool:
    """`dog.png` to `Dog.png` where the disk takes both for one name."""
    return path.parent == target.parent and target.exists() and target.samefile(path)


def _move_across(path: Path, target: Path) -> Path:
    try:
        facts, data = path.stat(), path.read_bytes()
    except OSError as error:
        raise CannotSave(
            f"{path} was not moved ({error.strerror}). Look whether it is still there.", path=str(path)
        ) from error
    there = save_new(target.parent, target.name, data)
    os.utime(there, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    path.unlink()
    return there
