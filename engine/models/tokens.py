"""How many tokens a prompt takes, and from which character on the model reads nothing. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from engine.api.model_info import ModelInfo
from engine.api.prompt import plain, source_index
from engine.api.text import clean_text
from engine.families.clip_tokenizer import build_tokenizer
from engine.families.stable_diffusion import vocabulary_of
from engine.models.examine import read_checkpoint

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@dataclass(frozen=True)
class TokenCount:
    """What the prompt editor shows."""

    tokens: int
    """Start and end marks not counted; words, where the model has no tokenizer."""
    limit: int | None
    """How many are read; None where the model has no limit."""
    cut_at: int | None
    """Index into the prompt as typed from which on nothing is read; None where all of it is."""


def count_tokens(info: ModelInfo, prompt: str) -> TokenCount:
    """What `info` reads of `prompt`, weights and brackets not counted.

    Raises `UnsafeFile` or `ModelNotFound` where the model's tokenizer cannot be read.
    """
    cleaned = clean_text(prompt)
    words = plain(cleaned)
    limit = info.capabilities.prompt_tokens
    if info.path is None or limit is None or info.family != "stable_diffusion":
        return TokenCount(len(words.split()), limit, None)
    encoding = _tokenizer(info.path, info.path.stat().st_mtime_ns).encode(words, add_special_tokens=False)
    if len(encoding.ids) <= limit:
        return TokenCount(len(encoding.ids), limit, None)
    first_unread = source_index(cleaned, encoding.offsets[limit][0])
    return TokenCount(len(encoding.ids), limit, _index_as_typed(prompt, cleaned, first_unread))


@lru_cache(maxsize=4)
def _tokenizer(path: Path, mtime_ns: int) -> Tokenizer:
    """Kept by the time of change, so that a replaced model is read again."""
    return build_tokenizer(vocabulary_of(read_checkpoint(path)))


def _index_as_typed(prompt: str, cleaned: str, index: int) -> int:
    """Where the character `cleaned[index]` is in `prompt`; cleaning drops control characters."""
    if len(prompt) == len(cleaned):
        return index
    kept = (
        place
        for place, character in enumerate(prompt)
        if clean_text(character) and prompt[place : place + 2] != "\r\n"
    )
    return next((place for number, place in enumerate(kept) if number == index), len(prompt))
