"""diffusers' samplers along a cosine, which tell here how much noise there is at each step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import diffusers
from diffusers import DDPMWuerstchenScheduler

from engine.api.form import Json
from engine.diffusion.estimate import NoiseLevel

if TYPE_CHECKING:
    import torch


class Counted:
    """Knows which step is next."""

    order = 1
    timesteps: Any
    _step_index: int | None = None

    @property
    def step_index(self) -> int | None:
        return self._step_index

    def set_timesteps(self, *args: Any, **kwargs: Any) -> None:
        self._step_index = None
        others: Any = super()
        others.set_timesteps(*args, **kwargs)

    def _init_step_index(self, timestep: torch.Tensor | float) -> None:
        time = float(timestep if isinstance(timestep, (int, float)) else timestep.flatten()[0])
        self._step_index = int((self.timesteps.float() - time).abs().argmin())

    def _count(self, timestep: Any) -> None:
        if self._step_index is None:
            self._init_step_index(timestep)
        assert self._step_index is not None
        self._step_index += 1


class CosineScheduler(Counted, DDPMWuerstchenScheduler):
    """Würstchen's; each step is diffusers' own."""

    def step(
        self, model_output: Any, timestep: Any, sample: Any, generator: Any = None, return_dict: bool = True
    ) -> Any:
        made = super().step(model_output, timestep, sample, generator, return_dict)
        self._count(timestep)
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


class UnCLIPScheduler(Counted, diffusers.UnCLIPScheduler):
    """unCLIP's; each step is diffusers' own."""

    @classmethod
    def of(cls, told: Mapping[str, Json]) -> UnCLIPScheduler:
        """As `engine.diffusion.cosine_schedulers.unclip_config` has read it."""
        known: dict[str, Any] = {name: value for name, value in told.items() if name != "says"}
        return cls(**{**known, "prediction_type": told.get("says", "epsilon")})

    def step(
        self,
        model_output: Any,
        timestep: Any,
        sample: Any,
        prev_timestep: Any = None,
        generator: Any = None,
        return_dict: bool = True,
    ) -> Any:
        made = super().step(model_output, timestep, sample, prev_timestep, generator, return_dict)
        self._count(timestep)
        return made

    def level_at(self, index: int) -> NoiseLevel:
        """Of the sample that step `index` (from 0) is given; the last is what they end with."""
        if index >= len(self.timesteps):
            return NoiseLevel(1.0, 0.0)
        signal = float(self.alphas_cumprod[int(self.timesteps[index])])
        return NoiseLevel(signal**0.5, (1 - signal) ** 0.5)

    def clean_at(self, index: int, output: torch.Tensor, sample: torch.Tensor) -> torch.Tensor:
        """What step `index` takes the picture to be."""
        output = output[:, : sample.shape[1]]  # behind it stands the spread that was learnt
        if self.config["prediction_type"] == "epsilon":
            level = self.level_at(index)
            output = (sample - level.sigma * output) / level.alpha
        reach = self.config["clip_sample_range"]
        return output.clamp(-reach, reach) if self.config["clip_sample"] else output
