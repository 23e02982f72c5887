"""JPEG as a list of segments: what the decoder needs, and EXIF, XMP and ICC read apart from it.

ITU T.81 annex B; XMP specification part 3, section 1.1.3 (extended packets).
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator

SOI, SOS, EOI, APP0, APP1, APP2, APP14, COM = 0xD8, 0xDA, 0xD9, 0xE0, 0xE1, 0xE2, 0xEE, 0xFE
EXIF = b"Exif\0\0"
XMP = b"http://ns.adobe.com/xap/1.0/\0"
EXTENDED_XMP = b"http://ns.adobe.com/xmp/extension/\0"
ICC = b"ICC_PROFILE\0"
LONGEST = 0xFFFF - 2
"""Bytes of content in one segment."""
PART = 65_000
"""Bytes of an extended packet in one segment."""


def walk(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(marker, content) of every segment before the picture's data."""
    for marker, start, end in places(data):
        yield marker, data[start:end]


def places(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(marker, start, end) of the content of each, as `walk` goes by them."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker in (SOS, EOI):
            return
        (length,) = struct.unpack_from(">H", data, at + 2)
        if length < 2 or at + 2 + length > len(data):
            return
        yield marker, at + 4, at + 2 + length
        at += 2 + length


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def for_decoder(data: bytes) -> bytes:
    """`data` without what a stranger may have put beside the picture; JFIF and Adobe's colour mark stay."""
    kept, end = [b"\xff\xd8"], 2
    for marker, start, end in places(data):
        if marker == APP14 or not (APP1 <= marker <= 0xEF or marker == COM):
            kept.append(segment(marker, data[start:end]))
    return b"".join(kept) + data[end:]


def exif_block(data: bytes) -> bytes:
    return next(
        (content[6:] for marker, content in walk(data) if marker == APP1 and content[:6] == EXIF), b""
    )


def icc_profile(data: bytes) -> bytes:
    """The profile joined from its numbered parts."""
    parts = sorted(
        (content[len(ICC)], content[len(ICC) + 2 :])
        for marker, content in walk(data)
        if marker == APP2 and content.startswith(ICC) and len(content) > len(ICC) + 2
    )
    return b"".join(part for _, part in parts)


def xmp_packet(data: bytes) -> bytes:
    return next(
        (content[len(XMP) :] for marker, content in walk(data) if marker == APP1 and content.startswith(XMP)),
        b"",
    )


def extended_packet(data: bytes, digest: str, largest: int) -> bytes:
    """The continuation that `digest` names, joined; b"" where a part is missing or it is too large."""
    named = EXTENDED_XMP + digest.encode("ascii", "replace")
    parts, whole = {}, 0
    for marker, content in walk(data):
        if marker == APP1 and content.startswith(named) and len(content) > len(named) + 8:
            whole, offset = struct.unpack_from(">II", content, len(named))
            parts[offset] = content[len(named) + 8 :]
    packet = b"".join(part for _, part in sorted(parts.items()))
    return packet if len(packet) == whole <= largest else b""


def extended_segments(packet: bytes) -> tuple[str, list[bytes]]:
    """The digest to name in the main packet, and the segments to put behind it."""
    digest = hashlib.md5(packet, usedforsecurity=False).hexdigest().upper()
    head = EXTENDED_XMP + digest.encode()
    return digest, [
        segment(APP1, head + struct.pack(">II", len(packet), at) + packet[at : at + PART])
        for at in range(0, len(packet), PART)
    ]


def with_segments(data: bytes, segments: list[bytes]) -> bytes:
    """`data` with `segments` behind its JFIF head, where readers look for EXIF first."""
    at = 2
    for marker, _, end in places(data):
        if marker != APP0:
            break
        at = end
    return b"".join([data[:at], *segments, data[at:]])
