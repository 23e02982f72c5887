"""What a picture looks like, in 168 numbers and 64 bits that need no network: colours, where they are, edges.

Near-duplicates have nearly the same bits (a difference hash). Pictures of like colours, composition and
texture have near numbers; that a dog is a dog is not in them. Colour layout after MPEG-7 (ISO 15938-3, 6.7),
edges after Dalal and Triggs, https://doi.org/10.1109/CVPR.2005.177.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 32
CELLS = 4
ANGLES = 6
HUES, LEVELS = 6, 3
LENGTH = CELLS * CELLS * 3 + HUES * LEVELS + LEVELS * 2 + CELLS * CELLS * ANGLES
WEIGHTS = (1.0, 0.8, 1.0)
"""Of layout, colours and edges: how much each counts."""
STEP = 127


class Look(NamedTuple):
    hash: int
    """64 bits, without a sign: each says whether a place is darker than the next on its right."""
    numbers: NDArray[np.int8]
    """`LENGTH`, of a vector of length 1 times `STEP`."""


def look_of(pixels: NDArray[np.uint8]) -> Look:
    """The look of H x W x 3 sRGB pixels; the same at any size, nearly the same after JPEG."""
    image = Image.fromarray(np.ascontiguousarray(pixels))
    small = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX), np.float32) / np.float32(255)
    grey = np.asarray(image.convert("L").resize((9, 8), Image.Resampling.BOX), np.int16)
    bits = np.packbits((grey[:, :-1] < grey[:, 1:]).reshape(-1))
    parts = [_layout(small), _colours(small), _edges(small)]
    whole = np.concatenate([_unit(part) * weight for part, weight in zip(parts, WEIGHTS, strict=True)])
    return Look(int.from_bytes(bits.tobytes(), "big"), np.rint(_unit(whole) * STEP).astype(np.int8))


def _layout(small: NDArray[np.float32]) -> NDArray[np.float32]:
    """Brightness and two colour differences of each cell, around the middle."""
    cells = small.reshape(CELLS, SIDE // CELLS, CELLS, SIDE // CELLS, 3).mean((1, 3))
    brightness = cells @ np.array([0.299, 0.587, 0.114], np.float32)
    return np.stack([brightness - 0.5, cells[..., 2] - brightness, cells[..., 0] - brightness], -1).ravel()


def _colours(small: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much of each hue at which strength, and of greys at which brightness."""
    high, low = small.max(2), small.min(2)
    chroma = high - low
    red, green, blue = small[..., 0], small[..., 1], small[..., 2]
    safe = np.where(chroma > 0, chroma, 1)
    hue = np.select(
        [high == red, high == green],
        [(green - blue) / safe % 6, (blue - red) / safe + 2],
        (red - green) / safe + 4,
    )
    is_grey = chroma < 0.12
    places = (hue.astype(np.int64) % HUES) * LEVELS + np.minimum(
        (chroma * LEVELS).astype(np.int64), LEVELS - 1
    )
    coloured = np.bincount(places[~is_grey], minlength=HUES * LEVELS)
    greys = np.bincount(
        np.minimum((high[is_grey] * LEVELS * 2).astype(np.int64), LEVELS * 2 - 1), minlength=LEVELS * 2
    )
    return np.sqrt(np.concatenate([coloured, greys]) / small[..., 0].size).astype(np.float32)


def _edges(small: NDArray[np.float32]) -> NDArray[np.float32]:
    """In each cell how strong edges of each direction are."""
    grey = small.mean(2)
    down, across = np.gradient(grey)
    strength = np.hypot(down, across)
    angle = ((np.arctan2(down, across) % np.pi) / np.pi * ANGLES).astype(np.int64) % ANGLES
    row, column = np.indices(grey.shape) // (SIDE // CELLS)
    places = (row * CELLS + column) * ANGLES + angle
    return np.sqrt(np.bincount(places.ravel(), strength.ravel(), CELLS * CELLS * ANGLES)).astype(np.float32)


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    length = float(np.linalg.norm(vector))
    return vector / length if length > 1e-6 else vector


def row_of(look: Look | None) -> tuple[int, bytes | None]:
    """As the index holds it; a picture that could not be opened has none, and is not asked again."""
    return (0, None) if look is None else (_signed(look.hash), look.numbers.tobytes())


def _signed(bits: int) -> int:
    """SQLite's numbers have a sign."""
    return bits - (1 << 64) if bits >= 1 << 63 else bits
