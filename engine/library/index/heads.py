"""The beginning of a picture file: everything in it but the pixels, which are passed over on the disk."""

from __future__ import annotations

import os
import stat
import struct
from pathlib import Path

from engine.library import jpeg_segments, png_chunks, webp_chunks
from engine.library.exif import read_exif
from engine.library.gate import refused, sniff
from engine.library.tiff_tags import read_tag

FIRST_READ = 1 << 16
"""Bytes that hold the whole of nearly every head."""
LARGEST_HEAD = 64 << 20
"""Bytes of metadata in one file; our own longest recipe is a twentieth of it."""
LARGEST_TIFF = 256 << 20
PIXELS_KEPT = 32
"""Bytes of a WebP's picture: they say how large it is."""
TIFF_WIDTH, TIFF_HEIGHT = 256, 257
SIDEWAYS = (5, 6, 7, 8)
"""EXIF orientations that swap width and height."""
FRAME_MARKERS = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
NOT_BLOCKING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""A pipe that is called `.png` must not keep us waiting."""


def read_head(path: Path | str | bytes) -> tuple[bytes, os.stat_result]:
    """The file without its pixels, in the form of its format, and its facts.

    Raises `UnreadableFile` naming file and cause; `FileNotFoundError` where it went meanwhile.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | NOT_BLOCKING)
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise refused(
            _name(path), str(getattr(error, "strerror", None) or error), "Check its permissions"
        ) from None
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise refused(_name(path), "it is not an ordinary file", "Choose a picture file")
        return _head(descriptor, facts.st_size, path), facts
    except OSError as error:
        raise refused(_name(path), error.strerror or str(error), "Check its disk") from None
    finally:
        os.close(descriptor)


def _name(path: Path | str | bytes) -> str:
    return Path(os.fsdecode(path)).name.encode("utf-8", "replace").decode()


def _head(descriptor: int, length: int, path: Path | str | bytes) -> bytes:
    start = os.read(descriptor, FIRST_READ)
    format = sniff(start)
    if format is not None and len(start) == length < FIRST_READ:
        return start  # the file is not longer than a head
    if format is None:
        raise refused(_name(path), "it is not a PNG, JPEG, WebP or TIFF picture", "Save it as one of these")
    head = {"png": _png, "jpeg": _jpeg, "webp": _webp, "tiff": _tiff}[format](
        _Reader(descriptor, start, length)
    )
    if head is None:
        raise refused(_name(path), "its metadata is larger than 64 MiB", "Save it again without it")
    return head


class _Reader:
    """A file of known beginning, read further by place."""

    def __init__(self, descriptor: int, start: bytes, length: int) -> None:
        self._descriptor = descriptor
        self._start = start
        self.length = length

    def at(self, place: int, count: int) -> bytes:
        if place + count <= len(self._start) or len(self._start) >= self.length:
            return self._start[place : place + count]
        os.lseek(self._descriptor, place, os.SEEK_SET)
        parts, left = [], min(count, self.length - place)
        while left > 0 and (part := os.read(self._descriptor, left)):
            parts.append(part)
            left -= len(part)
        return b"".join(parts)


def _png(file: _Reader) -> bytes | None:
    """Every chunk but the pixels', of which one empty one stays where they were."""
    parts, at, kept = [png_chunks.SIGNATURE], 8, 0
    has_pixels = False
    while len(head := file.at(at, 8)) == 8:
        length, kind = png_chunks.HEAD.unpack(head)
        whole = 12 + length
        if kind in (b"IDAT", b"fdAT"):
            if not has_pixels:
                parts.append(EMPTY_IDAT)
                has_pixels = True
        else:
            kept += whole
            if kept > LARGEST_HEAD:
                return None
            parts.append(file.at(at, whole))
        if kind == b"IEND":
            break
        at += whole
    return b"".join(parts)


EMPTY_IDAT = png_chunks.chunk(b"IDAT", b"")


def _jpeg(file: _Reader) -> bytes | None:
    """Up to the start of the first scan."""
    at = 2
    while len(head := file.at(at, 4)) == 4 and head[0] == 0xFF:
        if head[1] == 0xFF:
            at += 1
            continue
        if head[1] in (jpeg_segments.SOS, jpeg_segments.EOI):
            break
        at += 2 + struct.unpack(">H", head[2:])[0]
        if at > LARGEST_HEAD:
            return None
    return file.at(0, at) + b"\xff\xd9\0\0"


def _webp(file: _Reader) -> bytes | None:
    parts, at, kept = [], 12, 0
    while len(head := file.at(at, 8)) == 8:
        name, length = struct.unpack("<4sI", head)
        if name in PIXEL_CHUNKS:
            parts.append(webp_chunks.chunk(name, file.at(at + 8, min(length, PIXELS_KEPT))))
        else:
            kept += length
            if kept > LARGEST_HEAD:
                return None
            content = file.at(at + 8, length)
            if len(content) < length:
                break
            parts.append(webp_chunks.chunk(name, content))
        at += 8 + length + length % 2
    body = b"".join(parts)
    return struct.pack("<4sI4s", b"RIFF", len(body) + 4, b"WEBP") + body


PIXEL_CHUNKS = webp_chunks.PICTURE - {b"VP8X", b"ANIM"}


def _tiff(file: _Reader) -> bytes | None:
    """The whole file: its tags may stand anywhere."""
    return file.at(0, file.length) if file.length <= LARGEST_TIFF else None


def size_of(head: bytes, format: str) -> tuple[int, int]:
    """Width and height in pixels, upright; (0, 0) where the head does not say."""
    width, height = {"png": _png_size, "jpeg": _jpeg_size, "webp": _webp_size, "tiff": _tiff_size}[format](
        head
    )
    return (height, width) if _orientation(head, format) in SIDEWAYS else (width, height)


def _orientation(head: bytes, format: str) -> int:
    if format == "png":
        block = png_chunks.exif_block(head) if b"eXIf" in head else b""
    elif format == "jpeg":
        block = jpeg_segments.exif_block(head)
    elif format == "webp":
        block = webp_chunks.metadata(head, b"EXIF")
    else:
        block = head
    return read_exif(block).orientation if block else 1


def _png_size(head: bytes) -> tuple[int, int]:
    return struct.unpack_from(">II", head, 16) if head[12:16] == b"IHDR" and len(head) >= 24 else (0, 0)


def _jpeg_size(head: bytes) -> tuple[int, int]:
    for marker, content in jpeg_segments.walk(head):
        if marker in FRAME_MARKERS and len(content) >= 5:
            height, width = struct.unpack_from(">HH", content, 1)
            return width, height
    return 0, 0


def _webp_size(head: bytes) -> tuple[int, int]:
    for name, content in webp_chunks.walk(head):
        if name == b"VP8X" and len(content) >= 10:
            return 1 + int.from_bytes(content[4:7], "little"), 1 + int.from_bytes(content[7:10], "little")
        if name == b"VP8L" and len(content) >= 5:
            bits = int.from_bytes(content[1:5], "little")
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        if name == b"VP8 " and len(content) >= 10:
            width, height = struct.unpack_from("<HH", content, 6)
            return width & 0x3FFF, height & 0x3FFF
    return 0, 0


def _tiff_size(head: bytes) -> tuple[int, int]:
    order = "little" if head[:2] == b"II" else "big"
    sides = [int.from_bytes(read_tag(head, tag)[:4], order) for tag in (TIFF_WIDTH, TIFF_HEIGHT)]
    return sides[0], sides[1]
