"""The pre-flight: a weight file is checked, header only, before any library sees it."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from pathlib import Path

from engine.api.errors import UnsafeFile
from engine.api.form import Json
from engine.checkpoints.checkpoint import DTYPE_BYTES, TensorInfo, WeightFile
from engine.checkpoints.foreign_files import FileState, open_regular, parse_json, unsafe
from engine.models.headers.usual import (
    LARGEST_HEADER,
    LONGEST_SIDE,
    MOST_DIMENSIONS,
    MOST_TENSORS,
    HeaderText,
    entries_in,
    read_text,
)

BROKEN_OFF = "Its download was probably broken off; get it again."
GET_IT_AGAIN = "Get it again from its source."
ONLY_SAFETENSORS = "Lienzo opens safetensors only: get the model in that format, or ask its makers for it."
NO_PICKLE = "Get the model as safetensors, or let `lienzo models convert` make such a file of it."

SAVE_AS_PNG = "Choose a model file; a picture can be read when it is saved as PNG, JPEG or WebP."
_KINDS = (
    (
        b"PK\x03\x04",
        "a PyTorch pickle checkpoint or another zip archive, which can run code",
        NO_PICKLE,
    ),
    (b"GGUF", "a GGUF file", ONLY_SAFETENSORS),
    (b"version https://git-lfs", "a Git LFS pointer, not the model itself", "Fetch it with `git lfs pull`."),
    (b"\x89PNG", "a PNG picture", "Choose a model file."),
    (b"\xff\xd8\xff", "a JPEG picture", "Choose a model file."),
    (b"GIF8", "a GIF picture", SAVE_AS_PNG),
    (b"BM", "a BMP picture", SAVE_AS_PNG),
    (b"II*\0", "a TIFF picture", SAVE_AS_PNG),
    (b"MM\0*", "a TIFF picture", SAVE_AS_PNG),
    (b"8BPS", "a Photoshop document", SAVE_AS_PNG),
    (b"gimp xcf", "a GIMP document", SAVE_AS_PNG),
    (b"\x89HDF", "an HDF5/Keras file", ONLY_SAFETENSORS),
    (b"\x1f\x8b", "a gzip archive", "Unpack it first."),
    (b"7z\xbc\xaf", "a 7-Zip archive", "Unpack it first."),
    (b"Rar!", "a RAR archive", "Unpack it first."),
    (b"\x7fELF", "a program", "Choose a model file."),
    (b"MZ", "a program", "Choose a model file."),
    (b"%PDF", "a PDF document", "Choose a model file."),
)
"""First bytes, what the file seems to be, what to do."""


def looks_like_safetensors(path: Path) -> bool:
    """By content: eight bytes of length, then the brace that opens the header."""
    with open_regular(path) as file:
        start = file.read(9) or b""
    return len(start) == 9 and start[8:] == b"{" and struct.unpack("<Q", start[:8])[0] >= 2


def read_header(path: Path) -> WeightFile:
    """Names, types and places of the tensors in `path`; raises `UnsafeFile` with the cause.

    Refused are: all that is no safetensors file (whatever its suffix), headers over 16 MiB or 50,000
    tensors, names said twice, unknown number formats, tensors outside the file, over each other, or with
    another number of bytes than their shape says, and bytes that belong to no tensor.
    """
    return usual_header(path, read_text(path)) or read_strictly(path)


def usual_header(path: Path, text: HeaderText | None) -> WeightFile | None:
    """None where the header `text` of the file at `path` is not as the library writes it."""
    entries = entries_in(text) if text is not None else None
    if text is None or entries is None:
        return None
    starts = (entries.starts + text.data_start).tolist()
    ends = (entries.ends + text.data_start).tolist()
    tensors = map(TensorInfo, entries.formats, entries.shapes, starts, ends)
    return WeightFile(path, text.state, dict(zip(entries.names, tensors, strict=True)), text.metadata)


def read_strictly(path: Path) -> WeightFile:
    """`read_header` of any JSON, with what is wrong where it is refused; slower."""
    with open_regular(path) as file:
        state = FileState.of_open(file)
        length = _header_length(path, file.read(4096) or b"", state.size)
        file.seek(8)
        header = parse_json(file.read(length) or b"", path)
    if not isinstance(header, dict):
        raise unsafe(path, "has a damaged header", GET_IT_AGAIN)
    metadata = _metadata(path, header.pop("__metadata__", {}))
    if len(header) > MOST_TENSORS:
        raise unsafe(path, f"claims {len(header):,} tensors", "No real model has so many; do not use it.")
    tensors = {name: _tensor(path, name, entry, 8 + length) for name, entry in header.items()}
    _check_places(path, tensors, 8 + length, state.size)
    return WeightFile(path, state, tensors, metadata)


def _header_length(path: Path, start: bytes, size: int) -> int:
    if not start:
        raise unsafe(path, "is empty", BROKEN_OFF)
    if len(start) < 9 or start[8:9] != b"{":
        raise _not_safetensors(path, start)
    length = struct.unpack("<Q", start[:8])[0]
    if length > LARGEST_HEADER:
        raise unsafe(
            path, f"claims a header of {length:,} bytes", "No real model has such a one; do not use it."
        )
    if 8 + length > size:
        raise unsafe(path, "is truncated inside its header", BROKEN_OFF)
    return length


def _not_safetensors(path: Path, start: bytes) -> UnsafeFile:
    kind, next_step = what_it_seems(start)
    return unsafe(path, f"is not a safetensors file; it seems to be {kind}", next_step)


def what_it_seems(start: bytes) -> tuple[str, str]:
    """What a file that is no safetensors file seems to be by its first bytes, and what to do."""
    for magic, kind, next_step in _KINDS:
        if start.startswith(magic):
            return kind, next_step
    if start[4:12] in (b"ftypavif", b"ftypheic", b"ftypmif1"):
        return "an AVIF or HEIC picture", SAVE_AS_PNG
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")):
        return "a web page", "The download gave an error or log-in page instead of the model; get it again."
    if start[:1] == b"\x80" and start[1:2] in b"\x01\x02\x03\x04\x05":
        return "a Python pickle, which can run code", NO_PICKLE
    if start.startswith((b"(", b"c")) and b"\n" in start[:200] and start.rstrip().endswith(b"."):
        return "a Python pickle, which can run code", NO_PICKLE
    if not any(start):
        return "nothing but zeros", BROKEN_OFF
    if all(byte in b"\t\n\r\f" or byte >= 32 for byte in start):
        return "a text file", "Choose a model file."
    return "something unknown or damaged", GET_IT_AGAIN


def _metadata(path: Path, value: Json) -> Mapping[str, str]:
    if not isinstance(value, dict) or not all(isinstance(entry, str) for entry in value.values()):
        raise unsafe(path, "has damaged metadata", GET_IT_AGAIN)
    return {name: str(entry) for name, entry in value.items()}


_FIELDS = {"dtype", "shape", "data_offsets"}


def _tensor(path: Path, name: str, entry: Json, data_start: int) -> TensorInfo:
    if not isinstance(entry, dict) or entry.keys() != _FIELDS:
        raise unsafe(path, f"describes tensor {name[:80]!r} in an unknown way", GET_IT_AGAIN)
    dtype = entry["dtype"]
    shape, offsets = _whole_numbers(entry["shape"]), _whole_numbers(entry["data_offsets"])
    if not isinstance(dtype, str) or dtype not in DTYPE_BYTES:
        raise unsafe(
            path, f"stores {name[:80]!r} in an unknown number format, {str(dtype)[:20]!r}",
            "Get the model as F16, BF16 or F32.",
        )  # fmt: skip
    if shape is None or len(shape) > MOST_DIMENSIONS or offsets is None or len(offsets) != 2:
        raise unsafe(path, f"gives tensor {name[:80]!r} an impossible shape or place", GET_IT_AGAIN)
    start, end = offsets
    if max(shape, default=0) > LONGEST_SIDE or math.prod(shape) * DTYPE_BYTES[dtype] != end - start:
        raise unsafe(path, f"gives tensor {name[:80]!r} a shape that does not match its bytes", GET_IT_AGAIN)
    return TensorInfo(dtype, shape, data_start + start, data_start + end)


def _whole_numbers(value: Json) -> tuple[int, ...] | None:
    """None for all but a list of whole numbers, none of them negative or beyond 63 bits."""
    if not isinstance(value, list):
        return None
    for number in value:
        if type(number) is not int or not 0 <= number < 2**63:
            return None
    return tuple(value)  # type: ignore[arg-type]  # the loop has looked at each


def _check_places(path: Path, tensors: Mapping[str, TensorInfo], data_start: int, size: int) -> None:
    """The tensors' bytes must fill the file from `data_start` to its end, without gap or overlap."""
    expected = data_start
    for tensor in sorted(tensors.values(), key=lambda tensor: (tensor.start, tensor.end)):
        if tensor.start < expected:
            raise unsafe(path, "has tensors that lie over each other", "Do not use it.")
        if tensor.start > expected:
            raise unsafe(path, "has bytes that belong to no tensor", "Do not use it.")
        expected = tensor.end
    if expected > size:
        missing = expected - size
        raise unsafe(
            path, f"is truncated: {missing:,} bytes are missing at its end",
            BROKEN_OFF,
        )  # fmt: skip
    if expected < size:
        raise unsafe(path, "has bytes after its last tensor", "Do not use it.")
