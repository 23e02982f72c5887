"""How many tokens a prompt takes, in which chunks, and from where on the model reads nothing. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from engine.api.model_info import ModelInfo
from engine.api.prompt import plain, source_indices
from engine.api.text import clean_text
from engine.diffusion.chunks import MOST_CHUNKS, Token, chunked, readable
from engine.families.clip_tokenizer import build_tokenizer, openai_vocabulary, read_vocabulary
from engine.families.stable_diffusion import vocabulary_of
from engine.models.examine import read_checkpoint

if TYPE_CHECKING:
    from tokenizers import Tokenizer

IN_CHUNKS = ("stable_diffusion", "sdxl")
"""Families that read CLIP's vocabulary; of the others words are counted, which is said."""


@dataclass(frozen=True)
class TokenCount:
    """What the prompt editor shows."""

    tokens: int
    """Start and end marks not counted; words, where the model's tokenizer cannot be asked."""
    limit: int | None
    """How many are read; None where the model has no limit."""
    cut_at: int | None
    """Index into the prompt as typed from which on nothing is read; None where all of it is."""
    chunks: tuple[int, ...] = ()
    """Tokens of each chunk."""
    chunk_starts: tuple[int, ...] = ()
    """Index into the prompt as typed where each chunk but the first begins."""
    are_words: bool = False
    """True where words were counted instead."""


def count_tokens(info: ModelInfo, prompt: str) -> TokenCount:
    """What `info` reads of `prompt` at its first step, weights and brackets not counted.

    Raises `UnsafeFile` or `ModelNotFound` where the model's tokenizer cannot be read.
    """
    cleaned = clean_text(prompt)
    words = plain(cleaned)
    limit = info.capabilities.prompt_tokens
    if info.path is None or limit is None or info.family not in IN_CHUNKS:
        return TokenCount(len(readable(words).split()), limit, None, are_words=True)
    encoding = _tokenizer(info.path, info.family, info.path.stat().st_mtime_ns).encode(
        readable(words), add_special_tokens=False
    )
    most = limit * (MOST_CHUNKS + 1)  # of what is never read the number is enough
    spans = zip(encoding.ids[:most], encoding.offsets[:most], strict=True)
    chunks = chunked([Token(id, *span) for id, span in spans], words, limit)
    begun = [chunk[0].start for chunk in chunks[1 : MOST_CHUNKS + 1]]
    starts = [_index_as_typed(prompt, cleaned, at) for at in source_indices(cleaned, begun)]
    cut = starts[MOST_CHUNKS - 1] if len(chunks) > MOST_CHUNKS else None
    read = chunks[:MOST_CHUNKS]
    return TokenCount(
        len(encoding.ids), limit * len(read), cut, tuple(map(len, read)), tuple(starts[: len(read) - 1])
    )


@lru_cache(maxsize=4)
def _tokenizer(path: Path, family: str, mtime_ns: int) -> Tokenizer:
    """Kept by the time of change, so that a replaced model is read again."""
    if family == "sdxl":  # a file has CLIP's own words, and they come with us
        return build_tokenizer(read_vocabulary(path / "tokenizer") if path.is_dir() else openai_vocabulary())
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
