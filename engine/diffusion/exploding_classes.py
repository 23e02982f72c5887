"""diffusers' samplers of exploding noise, whose pipelines call them by several names, as others are called.

Each call of the network is a call of `step` here; `timesteps` are the spreads of noise that the network is
told. Samples are pixels from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from inspect import signature
from typing import TYPE_CHECKING, Any

import diffusers
import torch

from engine.diffusion.estimate import NoiseLevel

if TYPE_CHECKING:
    from engine.api.form import Json


class ExplodingScheduler:
    """What both have in common."""

    order: int
    """Calls a step."""
    timesteps: torch.Tensor
    middle = 0.0
    """About which the noise lies that they begin with."""
    generator: torch.Generator | None = None
    """The picture's, where noise is drawn before the network is called."""

    def __init__(self, kind: type, told: Mapping[str, Json]) -> None:
        takes = signature(kind.__init__).parameters
        self.inner: Any = kind(**{name: value for name, value in told.items() if name in takes})
        self.config = self.inner.config
        self._step_index: int | None = None
        self.state_in_first_order = True
        """True where a step is whole."""

    @property
    def step_index(self) -> int | None:
        return self._step_index

    def _init_step_index(self, timestep: object) -> None:
        self._step_index = 0

    def scale_model_input(self, sample: torch.Tensor, timestep: object) -> torch.Tensor:
        return sample

    def clean_at(self, index: int, output: torch.Tensor, sample: torch.Tensor) -> torch.Tensor:
        """What call `index` takes the picture to be: by the score, https://arxiv.org/abs/2011.13456, (2)."""
        return sample + float(self.timesteps[index]) ** 2 * output


class ScoreScheduler(ExplodingScheduler):
    """Its makers' own: at each spread of noise so many calls that correct, and one that goes on to the next.

    The first call of a step is 0 mod `order`.
    """

    def __init__(self, told: Mapping[str, Json]) -> None:
        super().__init__(diffusers.ScoreSdeVeScheduler, told)
        self.order = self.config.correct_steps + 1
        self.init_noise_sigma = self.config.sigma_max

    def set_timesteps(self, num_inference_steps: int, device: Any = None) -> None:
        self.inner.set_timesteps(num_inference_steps)
        self.inner.set_sigmas(num_inference_steps)
        if num_inference_steps == 1:  # it would take the last spread for the first
            self.inner.discrete_sigmas = self.inner.sigmas
        self.timesteps = self.inner.sigmas.repeat_interleave(self.order).to(device)
        self._step_index = None

    def level_at(self, index: int) -> NoiseLevel:
        """Of the sample that call `index` (from 0) is given; the last is what they end with."""
        is_done = index >= len(self.timesteps)
        return NoiseLevel(1.0, 0.0 if is_done else float(self.timesteps[index]))

    def step(
        self, model_output: torch.Tensor, timestep: object, sample: torch.Tensor, generator: Any = None
    ) -> tuple[torch.Tensor]:
        step, call = divmod(self._step_index or 0, self.order)
        if call < self.order - 1:
            made = self.inner.step_correct(model_output, sample, generator=generator).prev_sample
        else:
            time = self.inner.timesteps[step]
            drawn = self.inner.step_pred(model_output, time, sample, generator=generator)
            # what would be laid on the finished picture is left away
            is_last = step + 1 == len(self.inner.timesteps)
            made = drawn.prev_sample_mean if is_last else drawn.prev_sample
        self._step_index = (self._step_index or 0) + 1
        self.state_in_first_order = call == self.order - 1
        return (made,)


class KarrasScheduler(ExplodingScheduler):
    """Karras' second order, with some noise laid on before each step; of the last there is one call alone.

    diffusers' class takes for spreads what are their squares, begins with the root of the first, and has the
    noise that is laid on make up for it; so does this. Its numbers are pixels from -1 to 1.
    """

    order = 2
    middle = 0.5

    def __init__(self, told: Mapping[str, Json]) -> None:
        super().__init__(diffusers.KarrasVeScheduler, told)
        self.init_noise_sigma = self.inner.init_noise_sigma / 2
        self._hat: torch.Tensor | None = None
        """Sample of the step with its noise, -1 to 1, between the two calls."""
        self._derivative: torch.Tensor | None = None

    def set_timesteps(self, num_inference_steps: int, device: Any = None) -> None:
        count = num_inference_steps
        self.inner.num_inference_steps = count
        if count == 1:  # its formula divides by nothing
            self._spreads = torch.tensor([self.config.sigma_max**2, 0.0])
        else:
            self.inner.set_timesteps(count)
            self._spreads = torch.cat([self.inner.schedule.flip(0), torch.zeros(1)])
        """With which each step begins, and with which all end; from -1 to 1."""
        raised = [float(self._raised(index)) for index in range(count)]
        told = torch.tensor([raised, self._spreads[1:].tolist()]).T.flatten()[:-1]
        self.timesteps = (told / 2).to(device)
        self._step_index = None

    def level_at(self, index: int) -> NoiseLevel:
        """Of the sample that call `index` (from 0) is given, before noise is laid on it."""
        return NoiseLevel(1.0, float(self._spreads[(index + 1) // 2]) / 2)

    def scale_model_input(self, sample: torch.Tensor, timestep: object) -> torch.Tensor:
        """With the noise that belongs to the step."""
        index = self._step_index or 0
        if index % 2:
            return sample
        spread = self._spreads[index // 2]
        hat, _ = self.inner.add_noise_to_input(2 * sample - 1, spread, generator=self.generator)
        self._hat = hat
        return (hat + 1) / 2

    def clean_at(self, index: int, output: torch.Tensor, sample: torch.Tensor) -> torch.Tensor:
        given = sample if index % 2 or self._hat is None else (self._hat + 1) / 2
        return super().clean_at(index, output, given)

    def step(self, model_output: torch.Tensor, timestep: object, sample: torch.Tensor) -> tuple[torch.Tensor]:
        index = self._step_index or 0
        is_second = index % 2 == 1
        spread, after = self._raised(index // 2), self._spreads[index // 2 + 1]
        said = (after if is_second else spread) / 2 * model_output
        assert self._hat is not None
        if is_second:
            made = self.inner.step_correct(
                said, spread, after, self._hat, 2 * sample - 1, self._derivative
            ).prev_sample
        else:
            drawn = self.inner.step(said, spread, after, self._hat)
            made, self._derivative = drawn.prev_sample, drawn.derivative
        self._step_index = index + 1
        self.state_in_first_order = is_second
        if is_second:
            self._hat = self._derivative = None
        return ((made + 1) / 2,)

    def _raised(self, step: int) -> torch.Tensor:
        """The spread of that step with the noise that is laid on."""
        spread = self._spreads[step]
        no_pixel = torch.zeros(1)
        return self.inner.add_noise_to_input(no_pixel, spread, torch.Generator().manual_seed(0))[1]
