"""TIFF as a directory of tags: one read, and one replaced while every byte of the picture stays where it is.

TIFF 6.0 section 2; BigTIFF (https://libtiff.gitlab.io/libtiff/specification/bigtiff.html) has longer numbers.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

BYTE = 1
SIZES = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}
"""Bytes a value, by type."""
MOST_ENTRIES = 4096
LARGEST_CLASSIC = (1 << 32) - 1
ROOM_FOR_DIRECTORY = 1 << 16


@dataclass(frozen=True)
class Layout:
    """How this file writes its numbers."""

    order: str
    """`<` or `>`, as `struct` says it."""
    is_big: bool

    @property
    def word(self) -> str:
        """Of places in the file and counts of values."""
        return self.order + ("Q" if self.is_big else "I")

    @property
    def count(self) -> str:
        """Of the entries of a directory."""
        return self.order + ("Q" if self.is_big else "H")

    @property
    def first_at(self) -> int:
        """Where the place of the first directory is written."""
        return 8 if self.is_big else 4

    @property
    def entry(self) -> str:
        """Tag, type, count; the value or its place follows."""
        return self.order + ("HHQ" if self.is_big else "HHI")

    @property
    def inline(self) -> int:
        """Bytes of a value that stand in the entry itself."""
        return 8 if self.is_big else 4

    @property
    def entry_bytes(self) -> int:
        return struct.calcsize(self.entry) + self.inline


@dataclass(frozen=True)
class Entry:
    tag: int
    kind: int
    count: int
    at: int
    """Where its value begins."""
    raw: bytes
    """The entry as it is written."""

    @property
    def length(self) -> int:
        return SIZES.get(self.kind, 0) * self.count

    @property
    def end(self) -> int:
        return self.at + self.length


def layout_of(data: bytes) -> Layout | None:
    """None where `data` begins like no TIFF."""
    known = {b"II*\0": ("<", False), b"MM\0*": (">", False), b"II+\0": ("<", True), b"MM\0+": (">", True)}
    found = known.get(data[:4])
    return Layout(*found) if found and len(data) >= 16 else None


def entries_of(data: bytes, layout: Layout) -> list[Entry] | None:
    """Of the first directory, in its order; None where it lies outside the file."""
    (at,) = struct.unpack_from(layout.word, data, layout.first_at)
    head = struct.calcsize(layout.count)
    if not 8 <= at <= len(data) - head:
        return None
    (count,) = struct.unpack_from(layout.count, data, at)
    if count > MOST_ENTRIES or at + head + count * layout.entry_bytes > len(data):
        return None
    return [_entry(data, layout, at + head + number * layout.entry_bytes) for number in range(count)]


def _entry(data: bytes, layout: Layout, at: int) -> Entry:
    tag, kind, count = struct.unpack_from(layout.entry, data, at)
    value_at = at + struct.calcsize(layout.entry)
    if SIZES.get(kind, 0) * count > layout.inline:
        (value_at,) = struct.unpack_from(layout.word, data, value_at)
    return Entry(tag, kind, count, value_at, data[at : at + layout.entry_bytes])


def read_tag(data: bytes, tag: int) -> bytes:
    """The raw value of one tag of the first directory; b"" where it is not there. Raises nothing."""
    layout = layout_of(data)
    entries = entries_of(data, layout) if layout is not None else None
    found = next((entry for entry in entries or () if entry.tag == tag), None)
    return data[found.at : found.end] if found is not None and found.end <= len(data) else b""


def with_tag(data: bytes, tag: int, value: bytes) -> bytes | None:
    """`data` with the bytes `value` under `tag` of its first directory.

    A value of the old one's length takes its place; else it and a new copy of the directory stand at the end,
    and of all before only the pointer to that changes. None where there is no sound directory, or the file
    would be longer than its numbers can say.
    """
    layout = layout_of(data)
    entries = entries_of(data, layout) if layout is not None else None
    if layout is None or entries is None:
        return None
    old = next((entry for entry in entries if entry.tag == tag), None)
    if old is not None and len(value) == old.length and old.at >= 8 and old.end <= len(data):
        return b"".join([data[: old.at], value, data[old.end :]])
    return _with_new_directory(data, layout, entries, tag, value)


def _with_new_directory(
    data: bytes, layout: Layout, entries: list[Entry], tag: int, value: bytes
) -> bytes | None:
    if not layout.is_big and len(data) + len(value) + ROOM_FOR_DIRECTORY > LARGEST_CLASSIC:
        return None
    value_at = _even(len(data))
    directory_at = _even(value_at + len(value))
    following = _pointer_behind(data, layout, len(entries))
    kept = {entry.tag: entry.raw for entry in entries}
    is_short = len(value) <= layout.inline
    content = value.ljust(layout.inline, b"\0") if is_short else struct.pack(layout.word, value_at)
    kept[tag] = struct.pack(layout.entry, tag, BYTE, len(value)) + content
    directory = struct.pack(layout.count, len(kept)) + b"".join(kept[tag] for tag in sorted(kept)) + following
    first = layout.first_at
    return b"".join(
        [
            data[:first],
            struct.pack(layout.word, directory_at),
            data[first + layout.inline :].ljust(value_at - first - layout.inline, b"\0"),
            value.ljust(directory_at - value_at, b"\0"),
            directory,
        ]
    )


def _pointer_behind(data: bytes, layout: Layout, entries: int) -> bytes:
    """To the second page's directory, as it is written behind the first; none where the file ends there."""
    (at,) = struct.unpack_from(layout.word, data, layout.first_at)
    start = at + struct.calcsize(layout.count) + entries * layout.entry_bytes
    return data[start : start + layout.inline].ljust(layout.inline, b"\0")


def _even(place: int) -> int:
    """Values begin on a word."""
    return place + place % 2
