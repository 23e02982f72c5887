"""Teaching by a new word: a few vectors that the text encoder reads where the word stands. No weight changes.

Textual inversion, Gal et al., https://arxiv.org/abs/2208.01618.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

from engine.api.errors import UnsupportedModel
from engine.api.images import Extent
from engine.api.prompt import literal
from engine.api.training import TrainRequest
from engine.families.learnt_tokens import row_names, table_of, tokenizers_of
from engine.families.seen_words import LaterReader
from engine.training.bank import autocast
from engine.training.lessons import Batch, Lessons
from engine.training.noising import noising_of, weighted_loss
from engine.training.speaking import Form
from engine.training.telling import Tellings, Told, Words, denoised
from engine.training.telling import told as tell

if TYPE_CHECKING:
    from engine.families.loaded_model import LoadedModel

RATE = 5e-3
NEUTRAL = "a thing"
"""What the word means in the beginning, where nothing is said of its kind."""


class WordLearner:
    """`request.vectors` vectors for the trigger, beside the tables of tokens of `model`'s text encoders."""

    def __init__(self, request: TrainRequest, model: LoadedModel, lessons: Lessons) -> None:
        self._request, self._model, self._lessons = request, model, lessons
        self._noising = noising_of(model.scheduler_config, model.device)
        self._words = {request.trigger: request.vectors}
        self._told = Tellings(model, self._first)
        self._form: Form | None = None
        self._before: dict[str, Words] = {}
        """What was told before anything was learnt: in its place comes what is known by now."""
        self.parameters: dict[str, torch.nn.Parameter] = {}
        self.rate = request.learning_rate or RATE

    @contextmanager
    def worn(self) -> Iterator[None]:
        """Inside, the vectors are there to learn; the model is not touched."""
        self._model.load_text_encoders()
        tokenizers = tokenizers_of(self._model.components)
        encoders = {part: self._model.components[part] for part in tokenizers}
        self.parameters = {
            name: torch.nn.Parameter(self._beginning(tokenizers[part], encoder))
            for name, (part, encoder) in zip(row_names(encoders), encoders.items(), strict=True)
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
        if isinstance(self._model.reader, LaterReader):  # its pipeline reads them whenever it runs
            if self._form is None:
                with torch.no_grad():
                    self._form = tell(self._model, self.words(words), size).form
            return tell(self._model, self._read(words), size, self._form)
        (told,) = self._told.of([words], size)
        said = told.saying(self._before[words], self._read(words))
        if said is told:
            raise UnsupportedModel(
                f"{self._model.info.title} cannot be taught a word: what it makes of one reaches its network "
                "in another form. Teach it by a LoRA.",
                model=self._model.info.name,
            )
        return said

    def _first(self, words: str) -> Words:
        self._before[words] = self.words(words)
        return self._before[words]

    def words(self, prompt: str) -> Words:
        with torch.no_grad():
            return {name: tensor.clone() for name, tensor in self._read(prompt).items()}

    def result(self) -> dict[str, torch.Tensor]:
        """As diffusers, A1111 and ComfyUI read it: one tensor by the word's name, several by theirs."""
        learnt = {name: vectors.detach().float() for name, vectors in self.parameters.items()}
        return learnt if len(learnt) > 1 else dict(zip([self._request.trigger], learnt.values(), strict=True))

    def _read(self, prompt: str) -> Words:
        """What the pipeline is given for `prompt`; gradients reach the vectors."""
        reader, model = self._model.reader, self._model
        assert reader is not None
        read = reader.read(model, prompt, self._words, False, 1)
        vectors = torch.cat(list(self.parameters.values()), dim=1)
        return reader.encode(model, read, [vectors])

    def _beginning(self, tokenizer: Any, encoder: Any) -> torch.Tensor:
        """The vectors of what it is one of, repeated; a little apart, so that each can find its own."""
        table = table_of(encoder).weight.detach().float()
        words = self._request.class_words or NEUTRAL
        ids = tokenizer(words, add_special_tokens=False)["input_ids"] or [0]
        known = table[torch.tensor(ids)]
        vectors = known[torch.arange(self._request.vectors) % len(ids)].clone()
        generator = torch.Generator("cpu").manual_seed(self._request.seed % 2**63)
        apart = torch.randn(vectors.shape, generator=generator).to(vectors) * table.std() * 0.1
        return vectors + apart
