"""diffusers' sampler of tokens, which tells here how much of the picture is still open at each step."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from diffusers import AmusedScheduler

from engine.api.errors import Overflow
from engine.diffusion.cosine_classes import Counted
from engine.diffusion.estimate import NoiseLevel

if TYPE_CHECKING:
    import torch


class TokenScheduler(Counted, AmusedScheduler):
    """aMUSEd's; each step is diffusers' own.

    Of a sample's noise level, `sigma` is the share of its tokens that are open.
    """

    tells_clean = True
    """Its step gives the estimate too: what is decided, and what the open tokens were drawn to be."""

    def step(
        self,
        model_output: Any,
        timestep: Any,
        sample: Any,
        starting_mask_ratio: Any = 1.0,
        generator: Any = None,
        return_dict: bool = True,
    ) -> Any:
        """Raises `Overflow` where the network's numbers are none: no token can be drawn by them."""
        self._count(timestep)
        assert self.step_index is not None
        if not bool(model_output.isfinite().all()):
            raise Overflow(self.step_index)
        return super().step(model_output, timestep, sample, starting_mask_ratio, generator, return_dict)

    def decide_evenly(self) -> None:
        """As many tokens at each step, as aMUSEd's own pipeline has it where some of them are held."""
        self.register_to_config(masking_schedule="linear")

    def level_at(self, index: int) -> NoiseLevel:
        """Of the sample that step `index` (from 0) is given; the last is what they end with."""
        done = index / len(self.timesteps)
        if done >= 1:
            return NoiseLevel(1.0, 0.0)
        is_linear = self.config["masking_schedule"] == "linear"
        open_share = 1 - done if is_linear else math.cos(done * math.pi / 2)
        return NoiseLevel(1 - open_share, open_share)

    def opened(self, tokens: torch.Tensor, index: int, generator: Any) -> torch.Tensor:
        """`tokens` (B x h x w) with as many of them open as step `index` (from 0) is given."""
        if index == 0:
            return tokens.new_full(tokens.shape, self.config["mask_token_id"])
        whole: Any = tokens
        return self.add_noise(whole, self.timesteps[index - 1], generator=generator)
