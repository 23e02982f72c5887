"""What a text encoder makes of a prompt, kept in memory and on disk: a repeated prompt needs no encoder."""

from __future__ import annotations

import hashlib
import json
import os
import re
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from engine.api.form import Json
from engine.api.prompt import parse
from engine.diffusion.cached_tensors import drop_oldest, read_tensors, write_tensors
from engine.diffusion.chunks import Token, chunked, readable

if TYPE_CHECKING:
    import torch

LARGEST_FOLDER = 256 << 20
"""Bytes of embeddings on disk; the least used go first."""
LARGEST_MEMORY = 64 << 20
LEARNT = 1 << 20
"""Ids from here on are no tokens of the vocabulary but learnt vectors, counted in the order of `Words`."""
FORMAT = 2
"""Of the files in the cache; raised when an embedding is computed in another way."""


Words = Mapping[str, int]
"""Learnt words to how many vectors each has."""


Embedding = Mapping[str, "torch.Tensor"]
"""What the network reads of one prompt, by the names of the pipeline's arguments."""


class Read(Protocol):
    """A prompt as it will be encoded."""

    @property
    def cut(self) -> int:
        """How many tokens of it are not read."""
        ...

    @property
    def form(self) -> Json:
        """All of it that decides the embedding."""
        ...


@dataclass(frozen=True)
class Tokens:
    """A prompt as the encoder reads it."""

    ids: tuple[int, ...]
    """Chunk after chunk, each padded or cut to the encoder's length, start and end marks included; learnt
    ones from `LEARNT` on."""
    weights: tuple[float, ...]
    """One for each id; marks and padding have 1."""
    cut: int
    """How many tokens of the prompt are not read."""
    length: int
    """Of a chunk."""

    @property
    def form(self) -> Json:
        """All of it that decides the embedding."""
        return [list(self.ids), list(self.weights)]

    @property
    def rows(self) -> list[list[int]]:
        """The ids of each chunk."""
        return [list(self.ids[at : at + self.length]) for at in range(0, len(self.ids), self.length)]

    @property
    def is_weighted(self) -> bool:
        return any(weight != 1.0 for weight in self.weights)


def tokenize(tokenizer: Any, prompt: str, words: Words | None = None, most_chunks: int = 1) -> Tokens:
    """`prompt` as typed, with weights in A1111's syntax, as tokens of a `transformers` CLIP tokenizer.

    Each of `words` is read as its vectors where it stands alone in the prompt. What does not fit into
    `most_chunks` chunks of the encoder's length is not read.
    """
    segments = parse(prompt)
    plain = "".join(segment.text for segment in segments)
    size = tokenizer.model_max_length - 2
    read = tokens_of(tokenizer, plain, words)
    chunks = chunked(read, plain, size) if most_chunks > 1 else [read[:size]]
    ends, end = [], 0
    for segment in segments:
        end += len(segment.text)
        ends.append(end)
    ids, weights = [], []
    for chunk in chunks[:most_chunks]:
        filling = size - len(chunk)
        ids += [tokenizer.bos_token_id, *(token.id for token in chunk), tokenizer.eos_token_id]
        ids += [tokenizer.pad_token_id] * filling
        weights += [1.0, *(segments[bisect_right(ends, token.start)].weight for token in chunk)]
        weights += [1.0] * (filling + 1)
    unread = len(read) - sum(map(len, chunks[:most_chunks]))
    return Tokens(tuple(ids), tuple(weights), unread, size + 2)


