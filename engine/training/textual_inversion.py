"""Teaching by a new word: a few vectors that the text encoder reads where the word stands. No weight changes.

Textual inversion, Gal et al., https://arxiv.org/abs/2208.01618.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from engine.api.prompt import literal
from engine.api.training import TrainRequest
from engine.diffusion.embeddings import encode_ids, tokenize
from engine.families.words import WORDS
from engine.training.bank import autocast
from engine.training.lessons import Batch, Lessons
from engine.training.noising import noising_of, weighted_loss
from engine.training.telling import Words

if TYPE_CHECKING:
    from engine.families.loaded_model import LoadedModel

RATE = 5e-3
NEUTRAL = "a thing"
"""What the word means in the beginning, where nothing is said of its kind."""


class WordLearner:
    """`request.vectors` vectors for the trigger, beside `model`'s own table of tokens."""

    def __init__(self, request: TrainRequest, model: LoadedModel, lessons: Lessons) -> None:
        self._request, self._model, self._lessons = request, model, lessons
        self._noising = noising_of(model.scheduler_config, model.device)
        self._words = {request.trigger: request.vectors}
        self.parameters: dict[str, torch.nn.Parameter] = {}
        self.rate = request.learning_rate or RATE

    @contextmanager
    def worn(self) -> Iterator[None]:
        """Inside, the vectors are there to learn; the model is not touched."""
        self.parameters = {"vectors": torch.nn.Parameter(self._beginning())}
        yield

    def losses(self, step: int) -> Iterator[tuple[str, torch.Tensor]]:
        yield "loss", self._loss(self._lessons.batch(step))

    def _loss(self, batch: Batch) -> torch.Tensor:
        timesteps = self._noising.spread(len(batch.clean), batch.generator)
        noise = torch.randn(batch.clean.shape, generator=batch.generator).to(batch.clean)
        text = torch.cat([self._read(literal(words)) for words in batch.words])
        noisy = self._noising.noisy(batch.clean, noise, timesteps)
        with autocast(noisy.device):
            answer = self._model.denoise(noisy, timesteps, text).float()
        return weighted_loss(self._noising, answer, batch.clean, noise, timesteps)

    def words(self, prompt: str) -> Words:
        with torch.no_grad():
            return {WORDS: self._read(prompt)}

    def result(self) -> dict[str, torch.Tensor]:
        """The word is the tensor's name, as diffusers, A1111 and ComfyUI read it."""
        return {self._request.trigger: self.parameters["vectors"].detach().float()}

    def _read(self, prompt: str) -> torch.Tensor:
        ids = tokenize(self._model.tokenizer, prompt, self._words).ids
        rows = torch.tensor([ids], device=self._model.device)
        return encode_ids(self._model.text_encoder(), rows, [self.parameters["vectors"]])

    def _beginning(self) -> torch.Tensor:
        """The vectors of what it is one of, repeated; a little apart, so that each can find its own."""
        table = self._model.text_encoder().get_input_embeddings().weight.detach().float()
        words = self._request.class_words or NEUTRAL
        ids = self._model.tokenizer(words, add_special_tokens=False)["input_ids"] or [0]
        known = table[torch.tensor(ids)]
        vectors = known[torch.arange(self._request.vectors) % len(ids)].clone()
        generator = torch.Generator("cpu").manual_seed(self._request.seed % 2**63)
        apart = torch.randn(vectors.shape, generator=generator).to(vectors) * table.std() * 0.1
        return vectors + apart
