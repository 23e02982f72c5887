"""PNG read band by band from a stream: a picture of any size costs the memory of one band.

The stream is inflated here, never beyond the rows that the header promises; the filters are undone by libpng
(through OpenCV), which gets each band as a small PNG of its own, with the row above as its first. What is
uncommon (palettes, interlacing, colour profiles, less than 8 bits) is not read here but by the gate.
https://www.w3.org/TR/png-3/
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple, Protocol, cast

import cv2
import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from engine.library.png_chunks import HEAD, SIGNATURE, chunk

BAND_BYTES = 16 << 20
"""How much is inflated at a time, about."""
PIECE_BYTES = 1 << 20
CHANNELS = {0: 1, 2: 3, 6: 4}
"""PNG's colour types that are read here -> channels."""
UNCOMMON = {b"PLTE", b"tRNS", b"iCCP", b"gAMA", b"cHRM", b"cICP"}
"""Chunks before the pixels that change what the numbers mean. gAMA and cHRM say nothing new beside sRGB."""
NONE, UP = 0, 2
"""Filters that numpy undoes faster than libpng."""


_Damaged = cast("type[Exception]", isal_zlib.error)
"""Its stubs do not know that it is a class."""


class Stream(Protocol):
    """A file, or a member of an archive."""

    def read(self, size: int, /) -> bytes: ...


class PngHead(NamedTuple):
    width: int
    height: int
    depth: int
    """Bits a channel."""
    colour: int
    """PNG's number: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA."""
    is_common: bool
    """Whether `bands` reads it."""

    @property
    def row_bytes(self) -> int:
        return self.width * CHANNELS[self.colour] * self.depth // 8


class DamagedPng(ValueError):
    """The stream is no PNG, ends too early, or its packed rows are not what its header says."""


def read_head(stream: Stream) -> tuple[PngHead, bytes]:
    """The header and the bytes read so far; the last of them are the head of the first chunk of pixels.

    Raises `DamagedPng`.
    """
    read = [_exactly(stream, len(SIGNATURE))]
    if read[0] != SIGNATURE:
        raise DamagedPng("it is not a PNG")
    fields: tuple[int, ...] = ()
    kinds: set[bytes] = set()
    while True:
        head = _exactly(stream, 8)
        read.append(head)
        length, kind = HEAD.unpack(head)
        if kind == b"IDAT":
            break
        if kind == b"IEND" or length > 8 * PIECE_BYTES or sum(map(len, read)) > 64 * PIECE_BYTES:
            raise DamagedPng("it holds no pixels, or far too much before them")
        content = _exactly(stream, length + 4)
        read.append(content)
        if kind == b"IHDR" and not fields and length == 13:
            fields = struct.unpack(">IIBBBBB", content[:13])
        kinds.add(kind)
    if not fields or not fields[0] or not fields[1]:
        raise DamagedPng("it has no size")
    width, height, depth, colour, _, _, interlace = fields
    uncommon = kinds & (UNCOMMON - {b"gAMA", b"cHRM"} if b"sRGB" in kinds else UNCOMMON)
    common = colour in CHANNELS and depth in (8, 16) and not interlace and not uncommon
    return PngHead(width, height, depth, colour, common), b"".join(read)


