"""Samplers of networks that see the whole picture in one step, and take a few to see it better.

From each step they lay new noise on what they have seen. Their networks follow these ways and no others:
Sana Sprint's goes by angles (https://arxiv.org/abs/2410.11081), consistency models' by spreads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.api.errors import BadRequest
from engine.api.form import Json
from engine.api.model_info import SchedulerInfo

TRIGFLOW, CONSISTENCY = "trigflow", "consistency"
"""What `prediction_type` says of their networks; the ids of their samplers, too."""
LABELS = {TRIGFLOW: "sCM TrigFlow", CONSISTENCY: "Consistency"}

NUMBERS: Mapping[str, tuple[float, float]] = {
    "num_train_timesteps": (2, 10_000), "sigma_min": (1e-6, 100.0), "sigma_max": (1e-6, 10_000.0),
    "sigma_data": (1e-3, 100.0), "s_noise": (0.0, 10.0), "rho": (1e-3, 100.0),
}  # fmt: skip
"""Of a consistency model's noise: the least and the largest that is taken."""


def trigflow_infos() -> tuple[SchedulerInfo, ...]:
    return (SchedulerInfo(TRIGFLOW, LABELS[TRIGFLOW], True),)


def consistency_infos() -> tuple[SchedulerInfo, ...]:
    return (SchedulerInfo(CONSISTENCY, LABELS[CONSISTENCY], True),)


def trigflow_config(config: Mapping[str, Json]) -> dict[str, Json]:
    """Nothing that such a model says changes its steps: the spread of its data cancels out."""
    return {"prediction_type": TRIGFLOW}


def consistency_config(config: Mapping[str, Json]) -> dict[str, Json]:
    """What a consistency model says of its noise, within bounds."""
    known: dict[str, Json] = {"prediction_type": CONSISTENCY}
    for name, (low, high) in NUMBERS.items():
        value = config.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high:
            known[name] = value
    if isinstance(config.get("clip_denoised"), bool):
        known["clip_denoised"] = config["clip_denoised"]
    return known


def is_consistency_config(config: Mapping[str, Json]) -> bool:
    """True for the scheduler configuration of a model that walks in one of these ways."""
    return config.get("prediction_type") in LABELS


def build_consistency(id: str, base_config: Mapping[str, Json], steps: int) -> Any:
    """A new scheduler `id` for one picture of `steps` steps.

    Raises `BadRequest` for another id than the model's own, and for more steps than it was taught.
    """
    own = str(base_config["prediction_type"])
    if id != own:
        raise BadRequest("scheduler", f"{id!r} is not one of: {own}")
    from engine.diffusion import consistency_classes  # torch's weight

    if own == TRIGFLOW:
        return consistency_classes.TrigFlowScheduler(sigma_data=1.0)
    known = {name: value for name, value in base_config.items() if name != "prediction_type"}
    scheduler: Any = consistency_classes.ConsistencyScheduler.from_config(known)
    most = int(scheduler.config.num_train_timesteps)
    if steps > most:
        raise BadRequest("steps", f"at most {most}, which this model was taught", at_most=most)
    return scheduler
