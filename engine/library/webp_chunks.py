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


def with_metadata(data: bytes, size: tuple[int, int], exif: bytes, xmp: bytes) -> bytes:
    """The still picture `data` of `size` (width, height) in the extended layout, with both blocks."""
    picture = [(name, content) for name, content in walk(data) if name in PICTURE - {b"VP8X"}]
    alpha = 0x10 if any(name == b"ALPH" for name, _ in picture) else 0
    width, height = size
    head = bytes([0x08 | 0x04 | alpha, 0, 0, 0])
    head += (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"".join(
        chunk(name, content) for name, content in [(b"VP8X", head), *picture, (b"EXIF", exif), (b"XMP ", xmp)]
    )
    return struct.pack("<4sI4s", b"RIFF", len(body) + 4, b"WEBP") + body
