"""The one function that saves files: whole or not at all, after any kill, full disk or power cut.

The bytes go into a temporary file in the same folder, are counted and synced to the disk, and only
then take the name of the old file. `tests/engine/library/test_save.py` kills real processes to prove it.
"""

from __future__ import annotations

import errno
import itertools
import os
import re
import secrets
import stat
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from engine.api.errors import CannotSave

CHUNK_BYTES = 1 << 20
NEW_FILE_MODE = 0o644
"""Less the umask, as the system applies it on creation."""
HOST = f"{zlib.crc32(os.uname().nodename.encode() if hasattr(os, 'uname') else b'windows'):08x}"
TOKEN = secrets.token_hex(4)
"""Tells this process from an earlier one with the same id, as containers have them."""
PART = re.compile(r"\.lienzo-([0-9a-f]{8})-(\d{1,10})-([0-9a-f]{8})-\d+\.part")
_counter = itertools.count()


def save_bytes(path: Path | str, data: bytes | bytearray | memoryview) -> None:
    """Replace the file `path` by `data`, or leave what was there and raise `CannotSave`.

    When this returns, the bytes are on the disk under that name. An existing file keeps its mode,
    a link keeps pointing where it does. The folder must exist.
    """
    save_written(path, lambda file: _write_all(file, data))


def save_written(path: Path | str, write: Callable[[BinaryIO], object]) -> None:
    """As `save_bytes`, with what `write` writes into the file it is given: for what memory cannot hold.

    The file can be sought in and told. Whatever `write` raises (a cancel too) leaves what was there before
    and no trace of its own.
    """
    target = Path(os.path.realpath(path))
    with _said(target):
        mode = _mode_of(target)
        part = _write_part(target.parent, write, mode)
        try:
            _replace(part, target)
        except BaseException:
            _unlink_quietly(part)
            raise
        sync_folder(target.parent)


def save_new(folder: Path | str, name: str, data: bytes | bytearray | memoryview) -> Path:
    """Save `data` under a name in `folder` that no file has yet, and return its path.

    `name` may hold sub-folders ("2026/dog.png"); they are made where missing, and so is `folder`.
    Where it is taken, " (2)", " (3)", ... is put before the suffix. Raises `CannotSave`, also for a
    name that would lead out of `folder`, and overwrites nothing, whoever else is saving there.
    """
    target = _inside(Path(folder), name)
    with _said(target):
        _check_no_way_out(Path(folder), target)
        _make_folders(target.parent)
        part = _write_part(target.parent, lambda file: _write_all(file, data), None)
        try:
            target = _claim_free_name(part, target)
        finally:
            _unlink_quietly(part)
        sync_folder(target.parent)
    return target


def sweep(folder: Path | str) -> int:
    """Remove what killed processes of this computer left half written in `folder`; says how many.

    Sub-folders are looked through too. Parts of living processes and of other computers that share the
    folder stay.
    """
    stale = [
        Path(here, name)
        for here, _, names in os.walk(folder)
        for name in names
        if (match := PART.fullmatch(name)) and _is_stale(match)
    ]
    return sum(_unlink_quietly(path) for path in stale)


def _is_stale(match: re.Match[str]) -> bool:
    host, process, token = match[1], int(match[2]), match[3]
    if host != HOST:
        return False
    if process == os.getpid():
        return token != TOKEN
    if sys.platform == "win32":
        return True  # Windows refuses to delete what a living process holds open
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False