def bands(stream: Stream, head: PngHead, first: int) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """(top, rows) from top to bottom of a common PNG whose `head` was read from `stream` just before.

    Rows are h x W for grey, else h x W x 4 in BGRA order, alpha not multiplied in; 16 bits are rounded to 8.
    `first` is the length that the first chunk of pixels told. Raises `DamagedPng`.
    """
    rows = max(1, min(head.height, BAND_BYTES // (1 + head.row_bytes)))
    inflated = _Inflated(stream, first)
    above: NDArray[np.uint8] | None = None
    for top in range(0, head.height, rows):
        count = min(rows, head.height - top)
        packed = np.frombuffer(inflated.take(count * (1 + head.row_bytes)), np.uint8).reshape(count, -1)
        raw = _unfiltered(packed, above, head)
        above = raw[-1]
        yield top, _pixels(raw, head)
    inflated.finish()


def first_length(read: bytes) -> int:
    """The length that the first chunk of pixels tells, at the end of what `read_head` read."""
    return HEAD.unpack(read[-8:])[0]


class _Inflated:
    """The pixel stream of consecutive IDAT chunks; never holds more than it is asked for."""

    def __init__(self, stream: Stream, first: int) -> None:
        self._stream = stream
        self._left = first
        self._inflater = isal_zlib.decompressobj()
        self._may_hold_more = False
        """Whether the inflater may give more without being fed: its last answer was as long as was asked."""

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        parts: list[bytes] = []
        while size > 0:
            part = self._inflate(size)
            if not part and self._inflater.eof:
                raise DamagedPng("it ends too early")
            parts.append(part)
            size -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def finish(self) -> None:
        """Up to the checksum of the whole. What lies behind the last row is not looked at."""
        while not self._inflater.eof:
            if self._inflate(1):
                return

    def _inflate(self, most: int) -> bytes:
        """At most `most` bytes; none where the inflater must be fed once more, or the stream is over."""
        fed = self._inflater.unconsumed_tail
        if not fed and not self._may_hold_more and not self._inflater.eof:
            fed = self._more()
        try:
            part = self._inflater.decompress(fed, most)
        except _Damaged:
            raise DamagedPng("its packed pixels are damaged") from None
        self._may_hold_more = len(part) == most
        return part

    def _more(self) -> bytes:
        while not self._left:
            _exactly(self._stream, 4)  # the chunk's checksum: the stream has one of its own
            self._left, kind = HEAD.unpack(_exactly(self._stream, 8))
            if kind != b"IDAT":
                raise DamagedPng("it ends too early")
        piece = _exactly(self._stream, min(self._left, PIECE_BYTES))
        self._left -= len(piece)
        return piece


def _exactly(stream: Stream, size: int) -> bytes:
    data = stream.read(size)
    while len(data) < size:
        more = stream.read(size - len(data))
        if not more:
            raise DamagedPng("it ends too early")
        data += more
    return data


def _unfiltered(
    packed: NDArray[np.uint8], above: NDArray[np.uint8] | None, head: PngHead
) -> NDArray[np.uint8]:
    """The bytes of the rows as they were before filtering (h x row_bytes)."""
    filters = packed[:, 0]
    if ((filters == UP) | (filters == NONE)).all():
        return _without_up(packed, above)
    return _by_libpng(packed, above, head)


def _without_up(packed: NDArray[np.uint8], above: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    raw = packed[:, 1:].copy()
    for row, filter in zip(raw, packed[:, 0].tolist(), strict=True):
        if filter == UP and above is not None:
            np.add(row, above, out=row)
        above = row
    return raw


def _by_libpng(
    packed: NDArray[np.uint8], above: NDArray[np.uint8] | None, head: PngHead
) -> NDArray[np.uint8]:
    first = np.zeros((1, packed.shape[1]), np.uint8)
    if above is not None:
        first[0, 1:] = above
    rows = np.concatenate([first, packed])
    small = struct.pack(">IIBBBBB", head.width, len(rows), head.depth, head.colour, 0, 0, 0)
    png = [SIGNATURE, chunk(b"IHDR", small), chunk(b"IDAT", zlib.compress(rows.data, 0)), chunk(b"IEND", b"")]
    decoded = cv2.imdecode(np.frombuffer(b"".join(png), np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None:
        raise DamagedPng("its rows are damaged")
    return _as_stored(decoded[1:], head)


def _as_stored(decoded: NDArray, head: PngHead) -> NDArray[np.uint8]:
    """OpenCV's order and this machine's bytes back to PNG's."""
    if decoded.ndim == 3:
        code = cv2.COLOR_BGRA2RGBA if decoded.shape[2] == 4 else cv2.COLOR_BGR2RGB
        decoded = cv2.cvtColor(decoded, code)
    stored = decoded.astype(">u2" if head.depth == 16 else np.uint8)
    return stored.reshape(len(stored), -1).view(np.uint8)


def _pixels(raw: NDArray[np.uint8], head: PngHead) -> NDArray[np.uint8]:
    if head.depth == 16:
        raw = ((raw.view(">u2").astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
    channels = CHANNELS[head.colour]
    if channels == 1:
        return raw.reshape(len(raw), head.width)
    code = cv2.COLOR_RGBA2BGRA if channels == 4 else cv2.COLOR_RGB2BGRA
    return np.asarray(cv2.cvtColor(raw.reshape(len(raw), head.width, channels), code), np.uint8)
