"""The header of a GGUF file (ggml's format): names, types and shapes, within bounds, without a library.

The layout is that of ggml's docs/gguf.md, versions 2 and 3. No number of a tensor is read.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from engine.checkpoints.checkpoint import TensorInfo, WeightFile
from engine.checkpoints.foreign_files import FileState, open_regular, unsafe

MAGIC = b"GGUF"
MOST_TENSORS = 50_000
MOST_ENTRIES = 20_000
LONGEST_TEXT = 1 << 20
LONGEST_ARRAY = 2_000_000
"""Vocabularies have a few hundred thousand words; they are walked over, not kept."""
LARGEST_HEADER = 128 << 20
BLOCK = 1 << 20

TYPES: dict[int, tuple[str, int, int]] = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34), 9: ("Q8_1", 32, 36), 10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110), 12: ("Q4_K", 256, 144), 13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210),
    15: ("Q8_K", 256, 292), 16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98),
    19: ("IQ1_S", 256, 50), 20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136), 24: ("I8", 1, 1), 25: ("I16", 1, 2), 26: ("I32", 1, 4), 27: ("I64", 1, 8),
    28: ("F64", 1, 8), 29: ("IQ1_M", 256, 56), 30: ("BF16", 1, 2), 34: ("TQ1_0", 256, 54),
    35: ("TQ2_0", 256, 66), 39: ("MXFP4", 32, 17),
}  # fmt: skip
"""ggml's number of a type to its name, how many numbers a block holds, and a block's bytes."""

NUMBERS = {
    0: "<B",
    1: "<b",
    2: "<H",
    3: "<h",
    4: "<I",
    5: "<i",
    6: "<f",
    7: "<?",
    10: "<Q",
    11: "<q",
    12: "<d",
}
TEXT, ARRAY = 8, 9
"""Types of a metadata value: those of `NUMBERS`, a text, an array of one type."""


@dataclass(frozen=True)
class GgufTensor:
    type: str
    shape: tuple[int, ...]
    """As torch writes it; the file has it the other way round."""
    bytes: int
    start: int = 0
    """First byte, from the start of the file."""


@dataclass(frozen=True)
class GgufFile:
    """The checked header."""

    path: Path
    state: FileState
    tensors: dict[str, GgufTensor]
    metadata: dict[str, str]
    """Texts and numbers, as text; arrays are left out."""

    @property
    def weights(self) -> WeightFile:
        """As the families read it: every tensor by its place in the file."""
        tensors = {
            name: TensorInfo(tensor.type, tensor.shape, tensor.start, tensor.start + tensor.bytes)
            for name, tensor in self.tensors.items()
        }
        return WeightFile(self.path, self.state, tensors, self.metadata)


def is_gguf(path: Path) -> bool:
    """By its first bytes, whatever it is called."""
    with open_regular(path) as file:
        return file.read(len(MAGIC)) == MAGIC


def read_gguf(path: Path) -> GgufFile:
    """Raises `UnsafeFile` where the file is damaged, cut, or of a version that is not known."""
    with open_regular(path) as file:
        state = FileState.of_open(file)
        reader = _Reader(path, file)
        if reader.take(4) != MAGIC:
            raise reader.damaged("is no GGUF file")
        version = reader.number("<I")
        if version not in (2, 3):
            raise reader.damaged(f"is of GGUF version {version}, which is not known")
        tensor_count, entry_count = reader.number("<Q"), reader.number("<Q")
        if tensor_count > MOST_TENSORS or entry_count > MOST_ENTRIES:
            raise reader.damaged(f"claims {tensor_count:,} tensors and {entry_count:,} entries")
        metadata = _entries(reader, entry_count)
        tensors, end = _tensors(reader, tensor_count)
        alignment = metadata.get("general.alignment", "32")
        step = int(alignment) if alignment.isdecimal() and 0 < int(alignment) <= 1 << 20 else 32
        start = math.ceil(reader.at / step) * step
    if start + end > state.size and tensors:
        raise unsafe(
            path, f"is truncated: {start + end - state.size:,} bytes are missing at its end",
            "Its download was probably broken off; get it again.",
        )  # fmt: skip
    tensors = {name: replace(tensor, start=start + tensor.start) for name, tensor in tensors.items()}
    return GgufFile(path, state, tensors, metadata)


class _Reader:
    """Bytes in order, through one buffer, never beyond `LARGEST_HEADER`."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path, self._file = path, file
        self._buffer, self._place = b"", 0
        self.at = 0

    def take(self, count: int) -> bytes:
        if self.at + count > LARGEST_HEADER:
            raise self.damaged(f"has a header of more than {LARGEST_HEADER:,} bytes")
        while len(self._buffer) - self._place < count:
            more = self._file.read(max(BLOCK, count))
            if not more:
                raise self.damaged("is truncated inside its header")
            self._buffer, self._place = self._buffer[self._place :] + more, 0
        found = self._buffer[self._place : self._place + count]
        self._place += count
        self.at += count
        return found

    def number(self, form: str) -> int:
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def text(self) -> str:
        length = self.number("<Q")
        if length > LONGEST_TEXT:
            raise self.damaged(f"has a text of {length:,} bytes in its header")
        return self.take(length).decode("utf-8", "replace")

    def damaged(self, cause: str) -> Exception:
        return unsafe(self._path, cause, "Get it again from its source.")


