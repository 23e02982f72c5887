"""The gate of OpenRaster archives: a stranger's zip, read member by member, never unpacked to disk.

Refused with a sentence: names that lead elsewhere, links, duplicates, members that overlap, encryption,
packing beyond reason, too much in all. Members with names that OpenRaster does not know are not touched.
"""

from __future__ import annotations

import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from engine.api.errors import UnreadableFile

MIMETYPE = b"image/openraster"
MOST_MEMBERS = 4_096
MOST_BYTES = 4 << 30
"""Of all members together, unpacked; or twice the file itself, where that is more."""
HIGHEST_RATIO = 200
SMALL_BYTES = 1 << 20
"""Below this a member may be packed as tightly as it likes."""
LARGEST_DIRECTORY = 4 << 20
LARGEST_TEXT = 4 << 20
"""Bytes of `stack.xml`."""
LARGEST_STATE = 64 << 20
"""Bytes of `lienzo/state.json`, which holds the recipes of all results."""
KNOWN = re.compile(
    r"mimetype|stack\.xml|mergedimage\.png|Thumbnails/thumbnail\.png|data/[^/]+\.png|lienzo/state\.json|lienzo/[^/]+\.png",
    re.IGNORECASE,
)
LOCAL_HEAD_BYTES = 30
ENCRYPTED = 0x1

_Broken = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
)
"""What `zipfile` raises on what is no zip, or a damaged or unusual one."""


class Archive:
    """An OpenRaster file whose directory has passed the gate. Its members are still a stranger's."""

    def __init__(self, zip: zipfile.ZipFile, name: str) -> None:
        self.name = name
        """The file name for people."""
        self._zip = zip
        self._members = {_name_of(info): info for info in zip.infolist() if KNOWN.fullmatch(_name_of(info))}

    def __contains__(self, member: str) -> bool:
        return member in self._members

    def size_of(self, member: str) -> int:
        """Bytes, unpacked."""
        return self._members[member].file_size

    def read(self, member: str, most: int) -> bytes:
        """All of a small member. Raises `UnreadableFile`."""
        if member in self._members and self.size_of(member) > most:
            raise refused(self.name, "one of its members is too large", NOT_OURS, member)
        with self.open(member) as stream:
            data = stream.read(most + 1)
        if len(data) > most:
            raise refused(self.name, "one of its members is too large", NOT_OURS, member)
        return data

    @contextmanager
    def open(self, member: str) -> Iterator[IO[bytes]]:
        """A member as a stream; what is damaged in it comes out as `UnreadableFile`."""
        info = self._members.get(member)
        if info is None:
            raise refused(self.name, "one of its members is missing", WHOLE_COPY, member)
        try:
            with self._zip.open(info) as stream:
                yield stream
        except _Broken as error:
            if isinstance(error, UnreadableFile):
                raise
            raise refused(self.name, "one of its members is damaged", WHOLE_COPY, member) from error


@contextmanager
def open_archive(path: Path | str) -> Iterator[Archive]:
    """The OpenRaster file `path`, its directory checked. Raises `UnreadableFile` with cause and next step."""
    path = Path(path)
    name = path.name.encode("utf-8", "replace").decode()
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        raise refused(name, "there is no such file", "Look whether it was moved or renamed") from None
    except (OSError, ValueError) as error:
        raise refused(name, str(getattr(error, "strerror", None) or error), "Check its permissions") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise refused(name, "it is not an ordinary file", "Choose an OpenRaster file (.ora)")
    with os.fdopen(descriptor, "rb") as file, _directory_of(file, name) as zip:
        _check_members(zip, name)
        archive = Archive(zip, name)
        if archive.read("mimetype", 256).strip() != MIMETYPE:
            raise refused(name, "it is not an OpenRaster file", "Choose an OpenRaster file (.ora)")
        yield archive


def is_archive(path: Path | str) -> bool:
    """By its first bytes: a zip. Whether it is OpenRaster is found out when it is opened."""
    try:
        with Path(path).open("rb") as file:
            return stat.S_ISREG(os.fstat(file.fileno()).st_mode) and file.read(4) == b"PK\3\4"
    except (OSError, ValueError):
        return False


def _directory_of(file: BinaryIO, name: str) -> zipfile.ZipFile:
    """The zip's list of members; one that would fill the memory by itself is not even read."""
    bounded = _Bounded(file)
    try:
        zip = zipfile.ZipFile(bounded)  # type: ignore[arg-type]  # reads, seeks and tells are all it needs
    except _Bounded.TooMuch:
        raise refused(name, "it has too many members", NOT_OURS) from None
    except (*_Broken, OSError) as error:
        raise refused(name, "it is damaged, or no OpenRaster file", WHOLE_COPY) from error
    bounded.is_open = True
    return zip


