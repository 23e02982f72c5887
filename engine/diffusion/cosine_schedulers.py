"""Samplers whose noise goes along a cosine, and whose networks follow no others.

Würstchen's and Stable Cascade's time runs from 1 to 0 (https://arxiv.org/abs/2306.00637); unCLIP's learnt its
spread besides (https://arxiv.org/abs/2204.06125).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.api.errors import BadRequest
from engine.api.form import Json
from engine.api.model_info import SchedulerInfo

COSINE, UNCLIP = "wuerstchen", "unclip"
"""What `prediction_type` says of their networks; the ids of the samplers, too."""
NUMBERS: Mapping[str, tuple[float, float]] = {"scaler": (1e-3, 100.0), "s": (1e-6, 1.0)}
"""Of Würstchen's noise: the least and the largest that is taken."""


def cosine_infos() -> tuple[SchedulerInfo, ...]:
    return (SchedulerInfo(COSINE, "DDPM Würstchen", True),)


def cosine_config(config: Mapping[str, Json]) -> dict[str, Json]:
    """What such a model says of its noise, within bounds."""
    known: dict[str, Json] = {"prediction_type": COSINE}
    for name, (low, high) in NUMBERS.items():
        value = config.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high:
            known[name] = value
    return known


def unclip_infos() -> tuple[SchedulerInfo, ...]:
    return (SchedulerInfo(UNCLIP, "unCLIP", True),)


def unclip_config(config: Mapping[str, Json]) -> dict[str, Json]:
    """What an unCLIP model says of one of its noises, within bounds."""
    known: dict[str, Json] = {"prediction_type": UNCLIP, "says": "epsilon"}
    for name, most in (("num_train_timesteps", 10_000), ("clip_sample_range", 1_000.0)):
        value = config.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= most:
            known[name] = value
    if isinstance(config.get("clip_sample"), bool):
        known["clip_sample"] = config["clip_sample"]
    if config.get("variance_type") in ("fixed_small_log", "learned_range"):
        known["variance_type"] = config["variance_type"]
    if config.get("prediction_type") in ("epsilon", "sample"):
        known["says"] = config["prediction_type"]
    return known


def is_cosine_config(config: Mapping[str, Json]) -> bool:
    return config.get("prediction_type") in (COSINE, UNCLIP)


def build_cosine(id: str, base_config: Mapping[str, Json]) -> Any:
    """A new scheduler for one picture. Raises `BadRequest` for another id than the model's own."""
    own = str(base_config["prediction_type"])
    if id != own:
        raise BadRequest("scheduler", f"{id!r} is not one of: {own}")
    from engine.diffusion.cosine_classes import CosineScheduler, UnCLIPScheduler  # torch's weight

    if own == UNCLIP:
        return UnCLIPScheduler.of(base_config)

    known: dict[str, Any] = {name: base_config[name] for name in NUMBERS if name in base_config}
    return CosineScheduler(**known)