def _entries(reader: _Reader, count: int) -> dict[str, str]:
    found: dict[str, str] = {}
    for _ in range(count):
        name = reader.text()
        value = _value(reader, reader.number("<I"))
        if value is not None:
            found[name] = value
    return found


def _value(reader: _Reader, kind: int) -> str | None:
    if kind == TEXT:
        return reader.text()
    if kind in NUMBERS:
        return str(reader.number(NUMBERS[kind]))
    if kind != ARRAY:
        raise reader.damaged(f"has a value of type {kind} in its header, which is not known")
    item, count = reader.number("<I"), reader.number("<Q")
    if count > LONGEST_ARRAY or item == ARRAY:
        raise reader.damaged(f"has an array of {count:,} in its header")
    skip = _skipper(reader, item)
    for _ in range(count if item == TEXT else 1 if count else 0):
        skip(count)
    return None


def _skipper(reader: _Reader, item: int) -> Callable[[int], object]:
    """Passes over one text, or over all of an array's numbers."""
    if item == TEXT:
        return lambda _: reader.text()
    if item not in NUMBERS:
        raise reader.damaged(f"has an array of type {item} in its header, which is not known")
    size = struct.calcsize(NUMBERS[item])
    return lambda count: reader.take(size * count)


def _tensors(reader: _Reader, count: int) -> tuple[dict[str, GgufTensor], int]:
    """The tensors, and where the last of them ends, counted from where the first begins."""
    found: dict[str, GgufTensor] = {}
    end = 0
    for _ in range(count):
        name = reader.text()
        dimensions = reader.number("<I")
        if dimensions > 8:
            raise reader.damaged(f"gives tensor {name[:80]!r} {dimensions} dimensions")
        shape = tuple(reversed([reader.number("<Q") for _ in range(dimensions)]))
        kind, start = reader.number("<I"), reader.number("<Q")
        if kind not in TYPES:
            raise reader.damaged(f"stores {name[:80]!r} in an unknown number format, {kind}")
        if name in found:
            raise reader.damaged(f"says {name[:80]!r} twice")
        word, per_block, block_bytes = TYPES[kind]
        numbers = math.prod(shape)
        if numbers > 2**48 or numbers % per_block:
            raise reader.damaged(f"gives tensor {name[:80]!r} an impossible shape")
        size = numbers // per_block * block_bytes
        found[name] = GgufTensor(word, shape, size, start)
        end = max(end, start + size)
    return found, end
