"""What a text encoder makes of a prompt, kept in memory and on disk: a repeated prompt needs no encoder."""

from __future__ import annotations

import hashlib
import json
import os
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.api.prompt import parse
from engine.diffusion.cached_tensors import drop_oldest, read_tensors, write_tensors

if TYPE_CHECKING:
    import torch

LARGEST_FOLDER = 256 << 20
"""Bytes of embeddings on disk; the least used go first."""
LARGEST_MEMORY = 64 << 20
FORMAT = 1
"""Of the files in the cache; raised when an embedding is computed in another way."""


@dataclass(frozen=True)
class Tokens:
    """A prompt as the encoder reads it."""

    ids: tuple[int, ...]
    """Padded and cut to the encoder's length, start and end marks included."""
    weights: tuple[float, ...]
    """One for each id; marks and padding have 1."""
    cut: int
    """How many tokens of the prompt are not read."""

    @property
    def is_weighted(self) -> bool:
        return any(weight != 1.0 for weight in self.weights)


def tokenize(tokenizer: Any, prompt: str) -> Tokens:
    """`prompt` as typed, with weights in A1111's syntax, as tokens of a `transformers` CLIP tokenizer."""
    segments = parse(prompt)
    plain = "".join(segment.text for segment in segments)
    length = tokenizer.model_max_length
    whole = tokenizer(plain, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    ids = tokenizer(plain, padding="max_length", max_length=length, truncation=True)["input_ids"]
    ends, end = [], 0
    for segment in segments:
        end += len(segment.text)
        ends.append(end)
    read = [segments[bisect_right(ends, start)].weight for start, _ in whole["offset_mapping"][: length - 2]]
    weights = [1.0, *read] + [1.0] * (len(ids) - 1 - len(read))
    return Tokens(tuple(ids), tuple(weights), max(0, len(whole["input_ids"]) - (length - 2)))


def encode(encoder: Any, tokens: Tokens, empty: Tokens) -> torch.Tensor:
    """1 x length x width, in the encoder's format. With no weights exactly the stock pipeline's numbers.

    A weight w moves a token's embedding z away from the same place of the empty prompt's, e:
    `e + w * (z - e)`. So 0 means as if not written, and the mean need not be mended afterwards.
    """
    import torch

    with torch.inference_mode():
        embedding = _encode_ids(encoder, tokens.ids)
        if not tokens.is_weighted:
            return embedding
        nothing = _encode_ids(encoder, empty.ids)
        weights = torch.tensor(tokens.weights, dtype=embedding.dtype, device=embedding.device)[None, :, None]
        return torch.where(weights == 1, embedding, nothing + weights * (embedding - nothing))


def _encode_ids(encoder: Any, ids: tuple[int, ...]) -> torch.Tensor:
    import torch

    rows = torch.tensor([ids], device=encoder.device)
    mask = torch.ones_like(rows) if getattr(encoder.config, "use_attention_mask", False) else None
    return encoder(rows, attention_mask=mask)[0].to(encoder.dtype)


class EmbeddingCache:
    """Embeddings by what decides them, in memory and, where `folder` is given, on disk."""

    def __init__(self, folder: Path | None, largest_folder: int = LARGEST_FOLDER) -> None:
        self.folder = None if folder is None else folder / "embeddings"
        self.largest_folder = largest_folder
        self._memory: OrderedDict[str, torch.Tensor] = OrderedDict()

    def get(self, tokens: Tokens, encoder_key: str, make: Callable[[], torch.Tensor]) -> torch.Tensor:
        """The embedding of `tokens`, from `make` only where it is not kept; alike to the bit, on the CPU.

        `encoder_key` names all else that decides its bits: weights, format, device, versions, threads.
        """
        key = key_of(tokens, encoder_key)
        embedding = self._memory.get(key)
        if embedding is None:
            embedding = self._read(key)
        if embedding is None:
            embedding = make().cpu()
            self._write(key, embedding)
        self._remember(key, embedding)
        return embedding

    def has(self, tokens: Tokens, encoder_key: str) -> bool:
        key = key_of(tokens, encoder_key)
        return key in self._memory or (self.folder is not None and os.access(self._file(key), os.R_OK))

    def _remember(self, key: str, embedding: torch.Tensor) -> None:
        self._memory[key] = embedding
        self._memory.move_to_end(key)
        while sum(kept.nbytes for kept in self._memory.values()) > LARGEST_MEMORY and len(self._memory) > 1:
            self._memory.popitem(last=False)

    def _file(self, key: str) -> Path:
        assert self.folder is not None
        return self.folder / f"{key}.safetensors"

    def _read(self, key: str) -> torch.Tensor | None:
        tensors = read_tensors(self._file(key)) if self.folder is not None else None
        return tensors.get("embedding") if tensors is not None else None

    def _write(self, key: str, embedding: torch.Tensor) -> None:
        if self.folder is not None:
            write_tensors(self._file(key), {"embedding": embedding.contiguous()})
            drop_oldest(self.folder, self.largest_folder)


def key_of(tokens: Tokens, encoder_key: str) -> str:
    form = json.dumps([FORMAT, encoder_key, tokens.ids, tokens.weights])
    return hashlib.sha256(form.encode()).hexdigest()