def tokens_of(tokenizer: Any, plain: str, words: Words | None = None) -> list[Token]:
    """Of a `transformers` tokenizer, without marks. `plain` may hold `BREAK`s."""
    whole = tokenizer(readable(plain), add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    spans = zip(whole["input_ids"], whole["offset_mapping"], strict=True)
    read = [Token(id, start, end) for id, (start, end) in spans]
    return with_learnt(read, plain, words) if words else read


def with_learnt(tokens: list[Token], plain: str, words: Words) -> list[Token]:
    """The tokens of `plain`, those of learnt words in place of what they are spelt with."""
    first, ids = LEARNT, {}
    for word, count in words.items():
        ids[word.lower()] = range(first, first + count)
        first += count
    found = standing(plain, words)
    kept = [
        (token.start, token.id, token.end) for token in tokens
        if not any(token.start < last and token.end > begin for begin, last in found)
    ]  # fmt: skip
    learnt = [(begin, id, last) for begin, last in found for id in ids[plain[begin:last].lower()]]
    return [Token(id, start, end) for start, id, end in sorted([*kept, *learnt])]


def standing(plain: str, words: Iterable[str]) -> list[tuple[int, int]]:
    """Where one of `words` stands alone in `plain`: characters from, to."""
    # the longest first: "red fox" before "fox"
    choices = "|".join(re.escape(word) for word in sorted(map(str.lower, words), key=len, reverse=True))
    return [match.span() for match in re.finditer(rf"(?<!\w)(?:{choices})(?!\w)", plain, re.IGNORECASE)]


def encode(encoder: Any, tokens: Tokens, empty: Tokens, vectors: Sequence[torch.Tensor] = ()) -> torch.Tensor:
    """1 x length x width, in the encoder's format. With no weights exactly the stock pipeline's numbers.

    `vectors` are those of the words that the tokens were read with, in the same order.
    """
    import torch

    embedding = encode_ids(encoder, torch.tensor(tokens.rows, device=encoder.device), vectors)
    embedding = embedding.reshape(1, -1, embedding.shape[-1])  # chunks one after the other
    if not tokens.is_weighted:
        return embedding
    nothing = encode_ids(encoder, torch.tensor([empty.ids], device=encoder.device))
    return weigh(embedding, tokens, nothing)


def weigh(embedding: torch.Tensor, tokens: Tokens, nothing: torch.Tensor) -> torch.Tensor:
    """`embedding` of `tokens` (1 x length x width), each as much as it weighs; `nothing`: the empty prompt's.

    A weight w moves a token's embedding z away from the same place of the empty prompt's, e:
    `e + w * (z - e)`. So 0 means as if not written, and the mean need not be mended afterwards.
    """
    import torch

    nothing = nothing.repeat(1, len(tokens.rows), 1)
    weights = torch.tensor(tokens.weights, dtype=embedding.dtype, device=embedding.device)[None, :, None]
    return torch.where(weights == 1, embedding, nothing + weights * (embedding - nothing))


def encode_ids(encoder: Any, ids: torch.Tensor, vectors: Sequence[torch.Tensor] = ()) -> torch.Tensor:
    """B x length x width of ids B x length; gradients reach `vectors` (each count x width)."""
    import torch

    mask = torch.ones_like(ids) if getattr(encoder.config, "use_attention_mask", False) else None
    with learnt_words(encoder, ids, vectors):
        # the vocabulary has no row for them; which row stands in does not matter
        known = torch.where(ids >= LEARNT, 0, ids)
        return encoder(known, attention_mask=mask)[0].to(encoder.dtype)


@contextmanager
def learnt_words(encoder: Any, ids: torch.Tensor, vectors: Sequence[torch.Tensor]) -> Iterator[None]:
    """Inside, the encoder's token table gives `vectors` for the ids from `LEARNT` on; its own rows stay."""
    import torch

    if not vectors:
        yield
        return
    table = encoder.get_input_embeddings()
    rows = torch.cat([vector.to(table.weight) for vector in vectors])
    is_learnt = (ids >= LEARNT)[..., None]
    learnt = rows[(ids - LEARNT).clamp(0, len(rows) - 1)]
    hook = table.register_forward_hook(lambda _table, _ids, known: torch.where(is_learnt, learnt, known))
    try:
        yield
    finally:
        hook.remove()


class EmbeddingCache:
    """Embeddings by what decides them, in memory and, where `folder` is given, on disk."""

    def __init__(self, folder: Path | None, largest_folder: int = LARGEST_FOLDER) -> None:
        self.folder = None if folder is None else folder / "embeddings"
        self.largest_folder = largest_folder
        self._memory: OrderedDict[str, Embedding] = OrderedDict()

    def get(self, tokens: Read, encoder_key: str, make: Callable[[], Embedding]) -> Embedding:
        """The embedding of `tokens` on the CPU, from `make` only where it is not kept; alike to the bit.

        `encoder_key` names all else that decides its bits: weights, format, device, versions, threads.
        """
        key = key_of(tokens, encoder_key)
        embedding = self._memory.get(key)
        if embedding is None:
            embedding = self._read(key)
        if embedding is None:
            embedding = {name: tensor.cpu() for name, tensor in make().items()}
            self._write(key, embedding)
        self._remember(key, embedding)
        return embedding

    def has(self, tokens: Read, encoder_key: str) -> bool:
        key = key_of(tokens, encoder_key)
        return key in self._memory or (self.folder is not None and os.access(self._file(key), os.R_OK))

    def _remember(self, key: str, embedding: Embedding) -> None:
        self._memory[key] = embedding
        self._memory.move_to_end(key)
        while sum(map(_bytes, self._memory.values())) > LARGEST_MEMORY and len(self._memory) > 1:
            self._memory.popitem(last=False)

    def _file(self, key: str) -> Path:
        assert self.folder is not None
        return self.folder / f"{key}.safetensors"

    def _read(self, key: str) -> Embedding | None:
        return (read_tensors(self._file(key)) or None) if self.folder is not None else None

    def _write(self, key: str, embedding: Embedding) -> None:
        if self.folder is not None:
            write_tensors(self._file(key), {name: tensor.contiguous() for name, tensor in embedding.items()})
            drop_oldest(self.folder, self.largest_folder)


def _bytes(embedding: Embedding) -> int:
    return sum(tensor.nbytes for tensor in embedding.values())


def key_of(tokens: Read, encoder_key: str) -> str:
    form = json.dumps([FORMAT, encoder_key, tokens.form])
    return hashlib.sha256(form.encode()).hexdigest()