def _write_part(folder: Path, write: Callable[[BinaryIO], object], mode: int | None) -> Path:
    """A synced temporary file in `folder` with exactly what `write` wrote."""
    part = folder / f".lienzo-{HOST}-{os.getpid()}-{TOKEN}-{next(_counter)}.part"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(part, flags, NEW_FILE_MODE)
    try:
        try:
            _write_counted(descriptor, write)
            if mode is not None and hasattr(os, "fchmod"):
                os.fchmod(descriptor, mode)
            _full_sync(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        _unlink_quietly(part)
        raise
    return part


def _write_all(file: BinaryIO, data: bytes | bytearray | memoryview) -> None:
    file.write(memoryview(data).cast("B"))


def _write_counted(descriptor: int, write: Callable[[BinaryIO], object]) -> None:
    """All that was written must be there. Python's buffered files go on after a short write, or raise."""
    with os.fdopen(descriptor, "wb", buffering=CHUNK_BYTES, closefd=False) as file:
        write(file)
        length = file.seek(0, os.SEEK_END)
    if os.fstat(descriptor).st_size != length:
        raise OSError(errno.EIO, "fewer bytes arrived than were written")


def _full_sync(descriptor: int) -> None:
    """To the disk itself: on macOS plain fsync stops at the drive's cache."""
    if sys.platform == "darwin":
        import fcntl

        try:
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
        except OSError:
            pass  # a file system without it (network shares)
    os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` lasting. Windows cannot and need not: NTFS journals names."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise  # those three: a file system that has no such thing
    finally:
        os.close(descriptor)


def _replace(part: Path, target: Path) -> None:
    """Rename over the old file; on Windows a virus scanner may hold that for a moment."""
    for delay_s in (0.01, 0.02, 0.04, 0.08, 0.16, 0.3, 0.3, 0.3, 0.3):
        try:
            part.replace(target)
            return
        except PermissionError:
            if sys.platform != "win32":
                raise
            time.sleep(delay_s)
    part.replace(target)


def _claim_free_name(part: Path, target: Path) -> Path:
    """Give the part the first free name; the file system decides who was first."""
    for number in itertools.count(2):
        candidate = target if number == 2 else _numbered(target, number - 1)
        try:
            _link(part, candidate)
            return candidate
        except FileExistsError:
            continue
    raise AssertionError("unreachable")


def _link(part: Path, target: Path) -> None:
    if sys.platform == "win32":
        part.rename(target)  # refuses to overwrite there
        return
    try:
        os.link(part, target)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK):
            raise
        # FAT and some shares have no hard links: hold the name with an empty file, then replace it.
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, NEW_FILE_MODE))
        part.replace(target)


def _numbered(path: Path, number: int) -> Path:
    """`dog.png` -> `dog (2).png`, within the 255 bytes that a name may have."""
    tail = f" ({number}){path.suffix}"
    stem = path.stem
    while len((stem + tail).encode("utf-8", "surrogatepass")) > 255 and stem:
        stem = stem[:-1]
    return path.with_name(stem + tail)


def _inside(folder: Path, name: str) -> Path:
    parts = Path(name).parts
    if not parts or Path(name).is_absolute() or Path(name).drive or ".." in parts or "\0" in name:
        raise CannotSave(
            f"{name!r} is not a name inside {folder}. Choose a name without '..' and drive letters.",
            path=name,
        )
    return folder.absolute().joinpath(*parts)


def _check_no_way_out(folder: Path, target: Path) -> None:
    """A sub-folder that is a link elsewhere would lead out of the library."""
    root = os.path.realpath(folder)
    if os.path.commonpath([root, os.path.realpath(target.parent)]) != root:
        raise CannotSave(
            f"{target.parent} is a link that leads out of {folder}. Remove the link or choose another name.",
            path=str(target),
        )


def _make_folders(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folders(folder.parent)
    try:
        folder.mkdir()
    except FileExistsError:
        if not folder.is_dir():
            raise NotADirectoryError(
                errno.ENOTDIR, "a file has the name of the folder", str(folder)
            ) from None
    sync_folder(folder.parent)


def _mode_of(target: Path) -> int | None:
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        return None


def _unlink_quietly(path: Path) -> bool:
    try:
        path.unlink()
        return True
    except OSError:
        return False


CAUSES = {
    errno.ENOSPC: ("the disk is full", "Free some space on it and save again"),
    errno.EDQUOT: ("your share of the disk is full", "Free some space on it and save again"),
    errno.EFBIG: ("the file is larger than this disk or account allows", "Save to another disk"),
    errno.EROFS: ("the disk is read-only", "Choose another folder in the preferences"),
    errno.EACCES: ("it may not be written to", "Change its permissions or choose another folder"),
    errno.EPERM: ("it may not be written to", "Change its permissions or choose another folder"),
    errno.ENOENT: ("the folder is missing", "Connect its disk, make the folder, or choose another"),
    errno.ENOTDIR: ("a folder on the way is a file", "Rename that file or choose another folder"),
    errno.EISDIR: ("a folder has that name", "Choose another name"),
    errno.ENAMETOOLONG: ("the name is too long", "Choose a shorter name"),
    errno.EIO: ("the disk reports an error", "Save to another disk and check this one"),
}  # fmt: skip


@contextmanager
def _said(target: Path) -> Iterator[None]:
    """An `OSError` inside becomes a `CannotSave` in words."""
    try:
        yield
    except (OSError, UnicodeEncodeError) as error:
        number = error.errno if isinstance(error, OSError) else None
        cause, advice = CAUSES.get(number or 0, (str(error), "Choose another folder or name"))
        name = str(target).encode("utf-8", "replace").decode()
        raise CannotSave(
            f"{name} was not saved: {cause}. {advice}. What was there before is untouched.",
            path=name,
            cause=cause,
        ) from error
