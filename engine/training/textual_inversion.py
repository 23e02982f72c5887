"""Teaching by a new word: a few vectors that the text encoder reads where the word stands. No weight changes.

Textual inversion, Gal et al., https://arxiv.org/abs/2208.01618.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

from engine.api.images import Extent
from engine.api.prompt import literal
from engine.api.training import TrainRequest
from engine.diffusion.embeddings import encode_ids, tokenize
from engine.families.two_clips import TwiceRead, TwoClipsReader, said_twice
from engine.families.words import WORDS
from engine.training.bank import autocast
from engine.training.drawing import words_of
from engine.training.lessons import Batch, Lessons
from engine.training.noising import noising_of, weighted_loss
from engine.training.telling import Tellings, Told, Words, denoised

if TYPE_CHECKING:
    from engine.families.loaded_model import LoadedModel

RATE = 5e-3
ONE, BOTH = "vectors", ("clip_l", "clip_g")
"""What the vectors are called where one encoder reads them, and where SDXL's two do."""
NEUTRAL = "a thing"
"""What the word means in the beginning, where nothing is said of its kind."""


class WordLearner:
    """`request.vectors` vectors for the trigger, beside the tables of tokens of `model`'s text encoders."""

    def __init__(self, request: TrainRequest, model: LoadedModel, lessons: Lessons) -> None:
        self._request, self._model, self._lessons = request, model, lessons
        self._noising = noising_of(model.scheduler_config, model.device)
        self._words = {request.trigger: request.vectors}
        self._told = Tellings(model, self._first)
        self._before: dict[str, Words] = {}
        """What was told before anything was learnt: in its place comes what is known by now."""
        self.parameters: dict[str, torch.nn.Parameter] = {}
        self.rate = request.learning_rate or RATE

    @contextmanager
    def worn(self) -> Iterator[None]:
        """Inside, the vectors are there to learn; the model is not touched."""
        self._model.load_text_encoders()
        names = BOTH if self._is_read_twice else (ONE,)
        parts = zip(names, self._model.tokenizers, self._model.text_encoders, strict=False)
        self.parameters = {
            name: torch.nn.Parameter(self._beginning(tokenizer, encoder))
            for name, tokenizer, encoder in parts
        }
        yield

    def losses(self, step: int) -> Iterator[tuple[str, torch.Tensor]]:
        yield "loss", self._loss(self._lessons.batch(step))

    def _loss(self, batch: Batch) -> torch.Tensor:
        timesteps = self._noising.spread(len(batch.clean), batch.generator)
        noise = torch.randn(batch.clean.shape, generator=batch.generator).to(batch.clean)
        noisy = self._noising.noisy(batch.clean, noise, timesteps)
        rows, columns = noisy.shape[-2:]
        cell = self._model.space.cell_px
        said = [self._saying(literal(words), Extent(columns * cell, rows * cell)) for words in batch.words]
        with autocast(noisy.device):
            answer = denoised(self._model, said, noisy, timesteps).float()
        return weighted_loss(self._noising, answer, batch.clean, noise, timesteps)

    def _saying(self, words: str, size: Extent) -> Told:
        (told,) = self._told.of([words], size)
        return told.saying(self._before[words], self._read(words))

    def _first(self, words: str) -> Words:
        self._before[words] = self.words(words)
        return self._before[words]

    def words(self, prompt: str) -> Words:
        with torch.no_grad():
            return {name: tensor.clone() for name, tensor in self._read(prompt).items()}

    def result(self) -> dict[str, torch.Tensor]:
        """As diffusers, A1111 and ComfyUI read it: one tensor by the word's name, SDXL's two by theirs."""
        learnt = {name: vectors.detach().float() for name, vectors in self.parameters.items()}
        return learnt if self._is_read_twice else {self._request.trigger: learnt[ONE]}

    @property
    def _is_read_twice(self) -> bool:
        return isinstance(self._model.reader, TwoClipsReader)

    def _read(self, prompt: str) -> Words:
        """What the pipeline is given for `prompt`; gradients reach the vectors."""
        reader, model = self._model.reader, self._model
        if not isinstance(reader, TwoClipsReader):
            ids = tokenize(model.tokenizer, prompt, self._words).ids
            rows = torch.tensor([ids], device=model.device)
            return {WORDS: encode_ids(model.text_encoder(), rows, [self.parameters[ONE]])}
        read = reader.read(model, prompt, self._words, False, 1)
        if not isinstance(read, TwiceRead):  # the word is not in it
            return words_of(model, prompt)
        return said_twice(model, read, [torch.cat([self.parameters[name] for name in BOTH], dim=1)])

    def _beginning(self, tokenizer: Any, encoder: Any) -> torch.Tensor:
        """The vectors of what it is one of, repeated; a little apart, so that each can find its own."""
        table = encoder.get_input_embeddings().weight.detach().float()
        words = self._request.class_words or NEUTRAL
        ids = tokenizer(words, add_special_tokens=False)["input_ids"] or [0]
        known = table[torch.tensor(ids)]
        vectors = known[torch.arange(self._request.vectors) % len(ids)].clone()
        generator = torch.Generator("cpu").manual_seed(self._request.seed % 2**63)
        apart = torch.randn(vectors.shape, generator=generator).to(vectors) * table.std() * 0.1
        return vectors + apart
