"""What a small picture of a file is, and how its file is known again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LEVELS = (256, 384, 512, 768, 1024)
"""Longer side in pixels that small pictures are kept at."""


def level_for(pixels: int) -> int:
    """The smallest level that is not scaled up at this size."""
    return next((level for level in LEVELS if level >= pixels), LEVELS[-1])


class FileStamp(NamedTuple):
    """What a file is told from another by without reading it: it stays when the file or its folder is moved,
    and is another one when anything is written into it."""

    size: int
    """In bytes."""
    mtime_ns: int
    name: str
    """Of the file, without its folder."""

    def key(self) -> bytes:
        """16 bytes for the store."""
        return hashlib.blake2b(ascii(tuple(self)).encode(), digest_size=16).digest()


def stamp_of(path: Path | str) -> FileStamp:
    """Raises `OSError` where there is no such file."""
    facts = Path(path).stat()
    return FileStamp(facts.st_size, facts.st_mtime_ns, Path(path).name)


@dataclass(frozen=True, eq=False)
class Thumbnail:
    """A small picture in memory."""

    pixels: NDArray[np.uint8]
    """H x W x 3, sRGB, never larger than the file's own."""

    @property
    def colour(self) -> tuple[int, int, int]:
        """The mean of all pixels, to stand in its place until it is there."""
        red, green, blue = self.pixels.reshape(-1, 3).mean(0)
        return int(red), int(green), int(blue)
