"""Names and shapes of a safetensors file, as fast as thousands need, checked as `files` checks them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.checkpoints.checkpoint import FLOATS
from engine.models.headers.files import read_strictly
from engine.models.headers.usual import HeaderText, entries_in, read_text


@dataclass(frozen=True)
class TensorShapes:
    """A header without the places of its tensors."""

    shapes: Mapping[str, tuple[int, ...]]
    bytes_by_format: Counter[str]
    parameters: int
    """Numbers with a fraction; index tables are none."""
    metadata: Mapping[str, str]
    file_bytes: int


def read_shapes(path: Path) -> TensorShapes:
    """Raises `UnsafeFile` exactly where `read_header` does."""
    return usual_shapes(read_text(path)) or strict_shapes(path)


def usual_shapes(text: HeaderText | None) -> TensorShapes | None:
    """None where the header is not as the library writes it."""
    entries = entries_in(text) if text is not None else None
    if text is None or entries is None:
        return None
    kinds, sizes = np.array(entries.formats), entries.ends - entries.starts
    counts = Counter({word: int(sizes[kinds == word].sum()) for word in set(entries.formats)})
    parameters = sum(int(entries.numbers[kinds == word].sum()) for word in counts if word in FLOATS)
    shapes = dict(zip(entries.names, entries.shapes, strict=True))
    return TensorShapes(shapes, counts, parameters, text.metadata, text.state.size)


def strict_shapes(path: Path) -> TensorShapes:
    """Of any header; slower."""
    weights = read_strictly(path)
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
