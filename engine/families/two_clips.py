"""Learnt words on SDXL: each has vectors for both of its text encoders, which read it side by side.

A prompt without such a word is read by the pipeline itself; one with them is read here, to the same numbers
for every other word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.diffusion.embeddings import LEARNT, Tokens, Words, learnt_words, tokenize, weigh
from engine.families.words import MOST_CHUNKS, WORDS, Sentence, StockReader

if TYPE_CHECKING:
    import torch

    from engine.families.loaded_model import LoadedModel

POOLED = "pooled_prompt_embeds"


@dataclass(frozen=True)
class TwiceRead:
    """A prompt as both encoders read it."""

    both: tuple[Tokens, Tokens]
    empty: tuple[Tokens, Tokens]

    @property
    def cut(self) -> int:
        return self.both[0].cut

    @property
    def form(self) -> Any:
        return [tokens.form for tokens in self.both]


@dataclass(frozen=True)
class TwoClipsReader(StockReader):
    """The pipeline's own `encode_prompt`, and learnt words."""

    def read(
        self,
        model: LoadedModel,
        prompt: str,
        words: Words | None,
        is_negative: bool,
        chunks: int = MOST_CHUNKS,
    ) -> Sentence | TwiceRead:
        tokenizers = [model.components[part] for part in ("tokenizer", "tokenizer_2")]
        if words:
            both = tuple(tokenize(tokenizer, prompt, words, chunks) for tokenizer in tokenizers)
            if any(id >= LEARNT for id in both[0].ids):
                empty = tuple(tokenize(tokenizer, "") for tokenizer in tokenizers)
                return TwiceRead(both, empty)  # type: ignore[arg-type]  # of two
        return super().read(model, prompt, None, is_negative, chunks)

    def encode(
        self, model: LoadedModel, read: Any, vectors: Sequence[torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        if isinstance(read, Sentence):
            return super().encode(model, read, vectors)
        return _said_twice(model, read, vectors)


def _said_twice(
    model: LoadedModel, read: TwiceRead, vectors: Sequence[torch.Tensor]
) -> dict[str, torch.Tensor]:
    """What the pipeline is given for `read`; `vectors` are each as wide as both encoders."""
    import torch

    model.load_text_encoders()
    rows, pooled, start = [], None, 0
    for part, tokens, empty in zip(("text_encoder", "text_encoder_2"), read.both, read.empty, strict=True):
        encoder = model.components[part]
        end = start + encoder.get_input_embeddings().weight.shape[1]
        own = [vector[:, start:end] for vector in vectors]
        said, pooled = _said(encoder, tokens, own)
        if tokens.is_weighted:
            said = weigh(said, tokens, _said(encoder, empty)[0])
        rows.append(said)
        start = end
    assert pooled is not None
    return {WORDS: torch.cat(rows, dim=-1), POOLED: pooled[:1]}


def _said(
    encoder: Any, tokens: Tokens, vectors: Sequence[torch.Tensor] = ()
) -> tuple[torch.Tensor, torch.Tensor]:
    """(1 x rows x width of its last layer but one, chunks x width of the prompt as a whole)."""
    import torch

    ids = torch.tensor(tokens.rows, device=encoder.device)
    with learnt_words(encoder, ids, vectors):
        known = torch.where(ids >= LEARNT, 0, ids)  # which row stands in does not matter
        said = encoder(known, output_hidden_states=True)
    return said.hidden_states[-2].flatten(0, 1)[None], said[0]
