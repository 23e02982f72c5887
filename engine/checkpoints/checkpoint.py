"""What lies on disk before a weight is read: names, shapes, configurations."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeVar

from engine.api.form import Json
from engine.api.model_info import Layout, Part
from engine.api.text import clean_text
from engine.checkpoints.exact_layers import EXACT, EXACT_IN_HALF, names_one
from engine.checkpoints.foreign_files import FileState

DTYPE_BYTES = {
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1, "F8_E5M2": 1,
    "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U64": 8, "U32": 4, "U16": 2, "U8": 1, "BOOL": 1,
}  # fmt: skip
"""safetensors' number formats that we read, and the bytes of one number."""

FLOATS = ("F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2")
WHOLE = ("I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8", "BOOL")
"""Number formats of tables that are no weights."""

MODULAR_INDEX = "modular_model_index.json"
"""Of a folder of modular blocks, which may name parts that lie elsewhere."""

LICENCE_KEYS = ("modelspec.license", "license", "licence")
"""Of a file's metadata, by which its maker says it."""


class Kept(enum.StrEnum):
    """How a tensor's numbers lie in the file, where not as its class has them."""

    AS_IT_IS = ""
    SWAPPED = "swapped"
    """The second half of its rows comes first."""
    TRANSPOSED = "transposed"
    """Rows are columns; `shape` is that of the class."""
    LESS_ONE = "less_one"
    """One was added to each number."""
    WOVEN = "woven"
    """Of each head's `HEAD` rows the two halves take turns, as pairs that are turned together."""
    JOINED = "joined"
    """Its rows are those of its pieces in turn."""
    STACKED = "stacked"
    """Its pieces lie beside one another along a third side, which they have not themselves."""
    PRODUCT = "product"
    """The first piece, rows x rank, times the second, rank x columns: a difference from another's."""


HEAD = 128
"""Rows of a head whose halves are woven."""


class TensorInfo(NamedTuple):
    """One tensor of a safetensors file. A tuple: a folder of LoRAs has millions of them."""

    dtype: str
    """A key of `DTYPE_BYTES`, or a block format of GGUF, as Q4_K."""
    shape: tuple[int, ...]
    start: int
    """First byte, from the start of the file."""
    end: int
    kept: Kept = Kept.AS_IT_IS
    scale: TensorInfo | None = None
    """What the numbers are multiplied by, where 8 bits alone cannot say them."""
    pieces: tuple[TensorInfo, ...] = ()
    """What it is put together of, where the file has it in several."""

    @property
    def numbers(self) -> int:
        return math.prod(self.shape)


T = TypeVar("T")


def under(tensors: Mapping[str, T], prefix: str) -> dict[str, T]:
    """The tensors, or what is known of them, whose names begin with `prefix`, by what follows it."""
    return {name[len(prefix) :]: tensor for name, tensor in tensors.items() if name.startswith(prefix)}


@dataclass(frozen=True)
class WeightFile:
    """The checked header of a safetensors file."""

    path: Path
    state: FileState
    tensors: Mapping[str, TensorInfo]
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def parameters(self) -> int:
        """Numbers that were learnt."""
        return sum(tensor.numbers for tensor in self.tensors.values() if tensor.dtype not in WHOLE)

    @property
    def licence(self) -> str:
        """As the file's metadata says it; empty where that says none."""
        return licence_told(self.metadata)

    def under(self, prefix: str) -> dict[str, TensorInfo]:
        """The tensors whose names begin with `prefix`, by what follows it."""
        return under(self.tensors, prefix)


def licence_told(metadata: Mapping[str, str]) -> str:
    return clean_text(next(filter(None, map(metadata.get, LICENCE_KEYS)), ""))[:200]


@dataclass(frozen=True)
class Checkpoint:
    """A diffusers folder or a single file that passed the pre-flight; no weight is read yet."""

    path: Path
    layout: Layout
    weights: Mapping[str, tuple[WeightFile, ...]]
    """By part (unet, vae, text_encoder) in a folder; under "" for a single file."""
    configs: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    """By part, beside "model_index"; empty for a single file."""
    own: Mapping[str, Json] = field(default_factory=dict)
    """`lienzo.json`, where there is one."""
    licence: str = ""
    plain_files: Mapping[Path, FileState] = field(default_factory=dict)
    """The configurations and the tokenizer's files, as they were when they were read."""
    tokenizers: Mapping[str, Path | None] = field(default_factory=dict)
    """By part, of a model that was put together from files: the tokenizer's folder; None for CLIP's, ours."""

    @property
    def states(self) -> dict[Path, FileState]:
        """Of all files that decide what is loaded."""
        return {**{file.path: file.state for file in self.files}, **self.plain_files}

    @property
    def single(self) -> WeightFile:
        """The one file of a single-file checkpoint."""
        return self.weights[""][0]

    @property
    def files(self) -> tuple[WeightFile, ...]:
        return tuple(file for files in self.weights.values() for file in files)

    @property
    def is_modular(self) -> bool:
        return self.path / MODULAR_INDEX in self.plain_files

    @property
    def bytes(self) -> int:
        return sum({file.path: file.state.size for file in self.files}.values())


def describe_part(name: str, class_name: str, tensors: Mapping[str, TensorInfo]) -> Part:
    """`Part` from the header alone. Index tables (whole numbers) are not parameters."""
    weights = {name: tensor for name, tensor in tensors.items() if tensor.dtype not in WHOLE}
    dtypes = sorted({tensor.dtype for tensor in weights.values()})

    def numbers(layers: Iterable[str] | None) -> int:
        return sum(
            tensor.numbers for name, tensor in weights.items() if layers is None or names_one(name, layers)
        )

    return Part(
        name=name,
        class_name=class_name,
        parameters=numbers(None),
        bytes=sum(tensor.end - tensor.start for tensor in tensors.values()),
        dtype="/".join(dtypes),
        exact=numbers(EXACT.get(class_name, ())),
        exact_in_half=numbers(EXACT_IN_HALF.get(class_name, ())),
    )