class _Bounded:
    """A file that does not give more than a reasonable directory at once, until that is read."""

    class TooMuch(Exception):
        pass

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.is_open = False
        self.seek, self.tell, self.close = file.seek, file.tell, file.close
        self.seekable = file.seekable

    def read(self, size: int = -1) -> bytes:
        if self.is_open:
            return self._file.read(size)
        data = self._file.read(LARGEST_DIRECTORY + 1 if size < 0 else min(size, LARGEST_DIRECTORY + 1))
        if len(data) > LARGEST_DIRECTORY:
            raise self.TooMuch
        return data


def _check_members(zip: zipfile.ZipFile, name: str) -> None:
    members = zip.infolist()
    if len(members) > MOST_MEMBERS:
        raise refused(name, "it has too many members", NOT_OURS)
    seen: set[str] = set()
    for info in members:
        _check_name(info, name)
        if _name_of(info).lower() in seen:
            raise refused(name, "it holds one member twice", NOT_OURS, _shown(info))
        seen.add(_name_of(info).lower())
        _check_packing(info, name)
    packed = sum(info.compress_size for info in members)
    if sum(info.file_size for info in members) > max(MOST_BYTES, 2 * packed):
        raise refused(name, "it would unpack to far too much", NOT_OURS)
    _check_places(members, zip.start_dir, name)


def _check_name(info: zipfile.ZipInfo, name: str) -> None:
    told = info.orig_filename
    if KNOWN.fullmatch(_name_of(info)):
        told = _name_of(info)
    parts = told.rstrip("/").split("/")
    odd = "\\" in told or "\0" in told or ":" in told or any(part in ("", ".", "..") for part in parts)
    if odd or any(ord(sign) < 32 for sign in told):
        raise refused(name, "one of its members leads out of it", NOT_OURS, _shown(info))
    if stat.S_ISLNK(info.external_attr >> 16):
        raise refused(name, "one of its members is a link", NOT_OURS, _shown(info))


def _name_of(info: zipfile.ZipInfo) -> str:
    """One library writes `/data/layer0.png`; the slash leads nowhere, as nothing is unpacked."""
    return info.filename.removeprefix("/")


def _check_packing(info: zipfile.ZipInfo, name: str) -> None:
    if info.flag_bits & ENCRYPTED:
        raise refused(name, "one of its members is encrypted", NO_PASSWORD, _shown(info))
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise refused(name, "one of its members is packed in an unknown way", NOT_OURS, _shown(info))
    if info.compress_type == zipfile.ZIP_STORED and info.compress_size != info.file_size:
        raise refused(name, "one of its members is damaged", WHOLE_COPY, _shown(info))
    if info.file_size > SMALL_BYTES and info.file_size > HIGHEST_RATIO * max(1, info.compress_size):
        raise refused(name, "it would unpack to far too much", NOT_OURS, _shown(info))


def _check_places(members: list[zipfile.ZipInfo], directory: int, name: str) -> None:
    """No byte of the file belongs to two members."""
    ordered = sorted(members, key=lambda info: info.header_offset)
    ends = [info.header_offset for info in ordered[1:]] + [directory] * bool(ordered)
    for info, end in zip(ordered, ends, strict=True):
        head = LOCAL_HEAD_BYTES + len(info.orig_filename)
        if info.header_offset < 0 or info.header_offset + head + info.compress_size > end:
            raise refused(name, "two of its members overlap", NOT_OURS, _shown(info))


def _shown(info: zipfile.ZipInfo) -> str:
    """A stranger's name, short and without anything that could act."""
    clean = "".join(sign if sign.isprintable() else "�" for sign in info.orig_filename)
    return repr(clean[:60])


NOT_OURS = "It was not made by a painting program; do not trust where it came from"
WHOLE_COPY = "Get a whole copy of it and try again"
NO_PASSWORD = "Save it without a password and try again"


def refused(name: str, cause: str, advice: str, member: str = "") -> UnreadableFile:
    """`cause` is one of the sentences that the window says in every language; `member` is a name inside."""
    detail = f" ({member})" if member else ""
    return UnreadableFile(f"{name} cannot be opened: {cause}{detail}. {advice}.", path=name, cause=cause)
