"""Teaching by a LoRA: a small change to the layers that a family names, the rest of the model left as it is.

Hu et al., https://arxiv.org/abs/2106.09685.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from engine.api.errors import UnsupportedModel
from engine.api.images import Extent
from engine.api.prompt import literal
from engine.api.training import TrainRequest
from engine.loras.lora import LayerChange, put_on, switched_off, take_off, trainable
from engine.training.bank import autocast
from engine.training.drawing import words_of
from engine.training.lessons import Batch, Lessons
from engine.training.noising import noising_of, weighted_loss
from engine.training.prior import Prior
from engine.training.telling import Tellings, Words, denoised

if TYPE_CHECKING:
    from engine.families.loaded_model import LoadedModel

NAME = "learning"
RATE_OF_A_BILLION = 1e-4
"""Learning rate for a network of a billion weights; smaller ones bear more."""
HIGHEST_RATE = 3e-3
INITIAL_SPREAD = 1.0


class LoraLearner:
    """A LoRA on `model`'s denoiser, worn from `worn` on until its end."""

    def __init__(
        self, request: TrainRequest, model: LoadedModel, lessons: Lessons, prior: Prior | None
    ) -> None:
        self._request, self._model = request, model
        self._lessons, self._prior = lessons, prior
        self._noising = noising_of(model.scheduler_config, model.device)
        self._told = Tellings(model, lambda words: words_of(model, words))
        self.parameters: dict[str, torch.nn.Parameter] = {}
        self.rate = request.learning_rate or usual_rate(model)

    @contextmanager
    def worn(self) -> Iterator[None]:
        """Inside, the model wears the LoRA; afterwards it is itself again, to the bit."""
        network = self._model.denoiser
        try:
            put_on(network, NAME, beginning(self._model, self._request.rank, self._request.seed))
            self.parameters = trainable(network, NAME)
            yield
        finally:
            take_off(network)

    def losses(self, step: int) -> Iterator[tuple[str, torch.Tensor]]:
        """Each to be sent back before the next is asked for: so only one graph is in memory."""
        yield "loss", self._lesson_loss(self._lessons.batch(step))
        if self._prior is not None:
            count = max(1, len(self._lessons.batch(step).words) // 2)  # its answers are less noisy
            yield "prior", self._request.prior_weight * self._prior_loss(self._prior.batch(step, count))

    def _lesson_loss(self, batch: Batch) -> torch.Tensor:
        noisy, timesteps, noise = self._noised(batch)
        answer = self._answer(noisy, timesteps, batch)
        return weighted_loss(self._noising, answer, batch.clean, noise, timesteps)

    def _prior_loss(self, batch: Batch) -> torch.Tensor:
        noisy, timesteps, _ = self._noised(batch)
        with torch.no_grad(), switched_off(self._model.denoiser):
            before = self._answer(noisy, timesteps, batch)
        return (self._answer(noisy, timesteps, batch) - before).square().mean()

    def _noised(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        timesteps = self._noising.spread(len(batch.clean), batch.generator)
        noise = torch.randn(batch.clean.shape, generator=batch.generator).to(batch.clean)
        return self._noising.noisy(batch.clean, noise, timesteps), timesteps, noise

    def _answer(self, noisy: torch.Tensor, timesteps: torch.Tensor, batch: Batch) -> torch.Tensor:
        rows, columns = noisy.shape[-2:]
        cell = self._model.space.cell_px
        told = self._told.of(tuple(map(literal, batch.words)), Extent(columns * cell, rows * cell))
        with autocast(noisy.device):  # on a processor the weights are float32, and 16 bits twice as fast
            return denoised(self._model, told, noisy, timesteps).float()

    def words(self, prompt: str) -> Words:
        """For a picture of how far it is."""
        return words_of(self._model, prompt)

    def result(self) -> dict[str, torch.Tensor]:
        """By the names that diffusers and PEFT give."""
        sides = {"down": "lora_A", "up": "lora_B"}
        found = {}
        for name, parameter in self.parameters.items():
            layer, _, side = name.rpartition(".")
            found[f"{self._model.denoiser_part}.{layer}.{sides[side]}.weight"] = parameter.detach().float()
        return found


def beginning(model: LoadedModel, rank: int, seed: int) -> dict[str, LayerChange]:
    """A change of nothing: `down` by chance, `up` zero. Its alpha is the rank, so no file need tell it."""
    generator = torch.Generator("cpu").manual_seed(seed % 2**63)
    changes = {}
    layers = model.layers_to_teach(model.denoiser_part)
    if not layers:
        raise UnsupportedModel(
            f"{model.info.title} cannot be taught: Lienzo knows none of its layers. Choose another model.",
            model=model.info.name,
        )
    for name, shape in layers.items():
        own_rank = min(rank, *shape[:2])
        down = torch.randn(own_rank, *shape[1:], generator=generator) * (INITIAL_SPREAD / shape[1] ** 0.5)
        up = torch.zeros(shape[0], own_rank, *[1] * (len(shape) - 2))
        changes[name] = LayerChange(down, up, float(own_rank))
    return changes


def usual_rate(model: LoadedModel) -> float:
    weights = sum(parameter.numel() for parameter in model.denoiser.parameters())
    return min(HIGHEST_RATE, RATE_OF_A_BILLION * (1e9 / weights) ** 0.75)
