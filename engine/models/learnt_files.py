"""LoRAs and embeddings on disk: what a file is, by its header alone."""

from __future__ import annotations

import re
from pathlib import Path

from engine.api.learnt import LearntInfo, LearntKind
from engine.api.text import clean_text
from engine.families.checkpoint import FLOATS, WeightFile
from engine.families.lora_names import base_told, has_lora_names, largest_rank
from engine.models.files import read_header

MOST_VECTORS = 128
LONGEST_TRIGGER = 80
TEXT_LAYERS = re.compile(r"attn2[._](to_k|to_v)(?=[._])")
"""Layers of a denoiser that read the text: as wide as it is."""


def examine_learnt(path: Path) -> LearntInfo | None:
    """What the safetensors file at `path` has learnt; None where it is neither LoRA nor embedding.

    Raises `UnsafeFile` where it is damaged.
    """
    file = read_header(path)
    if has_lora_names(file.tensors):
        return _info(file, LearntKind.LORA, rank=largest_rank(file), text_width=_lora_text_width(file))
    vectors = embedding_tensor(file)
    if vectors is None:
        return None
    shape = file.tensors[vectors].shape
    count = shape[0] if len(shape) == 2 else 1
    return _info(file, LearntKind.EMBEDDING, vectors=count, text_width=shape[-1])


def embedding_tensor(file: WeightFile) -> str | None:
    """The name of an embedding's only tensor, vectors x width; None where the file is no embedding."""
    tensors = [name for name, tensor in file.tensors.items() if tensor.dtype in FLOATS]
    if len(tensors) != 1 or len(file.tensors) != 1:
        return None
    shape = file.tensors[tensors[0]].shape
    fits = len(shape) == 1 or (len(shape) == 2 and 1 <= shape[0] <= MOST_VECTORS)
    return tensors[0] if fits and shape[-1] >= 16 else None


def _info(file: WeightFile, kind: LearntKind, text_width: int, rank: int = 0, vectors: int = 0) -> LearntInfo:
    told = file.metadata
    trigger = told.get("lienzo.trigger") or told.get("modelspec.trigger_phrase", "")
    if kind is LearntKind.EMBEDDING and not trigger:
        name = next(iter(file.tensors))
        trigger = file.path.stem if name in ("emb_params", "clip_l") else name
    pictures = told.get("lienzo.pictures", "")
    return LearntInfo(
        name=clean_text(file.path.stem),
        kind=kind,
        path=file.path,
        trigger=clean_text(trigger)[:LONGEST_TRIGGER].strip(),
        base=clean_text(base_told(told)),
        base_sha256=told.get("lienzo.base_sha256", "")[:64],
        pictures=int(pictures) if pictures.isdecimal() and len(pictures) < 9 else 0,
        licence=file.licence,
        bytes=file.state.size,
        rank=rank,
        vectors=vectors,
        text_width=text_width,
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
