"""What a safetensors file is, told once for all files that differ in their numbers alone.

Artists have thousands of LoRAs of a few trainers, ranks and bases: those of one sort have the same header but
for its metadata, and what was found in one holds for the next.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.models.headers.shapes import TensorShapes, read_shapes, read_text, shapes_in
from engine.models.kept.recent import Recent
from engine.models.recognition.mark import Recognised
from engine.models.recognition.recognise import recognise, whole_or_alone

MOST_SORTS = 4_096
"""Remembered in this process: a few hundred bytes each."""


@dataclass(frozen=True)
class Contents:
    """What the tensors of a file say, without the tensors."""

    found: Recognised
    bytes_by_format: Counter[str]
    parameters: int
    tensors: int


_known: Recent[tuple[bytes, int], Contents] = Recent(MOST_SORTS)


def read_contents(path: Path) -> tuple[Contents, Mapping[str, str], int]:
    """With the file's metadata, and its bytes. Raises `UnsafeFile` where the header is not sound."""
    text = read_text(path)
    if text is None:
        return _of_whole(read_shapes(path))
    key = (hashlib.sha256(text.entries).digest(), text.data_bytes)
    known = _known.get(key)
    if known is None:
        shapes = shapes_in(text)
        if shapes is None:
            return _of_whole(read_shapes(path))
        known, _, _ = _of_whole(shapes)
        _known.put(key, known)
    return known, text.metadata, text.file_bytes


def _of_whole(header: TensorShapes) -> tuple[Contents, Mapping[str, str], int]:
    found = whole_or_alone(recognise(header.shapes), header.shapes)
    contents = Contents(found, header.bytes_by_format, header.parameters, len(header.shapes))
    return contents, header.metadata, header.file_bytes
