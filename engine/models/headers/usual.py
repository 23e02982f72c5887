"""A safetensors header as the library writes it, taken apart by one pattern and checked all at once.

Any other, sound or not, is None here: `files.read_strictly` reads any JSON and says what is wrong. A folder
of LoRAs has millions of tensors, and this is several times as fast.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import numpy as np

from engine.checkpoints.checkpoint import DTYPE_BYTES
from engine.checkpoints.foreign_files import FileState, open_regular

LARGEST_HEADER = 16 << 20
"""Bytes; the largest of known models have about 1 MiB."""
MOST_TENSORS = 50_000
MOST_DIMENSIONS = 8
LONGEST_SIDE = 2**48
"""Of a shape: also where another side is 0 and the tensor therefore has no bytes."""

_SIDE = rb"(?:0|[1-9]\d{0,14})"
_PLACE = rb"(0|[1-9]\d{0,17})"
_ENTRY = re.compile(
    rb'"([^"\\\x00-\x1f]+)":\{"dtype":"([A-Z0-9_]{1,10})",'
    rb'"shape":\[((?:'
    + _SIDE
    + rb"(?:,"
    + _SIDE
    + rb')*)?)\],"data_offsets":\['
    + _PLACE
    + rb","
    + _PLACE
    + rb"\]\}"
)
_METADATA = b'{"__metadata__":'
_LARGEST_PRODUCT = 1 << 60


@dataclass(frozen=True)
class HeaderText:
    """A header, not yet taken apart."""

    entries: bytes
    """All that it says of its tensors."""
    metadata: Mapping[str, str]
    state: FileState
    data_start: int

    @cached_property
    def sort(self) -> tuple[bytes, int]:
        """Equal where two files differ in their numbers and their metadata alone."""
        return hashlib.sha256(self.entries).digest(), self.state.size - self.data_start


@dataclass(frozen=True)
class Entries:
    """What a header says of its tensors, in its order; checked as `files.read_strictly` checks it."""

    names: Sequence[str]
    formats: Sequence[str]
    """Keys of `DTYPE_BYTES`."""
    shapes: Sequence[tuple[int, ...]]
    numbers: np.ndarray
    """Of each tensor, as int64."""
    starts: np.ndarray
    """Of its bytes, from the end of the header, as int64."""
    ends: np.ndarray


def read_text(path: Path) -> HeaderText | None:
    """Raises `UnsafeFile` or `ModelNotFound` where there is no regular file."""
    with open_regular(path) as file:
        return _text(file)


def _text(file: BinaryIO) -> HeaderText | None:
    state = FileState.of_open(file)
    start = file.read(8) or b""
    length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
    if not 2 <= length <= min(LARGEST_HEADER, state.size - 8):
        return None
    text = (file.read(length) or b"").rstrip(b" ")
    split = _without_metadata(text)
    return HeaderText(*split, state, 8 + length) if split is not None else None


def _without_metadata(text: bytes) -> tuple[bytes, Mapping[str, str]] | None:
    """The entries between the outer braces, and the metadata that may stand before them."""
    if not text.startswith(_METADATA):
        return (text[1:-1], {}) if text[:1] == b"{" and text[-1:] == b"}" else None
    end = text.find(b'"},"')
    if text.startswith(_METADATA + b"{}"):
        end = len(_METADATA) - 1
    if end < 0:
        return None
    try:
        metadata = json.loads(text[len(_METADATA) : end + 2], object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        return None
    return (text[end + 3 : -1], metadata) if text[end + 2 : end + 3] == b"," and text[-1:] == b"}" else None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is said twice")
    return found


def entries_in(text: HeaderText) -> Entries | None:
    pieces = _ENTRY.split(text.entries)
    count = len(pieces) // 6
    if not 0 < count <= MOST_TENSORS or pieces[0] or pieces[-1] or set(pieces[6:-1:6]) - {b","}:
        return None
    formats = [word.decode() for word in pieces[2::6]]
    told = pieces[3::6]
    known = {text: tuple(map(int, text.split(b","))) if text else () for text in set(told)}
    numbers_of = {text: math.prod(shape) for text, shape in known.items()}
    starts, ends = (np.array(pieces[place::6]).astype(np.int64) for place in (4, 5))
    if set(formats) - DTYPE_BYTES.keys() or max(numbers_of.values()) > _LARGEST_PRODUCT:
        return None
    if any(max(shape, default=0) > LONGEST_SIDE or len(shape) > MOST_DIMENSIONS for shape in known.values()):
        return None
    numbers = np.array([numbers_of[text] for text in told], np.int64)
    sizes = numbers * np.array([DTYPE_BYTES[word] for word in formats], np.int64)
    order = np.lexsort((ends, starts))
    is_whole = starts[order[0]] == 0 and ends[order[-1]] == text.state.size - text.data_start
    if not is_whole or (ends - starts != sizes).any() or (starts[order[1:]] != ends[order[:-1]]).any():
        return None
    try:
        names = b"\n".join(pieces[1::6]).decode("utf-8").split("\n")
    except UnicodeDecodeError:
        return None
    if len(set(names)) != count or "__metadata__" in names:
        return None
    return Entries(names, formats, [known[text] for text in told], numbers, starts, ends)
