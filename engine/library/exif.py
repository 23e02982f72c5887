"""The three EXIF values a generator needs: orientation, the A1111 comment, and "this is sRGB".

Own reader and writer: Pillow's raises a dozen kinds of errors on damaged blocks, and a picture must
open all the same. EXIF 2.32, CIPA DC-008; TIFF 6.0 section 2.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

PREFIX = b"Exif\0\0"
"""Stands before the block in JPEG, and by mistake in some WebP files."""
ORIENTATION, IMAGE_DESCRIPTION, MAKE = 0x0112, 0x010E, 0x010F
EXIF_IFD, EXIF_VERSION, USER_COMMENT, COLOR_SPACE = 0x8769, 0x9000, 0x9286, 0xA001
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 7: 1, 9: 4}
"""Bytes a value, by TIFF type: byte, ASCII, short, long, undefined, signed long."""
MOST_ENTRIES = 500


@dataclass(frozen=True)
class Exif:
    orientation: int = 1
    """1 to 8, as TIFF numbers them."""
    user_comment: str = ""
    image_description: str = ""
    make: str = ""


def read_exif(block: bytes) -> Exif:
    """What of `block` can be understood; a damaged one gives the defaults. Raises nothing."""
    block = block.removeprefix(PREFIX)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None or len(block) < 8:
        return Exif()
    first = _entries(block, order, struct.unpack_from(order + "I", block, 4)[0])
    inner = _entries(block, order, _number(first.get(EXIF_IFD, b""), order))
    orientation = _number(first.get(ORIENTATION, b""), order)
    return Exif(
        orientation if 1 <= orientation <= 8 else 1,
        _comment(inner.get(USER_COMMENT, b"")),
        _text(first.get(IMAGE_DESCRIPTION, b"")),
        _text(first.get(MAKE, b"")),
    )


def _entries(block: bytes, order: str, at: int) -> dict[int, bytes]:
    """Tag -> raw value of the directory at `at`; entries that point outside are left out."""
    if not 8 <= at <= len(block) - 2:
        return {}
    (count,) = struct.unpack_from(order + "H", block, at)
    found: dict[int, bytes] = {}
    for index in range(min(count, MOST_ENTRIES)):
        place = at + 2 + 12 * index
        if place + 12 > len(block):
            break
        tag, kind, length = struct.unpack_from(order + "HHI", block, place)
        size = SIZES.get(kind, 0) * length
        start = place + 8 if size <= 4 else struct.unpack_from(order + "I", block, place + 8)[0]
        if size and start + size <= len(block):
            found[tag] = block[start : start + size]
    return found


def _number(value: bytes, order: str) -> int:
    form = {2: "H", 4: "I"}.get(len(value))
    return struct.unpack(order + form, value)[0] if form else 0


def _text(value: bytes) -> str:
    return value.split(b"\0")[0].decode("utf-8", "replace")


def _comment(value: bytes) -> str:
    code, text = value[:8], value[8:]
    if code == b"UNICODE\0":
        return text.decode(_utf16_order(text), "replace").rstrip("\0")
    if code in (b"ASCII\0\0\0", b"\0" * 8):
        return text.decode("utf-8", "replace").rstrip("\0 ")
    return value.decode("utf-8", "replace").rstrip("\0 ")


def _utf16_order(text: bytes) -> str:
    """Programs disagree on the order and write no mark; Latin letters have their zero byte first or last."""
    return "utf-16-le" if text[1::2].count(0) > text[0::2].count(0) else "utf-16-be"


def write_exif(comment: str) -> bytes:
    """A block with `comment` as `UserComment` in the form A1111 writes and reads, marked as sRGB.

    An empty comment is left out. Without `PREFIX`.
    """
    entries = [(EXIF_VERSION, 7, b"0232"), (COLOR_SPACE, 3, struct.pack(">H", 1))]
    if comment:
        text = comment.replace("\0", "\ufffd").encode("utf-16-be", "replace")
        entries.insert(1, (USER_COMMENT, 7, b"UNICODE\0" + text))
    inner_at = 8 + 2 + 12 + 4
    first = _directory([(EXIF_IFD, 4, struct.pack(">I", inner_at))], 8)
    return b"MM\0*" + struct.pack(">I", 8) + first + _directory(entries, inner_at)


def _directory(entries: list[tuple[int, int, bytes]], at: int) -> bytes:
    """One IFD at offset `at`, its long values behind it."""
    head, tail = struct.pack(">H", len(entries)), b""
    tail_at = at + 2 + 12 * len(entries) + 4
    for tag, kind, value in entries:
        head += struct.pack(">HHI", tag, kind, len(value) // SIZES[kind])
        if len(value) <= 4:
            head += value.ljust(4, b"\0")
        else:
            head += struct.pack(">I", tail_at + len(tail))
            tail += value + b"\0" * (len(value) % 2)
    return head + b"\0\0\0\0" + tail
