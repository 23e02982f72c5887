"""diffusers' sampler of Würstchen and Stable Cascade, which tells here how much noise there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from diffusers import DDPMWuerstchenScheduler

from engine.diffusion.estimate import NoiseLevel

if TYPE_CHECKING:
    import torch


class CosineScheduler(DDPMWuerstchenScheduler):
    """Counts its steps; each is diffusers' own."""

    order = 1
    _step_index: int | None = None

    @property
    def step_index(self) -> int | None:
        return self._step_index

    def _init_step_index(self, timestep: torch.Tensor | float) -> None:
        time = float(timestep if isinstance(timestep, (int, float)) else timestep.flatten()[0])
        self._step_index = int((self.timesteps.float() - time).abs().argmin())

    def set_timesteps(self, *args: Any, **kwargs: Any) -> None:
        self._step_index = None
        super().set_timesteps(*args, **kwargs)

    def step(
        self, model_output: Any, timestep: Any, sample: Any, generator: Any = None, return_dict: bool = True
    ) -> Any:
        if self._step_index is None:
            self._init_step_index(timestep)
        made = super().step(model_output, timestep, sample, generator, return_dict)
        assert self._step_index is not None
        self._step_index += 1
        return made

    def level_at(self, index: int) -> NoiseLevel:
        """Of the sample that step `index` (from 0) is given; the last is what they end with."""
        if index >= len(self.timesteps) - 1:
            return NoiseLevel(1.0, 0.0)
        signal = float(self._alpha_cumprod(self.timesteps[index : index + 1], self.timesteps.device))
        return NoiseLevel(signal**0.5, (1 - signal) ** 0.5)

    def clean_at(self, index: int, output: torch.Tensor, sample: torch.Tensor) -> torch.Tensor:
        """What step `index` takes the picture to be."""
        level = self.level_at(index)
        return (sample - level.sigma * output) / level.alpha
