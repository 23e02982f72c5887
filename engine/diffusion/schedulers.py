"""The schedulers by the names that artists know, built for the noise a model was trained with.

To add one, add a line to `SCHEDULERS`; the tests run over the whole table.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from engine.api.errors import BadRequest
from engine.api.form import Json
from engine.api.model_info import SchedulerInfo
from engine.diffusion.consistency_schedulers import build_consistency, is_consistency_config
from engine.diffusion.cosine_schedulers import build_cosine, is_cosine_config
from engine.diffusion.exploding_schedulers import build_exploding, is_exploding_config
from engine.diffusion.flow_schedulers import build_flow, is_flow_config
from engine.diffusion.token_schedulers import build_token, is_token_config


class SchedulerEntry(NamedTuple):
    label: str
    class_name: str
    config: Mapping[str, Json] = {}
    """What differs from the class's own defaults."""


SCHEDULERS: dict[str, SchedulerEntry] = {
    "ddim": SchedulerEntry("DDIM", "DDIMScheduler", {"clip_sample": False}),
    "ddim_sgm": SchedulerEntry(
        "DDIM SGM Uniform", "DDIMScheduler", {"clip_sample": False, "timestep_spacing": "trailing"}
    ),
    "euler": SchedulerEntry("Euler", "EulerDiscreteScheduler"),
    "euler_sgm": SchedulerEntry(
        "Euler SGM Uniform", "EulerDiscreteScheduler", {"timestep_spacing": "trailing"}
    ),
    "euler_a": SchedulerEntry("Euler a", "EulerAncestralDiscreteScheduler"),
    "dpmpp_2m": SchedulerEntry("DPM++ 2M", "DPMSolverMultistepScheduler"),
    "dpmpp_2m_karras": SchedulerEntry(
        "DPM++ 2M Karras", "DPMSolverMultistepScheduler", {"use_karras_sigmas": True}
    ),
    "dpmpp_sde": SchedulerEntry("DPM++ SDE", "DPMSolverSDEScheduler"),
    "unipc": SchedulerEntry("UniPC", "UniPCMultistepScheduler"),
    "lms": SchedulerEntry("LMS", "LMSDiscreteScheduler"),
    "heun": SchedulerEntry("Heun", "HeunDiscreteScheduler"),
    "ddpm": SchedulerEntry("DDPM", "DDPMScheduler", {"clip_sample": False}),
    "lcm": SchedulerEntry("LCM", "LCMScheduler"),
}
"""Scheduler id to its entry, in the order in which panels offer them."""

FOLLOW_ONE_PATH = ("ddim", "ddim_sgm", "euler", "euler_sgm", "dpmpp_2m", "dpmpp_2m_karras", "unipc")
"""Ids that add no noise on the way and call the network once a step: predictions change smoothly
and no high order magnifies a guess."""

ADD_NOISE = ("euler_a", "dpmpp_sde", "ddpm", "lcm")
"""Ids that draw noise at every step."""

TRAINED_WITH = (
    "num_train_timesteps",
    "beta_start",
    "beta_end",
    "beta_schedule",
    "trained_betas",
    "prediction_type",
    "rescale_betas_zero_snr",
    "timestep_spacing",
    "steps_offset",
    "set_alpha_to_one",
)
"""What a model's own scheduler config says about the model; the rest is about that one scheduler."""

IN_PIXELS = (
    "clip_sample", "clip_sample_range", "thresholding", "variance_type", "sample_max_value",
    "dynamic_thresholding_ratio",
)  # fmt: skip
"""What a model's scheduler config says besides, where the denoiser works on pixels, or as if it did."""

TRAINED_STEPS = 1000
"""Timesteps of a model that does not say how many."""

FOR_ANY_MODEL: dict[str, Json] = {"timestep_spacing": "leading", "steps_offset": 1}
"""As Stable Diffusion's own files say, for models that say nothing."""


def scheduler_infos() -> tuple[SchedulerInfo, ...]:
    return tuple(SchedulerInfo(id, entry.label, id in ADD_NOISE) for id, entry in SCHEDULERS.items())


