"""How many tokens a prompt takes, in which chunks, and from where on the model reads nothing. No torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from engine.api.model_info import ModelInfo
from engine.api.prompt import plain, source_indices
from engine.api.text import clean_text
from engine.diffusion.chunks import MOST_CHUNKS, Token, chunked, readable
from engine.diffusion.embeddings import Words, with_learnt
from engine.families.pipeline_family import PipelineFamily
from engine.families.registry import families
from engine.families.seen_words import LaterReader
from engine.families.stable_diffusion import vocabulary_of
from engine.families.words import StockReader
from engine.models.assembly.examine import read_checkpoint
from engine.models.assembly.shelf import Shelf
from engine.tokenizers.clip import build_tokenizer, openai_vocabulary, read_vocabulary
from engine.tokenizers.sentences import KINDS, read_tokenizer

if TYPE_CHECKING:
    from tokenizers import Tokenizer
CLIP = ("CLIPTokenizer", "CLIPTokenizerFast")


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


def count_tokens(info: ModelInfo, prompt: str, learnt: Words | None = None) -> TokenCount:
    """What `info` reads of `prompt` at its first step, weights and brackets not counted.

    A `learnt` word takes as many tokens as it has vectors.

    Raises `UnsafeFile` or `ModelNotFound` where the model's tokenizer cannot be read.
    """
    cleaned = clean_text(prompt)
    words = plain(cleaned)
    most_read = info.capabilities.prompt_tokens
    counter = None
    if info.path is not None and info.capabilities.prompt:
        changed = info.path.stat().st_mtime_ns
        counter = _counter(info.path, info.beside, info.family, most_read, changed)
    if counter is None:
        return TokenCount(len(readable(words).split()), most_read, None, are_words=True)
    limit = counter.limit
    text = counter.prepared(readable(words))
    encoding = counter.tokenizer.encode(text, add_special_tokens=False)
    tokens = [Token(id, *span) for id, span in zip(encoding.ids, encoding.offsets, strict=True)]
    if learnt:
        tokens = with_learnt(tokens, text, learnt)
    if not counter.in_chunks or limit is None:
        cut = None
        if limit is not None and len(tokens) > limit:
            (cut,) = source_indices(cleaned, [_begin(text, tokens[limit].start, tokens[limit].end)])
        where = None if cut is None else _index_as_typed(prompt, cleaned, cut)
        return TokenCount(len(tokens), limit, where)
    # of what is never read the number is enough
    chunks = chunked(tokens[: limit * (MOST_CHUNKS + 1)], words, limit)
    begun = [chunk[0].start for chunk in chunks[1 : MOST_CHUNKS + 1]]
    starts = [_index_as_typed(prompt, cleaned, at) for at in source_indices(cleaned, begun)]
    cut = starts[MOST_CHUNKS - 1] if len(chunks) > MOST_CHUNKS else None
    read = chunks[:MOST_CHUNKS]
    return TokenCount(
        len(tokens), limit * len(read), cut, tuple(map(len, read)), tuple(starts[: len(read) - 1])
    )


@dataclass(frozen=True, eq=False)
class Counter:
    """What counts a model's tokens."""

    tokenizer: Tokenizer
    limit: int | None
    """Of one chunk, where it reads in chunks; None: all is read."""
    in_chunks: bool = False
    prepared: Callable[[str], str] = lambda text: text


@lru_cache(maxsize=4)
def _counter(
    path: Path, beside: tuple[Path, ...], family_id: str, limit: int | None, mtime_ns: int
) -> Counter | None:
    """Kept by the time of change, so that a replaced model is read again; None: its words are counted."""
    family = families()[family_id]
    if family_id == "sdxl":  # a file has CLIP's own words, and they come with us
        words = read_vocabulary(path / "tokenizer") if path.is_dir() else openai_vocabulary()
        return Counter(build_tokenizer(words), limit, in_chunks=True)
    if family_id == "stable_diffusion":
        return Counter(build_tokenizer(vocabulary_of(read_checkpoint(path))), limit, in_chunks=True)
    if not isinstance(family, PipelineFamily):
        return None
    checkpoint = read_checkpoint(path, Shelf.of(beside))
    reader = family.reader_of(checkpoint)
    if not isinstance(reader, (StockReader, LaterReader)):
        return None
    folder = checkpoint.tokenizers.get(reader.tokenizer, path / reader.tokenizer)
    named = checkpoint.configs["model_index"].get(reader.tokenizer)
    name = str(named[1]) if isinstance(named, list) and len(named) > 1 else ""
    prepared = reader.prepared if isinstance(reader, StockReader) else readable
    in_chunks = isinstance(reader, StockReader) and reader.in_chunks
    if name in CLIP:
        words = read_vocabulary(folder) if folder is not None else openai_vocabulary()
        return Counter(build_tokenizer(words), reader.longest, in_chunks, prepared)
    kind = KINDS.get(name)
    tokenizer = read_tokenizer(folder, kind) if folder is not None and kind is not None else None
    if tokenizer is None:
        return None

    def count(text: str) -> int:
        return len(tokenizer.encode(text, add_special_tokens=False).ids)

    marks = tokenizer.num_special_tokens_to_add(False)
    return Counter(tokenizer, reader.room(count, marks), in_chunks, prepared)


def _begin(text: str, start: int, end: int) -> int:
    """Where a token's letters begin: a sentence piece may begin with the blank before it."""
    while start < end - 1 and text[start].isspace():
        start += 1
    return start


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
