"""The words of a `spiece.model`, which older folders of T5 have instead of a `tokenizer.json`.

The file is a message of protocol buffers (https://github.com/google/sentencepiece,
`src/sentencepiece_model.proto`); of it the pieces with their likelihoods and the table that evens out
characters are read, as transformers' converter takes them. By hand, because the library sentencepiece would
run its own parser, in C++, over a stranger's file, for one table that is read once a model.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.checkpoints.foreign_files import read_bounded, unsafe

FILE = "spiece.model"
LARGEST = 16 << 20
"""Bytes; T5's has 0.8 MB, mT5's 4.3."""
EXTRA = 100
"""Marks that T5 has behind its pieces, the last first: `<extra_id_0>` and so on."""
UNKNOWN = 40
"""Field of the trainer's settings: the number of the piece for what is unknown."""
VARINT, EIGHT_BYTES, BYTES, FOUR_BYTES = 0, 1, 2, 5
"""Sorts of values."""


@dataclass(frozen=True)
class Pieces:
    """What a unigram tokenizer is made of."""

    vocabulary: tuple[tuple[str, float], ...]
    """Each piece with the logarithm of its likelihood, T5's marks behind them."""
    unknown: int
    table: bytes
    """That evens out characters before they are read; empty: they are read as they are."""


def read_pieces(folder: Path) -> Pieces | None:
    """Of the `spiece.model` in `folder`; None where there is none.

    Raises `UnsafeFile` where it is damaged.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        return _pieces(read_bounded(path, LARGEST))
    except (ValueError, IndexError, struct.error) as error:
        raise unsafe(path, f"holds no sentence pieces ({str(error)[:200]})", "Get the model again.") from None


def _pieces(message: bytes) -> Pieces:
    """Raises `ValueError`, `IndexError` or `struct.error`."""
    found: list[tuple[str, float]] = []
    unknown, table = 0, b""
    for field, value in _fields(message):
        match field, value:
            case 1, bytes():
                found.append(_piece(value))
            case 2, bytes():  # how it was made
                unknown = next((n for key, n in _fields(value) if key == UNKNOWN and isinstance(n, int)), 0)
            case 3, bytes():  # how text is evened out
                table = next((b for key, b in _fields(value) if key == 2 and isinstance(b, bytes)), b"")
    if not found or not 0 <= unknown < len(found):
        raise ValueError(f"{len(found)} pieces, of which number {unknown} is the unknown one")
    known = {piece for piece, _ in found}
    extra = [f"<extra_id_{number}>" for number in reversed(range(EXTRA))]
    return Pieces((*found, *((mark, 0.0) for mark in extra if mark not in known)), unknown, table)


def _piece(message: bytes) -> tuple[str, float]:
    text, score = "", 0.0
    for field, value in _fields(message):
        if field == 1 and isinstance(value, bytes):
            text = value.decode()
        elif field == 2 and isinstance(value, bytes):
            (score,) = struct.unpack("<f", value)
    return text, score


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field, in order: a whole number, or bytes."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        sort = key & 7
        if sort == VARINT:
            value, at = _varint(message, at)
            yield key >> 3, value
            continue
        if sort == BYTES:
            length, at = _varint(message, at)
        elif sort in (EIGHT_BYTES, FOUR_BYTES):
            length = 8 if sort == EIGHT_BYTES else 4
        else:
            raise ValueError(f"a value of sort {sort}")
        if at + length > len(message):
            raise ValueError("it ends too early")
        yield key >> 3, message[at : at + length]
        at += length


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends."""
    number = shift = 0
    while shift < 64:
        byte = message[at]
        number |= (byte & 127) << shift
        at += 1
        if byte < 128:
            return number, at
        shift += 7
    raise ValueError("a number without end")
