"""Names and shapes of a safetensors file, as fast as thousands of files need, checked as `files` checks them.

Headers as the safetensors library writes them are taken apart by one pattern and checked all at once. Every
other one, sound or not, goes to `files.read_header`, which reads any JSON and says what is wrong.
"""

from __future__ import annotations

import json
import math
import re
import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from engine.checkpoints.checkpoint import DTYPE_BYTES, FLOATS
from engine.checkpoints.foreign_files import open_regular
from engine.models.headers.files import (
    LARGEST_HEADER,
    LONGEST_SIDE,
    MOST_DIMENSIONS,
    MOST_TENSORS,
    read_header,
)

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
class TensorShapes:
    """A header without the places of its tensors."""

    shapes: Mapping[str, tuple[int, ...]]
    bytes_by_format: Counter[str]
    parameters: int
    """Numbers with a fraction; index tables are none."""
    metadata: Mapping[str, str]
    file_bytes: int


@dataclass(frozen=True)
class HeaderText:
    """A header as the safetensors library writes it, not yet taken apart."""

    entries: bytes
    """All that it says of its tensors: files with equal ones differ in their numbers alone."""
    metadata: Mapping[str, str]
    file_bytes: int
    data_start: int

    @property
    def data_bytes(self) -> int:
        return self.file_bytes - self.data_start


def read_shapes(path: Path) -> TensorShapes:
    """Raises `UnsafeFile` exactly where `read_header` does."""
    text = read_text(path)
    return (shapes_in(text) if text is not None else None) or _unusual(path)


def read_text(path: Path) -> HeaderText | None:
    """None where the header is not as the library writes it; then `read_shapes` says what it is."""
    with open_regular(path) as file:
        return _usual(file)


def shapes_in(text: HeaderText) -> TensorShapes | None:
    """None where anything is not as the library writes it."""
    pieces = _ENTRY.split(text.entries)
    count = len(pieces) // 6
    if not 0 < count <= MOST_TENSORS or pieces[0] or pieces[-1] or set(pieces[6:-1:6]) - {b","}:
        return None
    return _checked(pieces, text.metadata, text.file_bytes, text.data_start)


def _unusual(path: Path) -> TensorShapes:
    weights = read_header(path)
    counts = Counter[str]()
    for tensor in weights.tensors.values():
        counts[tensor.dtype] += tensor.end - tensor.start
    return TensorShapes(
        {name: tensor.shape for name, tensor in weights.tensors.items()},
        counts,
        weights.parameters,
        weights.metadata,
        weights.state.size,
    )


def _usual(file: BinaryIO) -> HeaderText | None:
    size = file.seek(0, 2)
    file.seek(0)
    start = file.read(8) or b""
    length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
    if not 2 <= length <= min(LARGEST_HEADER, size - 8):
        return None
    text = (file.read(length) or b"").rstrip(b" ")
    split = _without_metadata(text)
    if split is None:
        return None
    return HeaderText(*split, size, 8 + length)


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


def _checked(
    pieces: list[bytes], metadata: Mapping[str, str], size: int, data_start: int
) -> TensorShapes | None:
    names = b"\n".join(pieces[1::6])
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
    is_whole = starts[order[0]] == 0 and ends[order[-1]] == size - data_start
    if not is_whole or (ends - starts != sizes).any() or (starts[order[1:]] != ends[order[:-1]]).any():
        return None
    try:
        shapes = dict(zip(names.decode("utf-8").split("\n"), [known[text] for text in told], strict=True))
    except (UnicodeDecodeError, ValueError):
        return None
    if len(shapes) != len(told) or "__metadata__" in shapes:
        return None
    kinds = np.array(formats)
    counts = Counter({word: int(sizes[kinds == word].sum()) for word in set(formats)})
    parameters = sum(int(numbers[kinds == word].sum()) for word in counts if word in FLOATS)
    return TensorShapes(shapes, counts, parameters, metadata, size)
