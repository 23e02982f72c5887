"""PNG written band by band: each band is filtered and packed by itself, so any number of threads may share
the work, and no picture need lie in memory as a whole.

Packed by ISA-L: at the size of zlib's level 4 in a sixth of the time (photographs 300 MB/s against 45, paint
1,300 against 210; `tests/benchmarks/documents.py`). The PNG filter is Up, which numpy does at the speed of
memory; the first row of a band is unfiltered, as it knows no row above.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from engine.library.png_chunks import SIGNATURE, chunk

BAND_ROWS = 256
LEVEL = 1
"""Of ISA-L's 0 to 3: 2 and 3 are slower and no smaller here."""
COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
"""Channels -> what PNG calls them: grey, grey and alpha, RGB, RGBA."""
ZLIB_HEAD = b"\x78\x01"
END_OF_STREAM = b"\x03\x00"
"""An empty last block of deflate."""
ADLER_BASE = 65_521


class Band(NamedTuple):
    """Some rows of a picture, packed."""

    packed: bytes
    """Deflate blocks that end on a byte and refer to nothing before them."""
    adler: int
    length: int
    """Bytes before packing."""


def pack_band(rows: NDArray[np.uint8]) -> Band:
    """Pack `rows` (h x W, or h x W x channels in RGBA order). Lets other threads work meanwhile."""
    height = rows.shape[0]
    flat = np.ascontiguousarray(rows).reshape(height, -1)
    filtered = np.empty((height, 1 + flat.shape[1]), np.uint8)
    filtered[0, 0], filtered[1:, 0] = 0, 2
    filtered[0, 1:] = flat[0]
    np.subtract(flat[1:], flat[:-1], out=filtered[1:, 1:])
    return _packed(filtered)


@lru_cache(maxsize=32)
def pack_empty(row_bytes: int, rows: int) -> Band:
    """A band of zeros: what is transparent costs nothing to pack again."""
    return _packed(np.zeros((rows, 1 + row_bytes), np.uint8))


def _packed(filtered: NDArray[np.uint8]) -> Band:
    stream = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, -isal_zlib.MAX_WBITS)
    packed = stream.compress(filtered) + stream.flush(isal_zlib.Z_FULL_FLUSH)
    return Band(packed, isal_zlib.adler32(filtered), filtered.nbytes)


def png_pieces(
    width: int, height: int, channels: int, bands: Iterable[Band], chunks: Iterable[bytes] = ()
) -> Iterator[bytes]:
    """The bytes of an 8-bit PNG of `bands` (top to bottom, together `height` rows) in pieces.

    `chunks` come before the pixels: `sRGB`, texts.
    """
    head = struct.pack(">IIBBBBB", width, height, 8, COLOUR_TYPES[channels], 0, 0, 0)
    yield b"".join([SIGNATURE, chunk(b"IHDR", head), *chunks, chunk(b"IDAT", ZLIB_HEAD)])
    adler = 1
    for band in bands:
        adler = _joined_adler(adler, band.adler, band.length)
        yield chunk(b"IDAT", band.packed)
    yield chunk(b"IDAT", END_OF_STREAM + struct.pack(">I", adler)) + chunk(b"IEND", b"")


def encode_png(pixels: NDArray[np.uint8], chunks: Iterable[bytes] = ()) -> bytes:
    """`pixels` (H x W, or H x W x channels) as a PNG, in this thread."""
    height, width = pixels.shape[:2]
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    bands = (pack_band(pixels[top : top + BAND_ROWS]) for top in range(0, height, BAND_ROWS))
    return b"".join(png_pieces(width, height, channels, bands, chunks))


def _joined_adler(first: int, second: int, length: int) -> int:
    """The checksum of two pieces of which the second has `length` bytes (zlib's `adler32_combine`)."""
    low = (first & 0xFFFF) + (second & 0xFFFF) - 1
    high = (first >> 16) + (second >> 16) + length * ((first & 0xFFFF) - 1)
    return (high % ADLER_BASE) << 16 | low % ADLER_BASE
