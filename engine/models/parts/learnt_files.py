"""LoRAs and embeddings on disk: what a file is, by its header alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.api.learnt import LearntInfo, LearntKind
from engine.api.text import clean_text
from engine.checkpoints.checkpoint import FLOATS, WeightFile, licence_told
from engine.checkpoints.foreign_files import FileState
from engine.families.learnt_tokens import LEAST_WIDTH, MOST_VECTORS, NAMES
from engine.loras.names import has_lora_names, largest_rank
from engine.loras.told import base_told
from engine.models.headers.files import read_strictly, usual_header
from engine.models.headers.usual import read_text
from engine.models.kept.recent import Recent
from engine.models.places.folders import name_at

MOST_SORTS = 4_096
"""Remembered in this process: a few hundred bytes each."""
LONGEST_TRIGGER = 80
TEXT_LAYERS = re.compile(r"attn2[._](to_k|to_v)(?=[._])")
"""Layers of a denoiser that read the text: as wide as it is."""


@dataclass(frozen=True)
class _Taught:
    """What the tensors of a file say; all files of one trainer, rank and base say the same."""

    kind: LearntKind
    text_width: int
    rank: int = 0
    vectors: int = 0
    word: str = ""
    """Of an embedding that calls its only tensor so."""


_known: Recent[tuple[bytes, int], _Taught] = Recent(MOST_SORTS)


def examine_learnt(path: Path) -> LearntInfo | None:
    """What the safetensors file at `path` has learnt; None where it is neither LoRA nor embedding.

    Raises `UnsafeFile` where it is damaged.
    """
    text = read_text(path)
    known = _known.get(text.sort) if text is not None else None
    if text is not None and known is not None:
        return _info(path, text.state, text.metadata, known)
    usual = usual_header(path, text)
    file = usual or read_strictly(path)
    taught = _taught(file)
    if taught is None:
        return None
    if text is not None and usual is not None:
        _known.put(text.sort, taught)
    return _info(path, file.state, file.metadata, taught)


def _taught(file: WeightFile) -> _Taught | None:
    if has_lora_names(file.tensors):
        return _Taught(LearntKind.LORA, _lora_text_width(file), rank=largest_rank(file))
    names = embedding_tensors(file)
    if not names:
        return None
    shapes = [file.tensors[name].shape for name in names]
    count = shapes[0][0] if len(shapes[0]) == 2 else 1
    first = next(iter(file.tensors))
    word = "" if first in ("emb_params", *NAMES) else first
    width = sum(shape[-1] for shape in shapes)
    return _Taught(LearntKind.EMBEDDING, width, vectors=count, word=word)


def embedding_tensors(file: WeightFile) -> tuple[str, ...]:
    """The names of an embedding's tensors, each vectors x width; empty where the file is no embedding.

    One, or one for each text encoder in the order in which they are told apart: `learnt_tokens.NAMES`.
    """
    names = tuple(file.tensors)
    if len(names) > 1:
        names = tuple(name for name in NAMES if name in file.tensors)
    shapes = [file.tensors[name].shape for name in names if file.tensors[name].dtype in FLOATS]
    fits = all(1 <= len(shape) <= 2 and shape[-1] >= LEAST_WIDTH for shape in shapes)
    counts = {shape[0] if len(shape) == 2 else 1 for shape in shapes} if fits else set()
    is_one = len(counts) == 1 and 1 <= next(iter(counts)) <= MOST_VECTORS
    return names if is_one and len(shapes) == len(file.tensors) else ()


def _info(path: Path, state: FileState, told: Mapping[str, str], taught: _Taught) -> LearntInfo:
    trigger = told.get("lienzo.trigger") or told.get("modelspec.trigger_phrase", "")
    if taught.kind is LearntKind.EMBEDDING and not trigger:
        trigger = taught.word or path.stem
    pictures = told.get("lienzo.pictures", "")
    return LearntInfo(
        name=name_at(path),
        kind=taught.kind,
        path=path,
        trigger=clean_text(trigger)[:LONGEST_TRIGGER].strip(),
        base=clean_text(base_told(told)),
        base_sha256=told.get("lienzo.base_sha256", "")[:64],
        pictures=int(pictures) if pictures.isdecimal() and len(pictures) < 9 else 0,
        licence=licence_told(told),
        bytes=state.size,
        rank=taught.rank,
        vectors=taught.vectors,
        text_width=taught.text_width,
    )


def _lora_text_width(file: WeightFile) -> int:
    """The width of the text that the denoiser reads, where the LoRA changes a layer that reads it."""
    return next(
        (
            tensor.shape[1]
            for name, tensor in file.tensors.items()
            if TEXT_LAYERS.search(name)
            and name.endswith(("lora_A.weight", "down.weight"))
            and len(tensor.shape) > 1
        ),
        0,
    )