def build(id: str, base_config: Mapping[str, Json], seed: int = 0, steps: int = 20) -> Any:
    """A new diffusers scheduler `id` for one picture of a model with scheduler config `base_config`.

    `seed` is used by schedulers that draw noise of their own (DPM++ SDE); all others are given the
    picture's generator at every step. `steps` is how many will be asked of it.
    Raises `BadRequest` for an unknown id.
    """
    if is_flow_config(base_config):
        return build_flow(id, base_config)
    if is_consistency_config(base_config):
        return build_consistency(id, base_config, steps)
    if is_cosine_config(base_config):
        return build_cosine(id, base_config)
    if is_exploding_config(base_config):
        return build_exploding(id, base_config)
    if is_token_config(base_config):
        return build_token(id, base_config, steps)
    import diffusers  # torch's weight

    if id not in SCHEDULERS:
        raise BadRequest("scheduler", f"{id!r} is not one of: {', '.join(SCHEDULERS)}")
    entry = SCHEDULERS[id]
    scheduler_class = getattr(diffusers, entry.class_name)
    return scheduler_class.from_config(config_for(entry, base_config, seed, steps))


def config_for(
    entry: SchedulerEntry, base_config: Mapping[str, Json], seed: int = 0, steps: int = 20
) -> dict[str, Any]:
    """The whole config of `entry`'s class for a model: what it was trained with, then the entry's own."""
    known = {key: base_config[key] for key in TRAINED_WITH if key in base_config}
    config: dict[str, Any] = {**FOR_ANY_MODEL, **known, **entry.config}
    if config.get("rescale_betas_zero_snr"):
        # A network trained on pure noise must start from it: https://arxiv.org/abs/2305.08891, section 3.3.
        config["timestep_spacing"] = "trailing"
        if entry.class_name in WITHOUT_ZERO_SNR or config.get("use_karras_sigmas"):
            config["trained_betas"] = betas_with_least_snr(config)
            del config["rescale_betas_zero_snr"]
    config["timestep_spacing"] = spacing_for(steps, config)
    if base_config.get("in_pixels"):
        config.update({name: base_config[name] for name in IN_PIXELS if name in base_config})
    if entry.class_name == "DPMSolverSDEScheduler":
        config["noise_sampler_seed"] = seed
    if entry.class_name == "LCMScheduler":  # it picks its steps among these, evenly spread
        trained = int(config.get("num_train_timesteps", TRAINED_STEPS))
        config["original_inference_steps"] = trained if is_crowded(steps, trained) else max(50, steps)
    return config


def spacing_for(steps: int, config: Mapping[str, Any]) -> str:
    """The spacing that `config` says, or one that holds all `steps` where diffusers' arithmetic for it fails.

    "leading" lies by whole numbers: with one timestep between two steps it begins in the middle of the noise
    or, with its offset, above the highest. "trailing" rounds to one step too many at 62 counts, at 61 first.
    """
    spacing, trained = str(config["timestep_spacing"]), int(config.get("num_train_timesteps", TRAINED_STEPS))
    if spacing == "leading" and is_crowded(steps, trained):
        spacing = "trailing"
    if spacing == "trailing" and len(np.arange(trained, 0, -trained / steps)) != steps:
        spacing = "linspace"
    return spacing


def is_crowded(steps: int, trained: int = TRAINED_STEPS) -> bool:
    """True where some gaps between steps are a single one of the `trained` timesteps."""
    return trained // (steps + 1) < 2


WITHOUT_ZERO_SNR = ("DPMSolverSDEScheduler", "HeunDiscreteScheduler", "LMSDiscreteScheduler")
"""Classes that do not know `rescale_betas_zero_snr` and are told by `trained_betas` instead."""

LARGEST_SIGMA = 100.0
"""Noise / signal at which these start, and Karras' spacing too. At the 4096 of diffusers' Euler the
second-order correction of Heun multiplies the network's error by 146 in the first of 20 steps, here by
less than 1; and Karras' spacing spends half of the steps where nothing of the picture can be seen."""


def betas_with_least_snr(config: Mapping[str, Any]) -> list[float]:
    """The zero-terminal-SNR betas of `config` with 1 / `LARGEST_SIGMA`^2 added to every SNR.

    That bounds sigma and keeps it strictly growing; at sigma 10 the change is half a percent.
    """
    import diffusers

    stock: Any = diffusers.DDPMScheduler.from_config({**config})
    signal = stock.alphas_cumprod.double()
    snr = signal / (1 - signal) + LARGEST_SIGMA**-2
    signal = snr / (1 + snr)
    previous = signal.roll(1)
    previous[0] = 1.0
    return (1 - signal / previous).tolist()


def plain_config(scheduler: Any) -> dict[str, Json]:
    """The config of `scheduler` as finite JSON for a recipe; long tables as their hash."""
    return {
        name: _plain(value) for name, value in sorted(scheduler.config.items()) if not name.startswith("_")
    }


def _plain(value: Any) -> Json:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, (list, tuple)) and len(value) > 16:
        return hashlib.sha256(repr(list(value)).encode()).hexdigest()
    return list(value) if isinstance(value, tuple) else value
