"""One square of pixels, plain or packed; whoever holds it may share it."""

from __future__ import annotations

import enum
import threading

import lz4.block
import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

TILE = 256
"""Pixels a side."""


class Kind(enum.Enum):
    """What the pixels of tiles are."""

    COLOUR = (TILE, TILE, 4)
    """BGRA, premultiplied: `QImage.Format_ARGB32_Premultiplied`."""
    COVERAGE = (TILE, TILE)
    """One byte: 255 is wholly, 0 not at all."""

    @property
    def format(self) -> QImage.Format:
        return FORMATS[self]

    @property
    def nbytes(self) -> int:
        return TILE * TILE * (4 if self is Kind.COLOUR else 1)


FORMATS = {
    Kind.COLOUR: QImage.Format.Format_ARGB32_Premultiplied,
    Kind.COVERAGE: QImage.Format.Format_Grayscale8,
}


class Tile:
    """`TILE` x `TILE` pixels that are not changed once two hold them.

    `pack` squeezes them (LZ4, about 0.1 ms a colour tile) and may run in any thread; `rest` lets the
    plain pixels go. They come back by themselves when they are asked for.
    """

    __slots__ = ("_lock", "_pixels", "kind", "number", "packed")

    def __init__(self, kind: Kind, pixels: NDArray[np.uint8] | None = None, packed: bytes = b"") -> None:
        self.kind = kind
        self.packed = packed
        """LZ4 of the pixels, empty until `pack`."""
        self.number = 0
        """The name under which the journal holds it; 0 while it does not."""
        self._pixels = pixels
        self._lock = threading.Lock()

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """256 x 256 x 4 or 256 x 256."""
        pixels = self._pixels
        return pixels if pixels is not None else self._unpack()

    @property
    def is_plain(self) -> bool:
        return self._pixels is not None

    @property
    def memory_bytes(self) -> int:
        return (self.kind.nbytes if self._pixels is not None else 0) + len(self.packed)

    def pack(self) -> bytes:
        """The squeezed pixels. Only for a tile that is shared: they must not change any more."""
        if not self.packed:
            self.packed = self.squeezed()
        return self.packed

    def squeezed(self) -> bytes:
        """As `pack`, without keeping it beside the plain pixels."""
        return self.packed or lz4.block.compress(np.ascontiguousarray(self.pixels), store_size=False)

    def rest(self) -> None:
        """Keep only the squeezed pixels, where there are some."""
        with self._lock:
            if self.packed:
                self._pixels = None

    def _unpack(self) -> NDArray[np.uint8]:
        with self._lock:
            if self._pixels is None:
                data = lz4.block.decompress(
                    self.packed, uncompressed_size=self.kind.nbytes, return_bytearray=True
                )
                self._pixels = np.frombuffer(data, np.uint8).reshape(self.kind.value)
                self.packed = b""  # one of the two is enough
            return self._pixels
