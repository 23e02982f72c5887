"""Samplers for networks that learnt flow matching, on whatever schedule their pipeline asks for.

Pipelines hand their sigmas and their shift for the picture's size (`mu`) to Euler alone. The classes of
`flow_classes` let Euler work out the schedule and then walk it in their own way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.api.errors import BadRequest
from engine.api.form import Json
from engine.api.model_info import SchedulerInfo

LABELS = {"euler": "Euler", "heun": "Heun", "dpmpp_2m": "DPM++ 2M"}
"""Scheduler id to the name that artists know, in the order in which panels offer them."""

TRAINED_WITH = (
    "num_train_timesteps", "shift", "use_dynamic_shifting", "base_shift", "max_shift", "base_image_seq_len",
    "max_image_seq_len", "shift_terminal", "time_shift_type", "invert_sigmas",
)  # fmt: skip


def flow_infos() -> tuple[SchedulerInfo, ...]:
    return tuple(SchedulerInfo(id, label) for id, label in LABELS.items())


def is_flow_config(config: Mapping[str, Json]) -> bool:
    """True for the scheduler configuration of a model that learnt flow matching."""
    return config.get("prediction_type") == "flow_prediction"


def build_flow(id: str, base_config: Mapping[str, Json]) -> Any:
    """A new scheduler `id` for one picture of a model with scheduler config `base_config`.

    Raises `BadRequest` for an unknown id.
    """
    if id not in LABELS:
        raise BadRequest("scheduler", f"{id!r} is not one of: {', '.join(LABELS)}")
    known = {name: base_config[name] for name in TRAINED_WITH if name in base_config}
    if id == "euler":
        import diffusers  # torch's weight

        return diffusers.FlowMatchEulerDiscreteScheduler.from_config(known)
    from engine.diffusion.flow_classes import FlowDPMSolverScheduler, FlowHeunScheduler  # the same

    own = {name: known[name] for name in ("num_train_timesteps",) if name in known}
    if id == "heun":
        scheduler: Any = FlowHeunScheduler.from_config(own)
    else:
        flow = {"use_flow_sigmas": True, "prediction_type": "flow_prediction"}
        scheduler = FlowDPMSolverScheduler.from_config({**own, **flow})
    scheduler.register_to_config(**{name: known[name] for name in known if name not in own})
    return scheduler
