"""diffusers' samplers for networks of few steps, which tell here how much noise there is at each step."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from diffusers import CMStochasticIterativeScheduler, SCMScheduler

from engine.diffusion.estimate import NoiseLevel

if TYPE_CHECKING:
    import torch


class TrigFlowScheduler(SCMScheduler):
    """sCM: a sample lies at an angle between picture and noise (https://arxiv.org/abs/2410.11081)."""

    def level_at(self, index: int) -> NoiseLevel:
        """Of the sample that step `index` (from 0) is given; the last is what they end with."""
        angle = float(self.timesteps[index])
        return NoiseLevel(math.cos(angle), math.sin(angle))

    def clean_at(self, index: int, output: torch.Tensor, sample: torch.Tensor) -> torch.Tensor:
        """What step `index` takes the picture to be."""
        angle = self.timesteps[index].to(sample.device)
        return angle.cos() * sample - angle.sin() * output


class ConsistencyScheduler(CMStochasticIterativeScheduler):
    """Consistency models' own multistep sampling (https://arxiv.org/abs/2303.01469, algorithm 1)."""

    def level_at(self, index: int) -> NoiseLevel:
        """Of the sample that step `index` (from 0) is given: noise is laid on the least that there is."""
        least = self.config["sigma_min"]
        return NoiseLevel(1.0, math.sqrt(max(0.0, float(self.sigmas[index]) ** 2 - least**2)))

    def clean_at(self, index: int, output: torch.Tensor, sample: torch.Tensor) -> torch.Tensor:
        """What step `index` takes the picture to be."""
        skip, out = self.get_scalings_for_boundary_condition(self.sigmas[index])
        clean = out * output + skip * sample
        return clean.clamp(-1, 1) if self.config["clip_denoised"] else clean
