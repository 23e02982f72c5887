"""diffusers' sampler of tokens, which tells here how much of the picture is still open at each step."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from diffusers import AmusedScheduler, VQDiffusionScheduler

from engine.api.errors import Overflow
from engine.diffusion.cosine_classes import Counted
from engine.diffusion.estimate import NoiseLevel

if TYPE_CHECKING:
    import torch


class TokenScheduler(Counted, AmusedScheduler):
    """aMUSEd's; each step is diffusers' own.

    Of a sample's noise level, `sigma` is the share of its tokens that are open.
    """

    counts_open = True
    """Its step is told which share of the picture is open where a part of it is held."""
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

    @property
    def mark(self) -> int:
        """Of an open token."""
        return self.config["mask_token_id"]

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
            return tokens.new_full(tokens.shape, self.mark)
        whole: Any = tokens
        return self.add_noise(whole, self.timesteps[index - 1], generator=generator)


class VQScheduler(Counted, VQDiffusionScheduler):
    """VQ-Diffusion's; each step is diffusers' own. Tokens are B x h x w here, and a row there."""

    counts_open = False
    tells_clean = True

    @property
    def mark(self) -> int:
        return self.mask_class

    def decide_evenly(self) -> None:
        """It decides nothing for good."""

    def set_timesteps(self, num_inference_steps: int, device: Any = None) -> None:
        """On the processor, whatever the device: there its chance comes from."""
        super().set_timesteps(num_inference_steps)

    def step(
        self, model_output: Any, timestep: Any, sample: Any, generator: Any = None, return_dict: bool = True
    ) -> Any:
        """Raises `Overflow` where the network's numbers are none: no token can be drawn by them."""
        self._count(timestep)
        assert self.step_index is not None
        if bool(model_output.isnan().any()):
            raise Overflow(self.step_index)
        told = model_output.cpu(), timestep.cpu(), sample.cpu().flatten(1)
        drawn = super().step(*told, generator, False)[0]
        likely = drawn if int(timestep) == 0 else told[0].argmax(dim=1)
        return tuple(tokens.view(sample.shape).to(sample.device) for tokens in (drawn, likely))

    def level_at(self, index: int) -> NoiseLevel:
        """Of the sample that step `index` (from 0) is given; the last is what they end with."""
        if index >= len(self.timesteps):
            return NoiseLevel(1.0, 0.0)
        open_share = 1.0 if index == 0 else self._chance(self.log_cumprod_ct, index)
        return NoiseLevel(1 - open_share, open_share)

    def opened(self, tokens: torch.Tensor, index: int, generator: Any) -> torch.Tensor:
        """`tokens` (B x h x w), some of them open and some others, as step `index` (from 0) is given them."""
        import torch

        if index == 0:
            return tokens.new_full(tokens.shape, self.mark)
        is_open = self._chance(self.log_cumprod_ct, index)
        is_other = self._chance(self.log_cumprod_bt, index) * self.mark
        chance = torch.rand(tokens.shape, generator=generator).to(tokens.device)
        other = torch.randint(self.mark, tokens.shape, generator=generator).to(tokens)
        opened = torch.where(chance < is_open + is_other, other, tokens)
        return torch.where(chance < is_open, self.mark, opened)

    def _chance(self, table: torch.Tensor, index: int) -> float:
        return math.exp(float(table[int(self.timesteps[index])]))
