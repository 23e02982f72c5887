"""The words of a `spiece.model`, which older folders of T5 have, and of a `tokenizer.model` of its kind.

The file is a message of protocol buffers (https://github.com/google/sentencepiece,
`src/sentencepiece_model.proto`); of it the pieces with their likelihoods and the table that evens out
characters are read, as transformers' converter takes them. By hand, because the library sentencepiece would
run its own parser, in C++, over a stranger's file, for one table that is read once a model.
"""

from __future__ import annotations

import enum
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
TABLE, BLANK_FIRST, ONE_BLANK = 2, 3, 4
"""Fields of how text is evened out; the last two hold where nothing is said."""
VARINT, EIGHT_BYTES, BYTES, FOUR_BYTES = 0, 1, 2, 5
"""Sorts of values."""


class Kind(enum.IntEnum):
    """Of pieces, by the numbers of the file's `type`."""

    NORMAL = 1
    UNKNOWN = 2
    CONTROL = 3
    WHOLE = 4
    """Never cut, wherever it stands in a text."""
    UNUSED = 5
    BYTE = 6


@dataclass(frozen=True)
class Pieces:
    """What a tokenizer is made of."""

    vocabulary: tuple[tuple[str, float], ...]
    """Each piece with the logarithm of its likelihood, further marks behind them."""
    kinds: tuple[Kind, ...]
    """As many."""
    unknown: int
    table: bytes
    """That evens out characters before they are read; empty: they are read as they are."""
    begins_blank: bool
    """Whether a text is read as if a blank stood before it."""
    squeezes: bool
    """Whether blanks at the ends are left out, and several are one."""


T5_MARKS = tuple(f"<extra_id_{number}>" for number in reversed(range(EXTRA)))


def read_pieces(folder: Path, file: str = FILE, marks: tuple[str, ...] = T5_MARKS) -> Pieces | None:
    """Of `file` in `folder`, with those of `marks` behind them that it lacks; None where there is no file.

    Raises `UnsafeFile` where it is damaged.
    """
    path = folder / file
    if not path.is_file():
        return None
    try:
        return _pieces(read_bounded(path, LARGEST), marks)
    except (ValueError, IndexError, struct.error) as error:
        raise unsafe(path, f"holds no sentence pieces ({str(error)[:200]})", "Get the model again.") from None


def _pieces(message: bytes, marks: tuple[str, ...]) -> Pieces:
    """Raises `ValueError`, `IndexError` or `struct.error`."""
    found: list[tuple[str, float, Kind]] = []
    unknown, evening = 0, dict[int, int | bytes]()
    for field, value in _fields(message):
        match field, value:
            case 1, bytes():
                found.append(_piece(value))
            case 2, bytes():  # how it was made
                unknown = next((n for key, n in _fields(value) if key == UNKNOWN and isinstance(n, int)), 0)
            case 3, bytes():  # how text is evened out
                evening = dict(_fields(value))
    if not found or not 0 <= unknown < len(found):
        raise ValueError(f"{len(found)} pieces, of which number {unknown} is the unknown one")
    known = {piece for piece, _, _ in found}
    found += [(mark, 0.0, Kind.WHOLE) for mark in marks if mark not in known]
    table = evening.get(TABLE)
    return Pieces(
        vocabulary=tuple((piece, score) for piece, score, _ in found),
        kinds=tuple(kind for _, _, kind in found),
        unknown=unknown,
        table=table if isinstance(table, bytes) else b"",
        begins_blank=bool(evening.get(BLANK_FIRST, True)),
        squeezes=bool(evening.get(ONE_BLANK, True)),
    )


def _piece(message: bytes) -> tuple[str, float, Kind]:
    text, score, kind = "", 0.0, Kind.NORMAL
    for field, value in _fields(message):
        if field == 1 and isinstance(value, bytes):
            text = value.decode()
        elif field == 2 and isinstance(value, bytes):
            (score,) = struct.unpack("<f", value)
        elif field == 3 and isinstance(value, int):
            kind = Kind(value)
    return text, score, kind


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
