"""Every scheduler of the table, for every kind of noise that a model may have been trained with."""

from __future__ import annotations

import pytest
import torch

from engine.api.errors import BadRequest
from engine.diffusion.estimate import estimate_clean, noise_level
from engine.diffusion.kept import step_levels
from engine.diffusion.scheduler_fixes import UnevenSteps
from engine.diffusion.schedulers import SCHEDULERS, build, plain_config, scheduler_infos
from engine.diffusion.tap import StepState

STABLE = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}
NOISES = {
    "epsilon": STABLE,
    "v": {**STABLE, "prediction_type": "v_prediction"},
    "v-zero-snr": {**STABLE, "prediction_type": "v_prediction", "rescale_betas_zero_snr": True},
    "sample": {**STABLE, "prediction_type": "sample"},
}
CASES = [
    (id, noise)
    for noise in NOISES
    for id in SCHEDULERS
    if noise != "sample" or id in ("ddim", "dpmpp_2m", "unipc")
]


class Oracle:
    """A network that knows the one picture there is, and so predicts without error."""

    def __init__(self, prediction_type: str) -> None:
        self.clean = torch.randn(1, 4, 4, 4, generator=torch.Generator().manual_seed(1))
        self.prediction_type = prediction_type

    def predict(self, scheduler, timestep, sample):
        """What the network would say of `sample`, worked out in double precision."""
        level = noise_level(scheduler, timestep)
        sample, clean = sample.double(), self.clean.double()
        noise = (sample - level.alpha * clean) / level.sigma
        scale = (level.alpha**2 + level.sigma**2) ** 0.5
        answers = {
            "epsilon": noise,
            "v_prediction": (level.alpha * noise - level.sigma * clean) / scale,
            "sample": clean,
        }
        return answers[self.prediction_type].float()


def loop(id: str, noise: str, steps: int = 8):
    """The final latents and the estimates of every call, with an oracle for a network."""
    scheduler = build(id, NOISES[noise], seed=3, steps=steps)
    oracle = Oracle(NOISES[noise].get("prediction_type", "epsilon"))
    generator = torch.Generator().manual_seed(2)
    scheduler.set_timesteps(steps)
    latents = torch.randn(1, 4, 4, 4, generator=generator) * scheduler.init_noise_sigma
    estimates = []
    takes_generator = "generator" in scheduler.step.__code__.co_varnames
    for timestep in scheduler.timesteps:
        scheduler.scale_model_input(latents, timestep)
        output = oracle.predict(scheduler, timestep, latents)
        estimates.append(estimate_clean(scheduler, output, timestep, latents))
        extra = {"generator": generator} if takes_generator else {}
        latents = scheduler.step(output, timestep, latents, return_dict=False, **extra)[0]
    return oracle.clean, estimates, latents


@pytest.mark.parametrize(("id", "noise"), CASES)
def test_the_estimate_is_what_an_oracle_knows_at_every_step(id, noise):
    clean, estimates, _ = loop(id, noise)
    for estimate in estimates:
        assert (estimate - clean).abs().max() < 2e-3


@pytest.mark.parametrize(("id", "noise"), CASES)
def test_the_last_estimate_is_what_the_schedule_ends_with(id, noise):
    _, estimates, latents = loop(id, noise)
    leaves_noise = id == "ddpm" and noise == "epsilon"
    leaves_noise |= id in ("ddim", "lcm", "ddpm")  # may end at the lowest trained noise level
    assert (estimates[-1] - latents).abs().max() < (0.15 if leaves_noise else 1e-5)


@pytest.mark.parametrize("id", SCHEDULERS)
def test_a_zero_snr_model_starts_from_pure_noise(id):
    scheduler = build(id, NOISES["v-zero-snr"])
    scheduler.set_timesteps(20)
    assert int(scheduler.timesteps[0]) == 999
    levels = [level.ratio for level in step_levels(scheduler)]
    assert levels[0] >= 99
    assert levels == sorted(levels, reverse=True)


@pytest.mark.parametrize("id", SCHEDULERS)
def test_the_recipe_form_of_a_config_is_finite_json(id):
    import json

    form = plain_config(build(id, NOISES["v-zero-snr"]))
    assert len(json.dumps(form, allow_nan=False)) < 2000


@pytest.mark.parametrize("steps", [61, 121, 334, 499, 500, 501, 600, 769, 999, 1000])
@pytest.mark.parametrize("noise", ["epsilon", "v-zero-snr"])
@pytest.mark.parametrize("id", SCHEDULERS)
def test_any_number_of_steps_is_taken_from_all_the_noise_to_none(id, noise, steps):
    scheduler = build(id, {**NOISES[noise], "num_train_timesteps": 1000}, steps=steps)
    scheduler.set_timesteps(steps)
    timesteps = [float(timestep) for timestep in scheduler.timesteps[:: scheduler.order]]
    assert len(timesteps) == steps
    assert timesteps == sorted(timesteps, reverse=True)
    assert 999 >= timesteps[0] > 660
    assert timesteps[-1] >= 0
    levels = step_levels(scheduler)
    assert all(level.ratio > 0 for level in levels)


@pytest.mark.parametrize("id", ["ddim", "ddpm", "euler", "dpmpp_2m"])
@pytest.mark.parametrize("steps", [500, 501, 750, 999, 1000])
def test_so_many_steps_that_they_crowd_leave_no_noise(id, steps):
    """Of pictures that are noise themselves (deviation 1/2) the best guess is a share of the sample."""
    scheduler = build(id, STABLE, steps=steps)
    scheduler.set_timesteps(steps)
    generator = torch.Generator().manual_seed(2)
    latents = torch.randn(1, 4, 32, 32, generator=generator) * scheduler.init_noise_sigma
    uneven = UnevenSteps()
    extra = {"generator": generator} if id == "ddpm" else {}
    for timestep in scheduler.timesteps:
        level = noise_level(scheduler, timestep)
        output = latents * level.sigma / (level.alpha**2 / 4 + level.sigma**2)
        scheduler.scale_model_input(latents, timestep)
        uneven.before_step(StepState(scheduler, 1, timestep, latents, output, level, {}))
        latents = scheduler.step(output, timestep, latents, return_dict=False, **extra)[0]
    assert abs(float(latents.std()) - 0.5) < 0.03


def test_lcm_takes_more_steps_than_it_was_made_for():
    scheduler = build("lcm", STABLE, steps=200)
    scheduler.set_timesteps(200)
    assert len(scheduler.timesteps) == 200


def test_an_unknown_scheduler_is_refused_with_the_list():
    with pytest.raises(BadRequest, match="euler_a"):
        build("astrology", STABLE)


def test_the_table_is_what_panels_are_offered():
    assert [info.id for info in scheduler_infos()] == list(SCHEDULERS)
