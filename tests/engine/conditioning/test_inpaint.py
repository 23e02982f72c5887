"""Soft masks at every step of every scheduler, with networks that know what they draw."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from engine.conditioning.inpaint import SoftMask, cell_maxima
from engine.diffusion.estimate import noise_level
from engine.diffusion.schedulers import SCHEDULERS, build
from engine.diffusion.tap import Moment, StepState, Tap

NOISE = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}
SOURCE, TARGET = -0.5, 0.7
"""What the latents are, and what the network draws."""


class Draws(nn.Module):
    """A network that finds `TARGET` in any noise."""

    def __init__(self, scheduler) -> None:
        super().__init__()
        self.scheduler = scheduler

    def forward(self, sample, timestep):
        level = noise_level(self.scheduler, timestep)
        return ((sample - level.alpha * TARGET) / level.sigma,)


class Watch(Moment):
    def __init__(self) -> None:
        self.steps: list[tuple[int, torch.Tensor, torch.Tensor]] = []

    def after_step(self, state: StepState) -> None:
        if state.is_whole:
            self.steps.append((state.index, state.latents, state.clean))


def run(id: str, mask: np.ndarray, steps: int = 8, says_start: bool = True) -> list:
    """A pipeline's loop from noised source latents (1 x 4 x h x w), with the mask at eight pixels a cell."""
    scheduler = build(id, NOISE, seed=3, steps=steps)
    scheduler.set_timesteps(steps)
    pipeline = SimpleNamespace(scheduler=scheduler, unet=Draws(scheduler), vae=nn.Identity())
    generator = torch.Generator().manual_seed(2)
    rows, columns = mask.shape[0] // 8, mask.shape[1] // 8
    clean = torch.full((1, 4, rows, columns), SOURCE)
    noise = torch.randn(clean.shape, generator=generator)
    watch = Watch()
    takes_generator = "generator" in scheduler.step.__code__.co_varnames
    with Tap(pipeline, [SoftMask(mask, steps, lambda: clean), watch]), torch.inference_mode():
        if says_start:
            latents = pipeline.scheduler.add_noise(clean, noise, scheduler.timesteps[:1])
        else:
            latents = noise * scheduler.init_noise_sigma
        for timestep in scheduler.timesteps:
            scheduler.scale_model_input(latents, timestep)  # some warn where it is left out
            (output,) = pipeline.unet(latents, timestep)
            kwargs = {"generator": generator} if takes_generator else {}
            latents = pipeline.scheduler.step(output, timestep, latents, return_dict=False, **kwargs)[0]
    return watch.steps


def stripes(*values: int) -> np.ndarray:
    """A mask of one cell row, a value a cell."""
    return np.repeat(np.repeat(np.array([values], np.uint8), 8, axis=0), 8, axis=1)


@pytest.mark.parametrize("says_start", [True, False])
@pytest.mark.parametrize("id", SCHEDULERS)
def test_what_may_not_change_ends_as_it_was_and_what_may_as_it_is_drawn(id: str, says_start: bool):
    index, latents, clean = run(id, stripes(0, 0, 255, 255), says_start=says_start)[-1]
    assert index == 8
    assert (latents[..., :2] == SOURCE).all() and (clean[..., :2] == SOURCE).all()
    assert torch.allclose(latents[..., 2:], torch.tensor(TARGET), atol=0.12)


@pytest.mark.parametrize("id", SCHEDULERS)
def test_a_share_is_free_for_that_share_of_the_last_steps(id: str):
    """Cells are the source's until their time has come: 32 of 255 is one step of eight, 128 is four."""
    steps = run(id, stripes(0, 32, 128, 224, 255))
    for index, _, clean in steps:
        is_drawn = (clean[0, 0, 0] != SOURCE).tolist()
        assert is_drawn == [False, index > 7, index > 4, index > 1, True], index


@pytest.mark.parametrize("id", SCHEDULERS)
def test_a_white_mask_changes_no_bit(id: str):
    white = run(id, stripes(255, 255, 255))
    scheduler = build(id, NOISE, seed=3, steps=8)
    scheduler.set_timesteps(8)
    pipeline = SimpleNamespace(scheduler=scheduler, unet=Draws(scheduler), vae=nn.Identity())
    generator, watch = torch.Generator().manual_seed(2), Watch()
    clean = torch.full((1, 4, 1, 3), SOURCE)
    noise = torch.randn(clean.shape, generator=generator)
    takes_generator = "generator" in scheduler.step.__code__.co_varnames
    with Tap(pipeline, [watch]), torch.inference_mode():
        latents = pipeline.scheduler.add_noise(clean, noise, scheduler.timesteps[:1])
        for timestep in scheduler.timesteps:
            scheduler.scale_model_input(latents, timestep)  # some warn where it is left out
            (output,) = pipeline.unet(latents, timestep)
            kwargs = {"generator": generator} if takes_generator else {}
            latents = pipeline.scheduler.step(output, timestep, latents, return_dict=False, **kwargs)[0]
    for (_, ours, _), (_, theirs, _) in zip(white, watch.steps, strict=True):
        assert torch.equal(ours, theirs)


def test_a_cell_may_change_as_much_as_any_of_its_pixels():
    mask = np.zeros((16, 24), np.uint8)
    mask[3, 5], mask[15, 23] = 9, 255
    assert cell_maxima(mask, 2, 3).tolist() == [[9, 0, 0], [0, 0, 255]]
