"""WebP as a list of RIFF chunks: what the decoder needs, and EXIF, XMP and ICC read apart from it.

https://developers.google.com/speed/webp/docs/riff_container
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

PICTURE = {b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"}
METADATA_FLAGS = 0x20 | 0x08 | 0x04
"""Bits of VP8X: ICC profile, EXIF, XMP."""


def walk(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(name, content) of every whole chunk."""
    at = 12
    while at + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        if at + 8 + length > len(data):
            return
        yield name, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack("<4sI", name, len(content)) + content + b"\0" * (len(content) % 2)


def for_decoder(data: bytes) -> bytes:
    """`data` with its picture chunks only."""
    kept = []
    for name, content in walk(data):
        if name == b"VP8X" and content:
            content = bytes([content[0] & ~METADATA_FLAGS]) + content[1:]
        if name in PICTURE:
            kept.append(chunk(name, content))
    body = b"".join(kept)
    return struct.pack("<4sI4s", b"RIFF", len(body) + 4, b"WEBP") + body


def metadata(data: bytes, name: bytes) -> bytes:
    """The first chunk called `name`: b"EXIF", b"XMP " or b"ICCP"."""
    return next((content for found, content in walk(data) if found == name), b"")


def names(start: bytes) -> list[bytes]:
    """The chunks whose heads lie within `start`, the beginning of a file."""
    found, at = [], 12
    while start[8:12] == b"WEBP" and at + 8 <= len(start):
        name, length = struct.unpack_from("<4sI", start, at)
        found.append(name)
        at += 8 + length + length % 2
    return found


def with_metadata(
    data: bytes, size: tuple[int, int], exif: bytes, xmp: bytes, icc: bytes = b"", has_alpha: bool = False
) -> bytes:
    """The still picture `data` of `size` (width, height) in the extended layout, with those blocks that are
    not empty."""
    picture = [(name, content) for name, content in walk(data) if name in PICTURE - {b"VP8X"}]
    flags = 0x10 * has_alpha | 0x20 * bool(icc) | 0x08 * bool(exif) | 0x04 * bool(xmp)
    width, height = size
    head = bytes([flags, 0, 0, 0])
    head += (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    blocks = [(b"VP8X", head), (b"ICCP", icc), *picture, (b"EXIF", exif), (b"XMP ", xmp)]
    body = b"".join(chunk(name, content) for name, content in blocks if content)
    return struct.pack("<4sI4s", b"RIFF", len(body) + 4, b"WEBP") + body
