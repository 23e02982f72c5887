"""LoRAs and embeddings on disk: what a file is, by its header alone."""

from __future__ import annotations

import re
from pathlib import Path

from engine.api.learnt import LearntInfo, LearntKind
from engine.api.text import clean_text
from engine.checkpoints.checkpoint import FLOATS, WeightFile
from engine.loras.names import base_told, has_lora_names, largest_rank
from engine.models.headers.files import read_header
from engine.models.places.folders import name_at

MOST_VECTORS = 128
BOTH = ("clip_l", "clip_g")
"""Tensors of a word that was learnt with SDXL."""
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
    names = embedding_tensors(file)
    if not names:
        return None
    shapes = [file.tensors[name].shape for name in names]
    count = shapes[0][0] if len(shapes[0]) == 2 else 1
    return _info(file, LearntKind.EMBEDDING, vectors=count, text_width=sum(shape[-1] for shape in shapes))


def embedding_tensors(file: WeightFile) -> tuple[str, ...]:
    """The names of an embedding's tensors, each vectors x width; empty where the file is no embedding.

    One, or SDXL's two in the order in which its network reads what they become.
    """
    names = tuple(file.tensors)
    names = BOTH if set(names) == set(BOTH) else names
    shapes = [file.tensors[name].shape for name in names if file.tensors[name].dtype in FLOATS]
    fits = all(1 <= len(shape) <= 2 and shape[-1] >= 16 for shape in shapes)
    counts = {shape[0] if len(shape) == 2 else 1 for shape in shapes} if fits else set()
    is_one = len(counts) == 1 and 1 <= next(iter(counts)) <= MOST_VECTORS
    return names if is_one and len(shapes) == len(names) and (len(names) == 1 or names == BOTH) else ()


def _info(file: WeightFile, kind: LearntKind, text_width: int, rank: int = 0, vectors: int = 0) -> LearntInfo:
    told = file.metadata
    trigger = told.get("lienzo.trigger") or told.get("modelspec.trigger_phrase", "")
    if kind is LearntKind.EMBEDDING and not trigger:
        name = next(iter(file.tensors))
        trigger = file.path.stem if name in ("emb_params", *BOTH) else name
    pictures = told.get("lienzo.pictures", "")
    return LearntInfo(
        name=name_at(file.path),
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
