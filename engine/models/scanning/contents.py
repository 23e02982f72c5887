"""What a safetensors file is, told once for all files that differ in their numbers alone.

Artists have thousands of LoRAs of a few trainers, ranks and bases: those of one sort have the same header but
for its metadata, and what was found in one holds for the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.models.headers.shapes import TensorShapes, strict_shapes, usual_shapes
from engine.models.headers.usual import read_text
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
    known = _known.get(text.sort) if text is not None else None
    if text is not None and known is not None:
        return known, text.metadata, text.state.size
    usual = usual_shapes(text)
    shapes = usual or strict_shapes(path)
    contents = _of_whole(shapes)
    if text is not None and usual is not None:
        _known.put(text.sort, contents)
    return contents, shapes.metadata, shapes.file_bytes


def _of_whole(header: TensorShapes) -> Contents:
    found = whole_or_alone(recognise(header.shapes), header.shapes)
    return Contents(found, header.bytes_by_format, header.parameters, len(header.shapes))
