"""A scheduler's own noise is the processor's, whatever the latents are in."""

from __future__ import annotations

import pytest
import torch

from engine.diffusion import schedulers
from engine.diffusion.estimate import NoiseLevel
from engine.diffusion.scheduler_fixes import NoiseOnProcessor
from engine.diffusion.tap import StepState


def stepped(dtype: torch.dtype, with_moment: bool) -> torch.Tensor:
    scheduler = schedulers.build("dpmpp_sde", {}, seed=5, steps=4)
    scheduler.set_timesteps(4)
    sample = torch.linspace(-9, 9, 64).reshape(1, 4, 4, 4).to(dtype)
    for timestep in scheduler.timesteps[:4]:
        state = StepState(scheduler, 1, timestep, sample, sample * 0.5, NoiseLevel(1, 1), {})
        if with_moment:
            NoiseOnProcessor().before_step(state)
        sample = scheduler.step(state.model_output, timestep, sample).prev_sample
    return sample


def test_the_processors_full_precision_is_the_stock_one():
    assert torch.equal(stepped(torch.float32, True), stepped(torch.float32, False))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_in_16_bits_it_is_the_same_noise(dtype: torch.dtype):
    whole, half = stepped(torch.float32, True), stepped(dtype, True)
    assert half.dtype == dtype
    assert (whole - half.float()).abs().mean() < 0.05


def test_other_schedulers_are_left_alone():
    scheduler = schedulers.build("euler_a", {}, seed=5, steps=4)
    before = dict(vars(scheduler))
    sample = torch.zeros(1, 4, 4, 4)
    NoiseOnProcessor().before_step(StepState(scheduler, 1, sample[0], sample, sample, NoiseLevel(1, 1), {}))
    assert vars(scheduler) == before
