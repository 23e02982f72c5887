"""What was learnt beside a model: LoRAs, which change its weights, and embeddings, which are new words."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.api.form import Json


class LearntKind(enum.StrEnum):
    LORA = "lora"
    EMBEDDING = "embedding"
    """A textual inversion: one or more vectors that stand for a word in the prompt."""


@dataclass(frozen=True)
class Lora:
    """A LoRA that a picture is made with."""

    name: str
    """Of a file in the model folders, or a path."""
    weight: float = 1.0
    """0 leaves the model as it is, to the bit; below 0 it is led away."""
    blocks: Mapping[str, float] = field(default_factory=dict)
    """Block of a network to what `weight` is multiplied by there: see `engine.api.lora_blocks`."""
    extra: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class LearntInfo:
    """A LoRA or an embedding, known from its header before a number is read."""

    name: str
    """Unique among its kind; what `Lora.name` and `GenerationRequest.embeddings` hold."""
    kind: LearntKind
    path: Path
    trigger: str = ""
    """The word that calls it; empty where the file does not say. An embedding is its word."""
    base: str = ""
    """Title of the model that it was learnt with, as the file says."""
    base_sha256: str = ""
    rank: int = 0
    """Of a LoRA: the largest of its layers."""
    vectors: int = 0
    """Of an embedding: how many tokens it takes."""
    text_width: int = 0
    """What the model's text embedding must be wide; 0 where the file has no layer that tells."""
    pictures: int = 0
    """How many it was learnt from; 0 where the file does not say."""
    licence: str = ""
    bytes: int = 0
    families: tuple[str, ...] = ()
    """Keys of `engine.api.model_file.FAMILY_TITLES` that it is for; empty where that is not known."""
    extra: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class LearntUse:
    """What of it went into a picture, for the recipe."""

    kind: LearntKind
    name: str
    sha256: str
    """Of the file."""
    weight: float = 1.0
    trigger: str = ""
    blocks: Mapping[str, float] = field(default_factory=dict)
    extra: Mapping[str, Json] = field(default_factory=dict)


def words_used(prompts: Iterable[str], embeddings: Iterable[LearntInfo]) -> tuple[str, ...]:
    """Names of those `embeddings` whose word stands in one of `prompts`."""
    text = "\n".join(prompts)
    return tuple(info.name for info in embeddings if info.trigger and word_pattern(info.trigger).search(text))


def word_pattern(word: str) -> re.Pattern[str]:
    """Finds `word` where it is not a piece of a longer one, in any case."""
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
