"""Samplers for networks that learnt flow matching, on whatever schedule their pipeline asks for.

Pipelines hand their sigmas and their shift for the picture's size (`mu`) to Euler alone. The classes here let
Euler work out the schedule and then walk it in their own way.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
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
    own = {name: known[name] for name in ("num_train_timesteps",) if name in known}
    if id == "heun":
        scheduler = _heun().from_config(own)
    else:
        scheduler = _dpm_solver().from_config(
            {**own, "use_flow_sigmas": True, "prediction_type": "flow_prediction"}
        )
    scheduler.register_to_config(**{name: known[name] for name in known if name not in own})
    return scheduler


def _euler_schedule(scheduler: Any, steps: Any, device: Any, sigmas: Any, mu: Any) -> tuple[Any, Any]:
    """(sigmas with the last 0, timesteps) as Euler would have them."""
    import diffusers

    known = {name: scheduler.config[name] for name in TRAINED_WITH if name in scheduler.config}
    euler: Any = diffusers.FlowMatchEulerDiscreteScheduler.from_config(known)
    euler.set_timesteps(steps if sigmas is None else None, device, sigmas=sigmas, mu=mu)
    return euler.sigmas, euler.timesteps


@cache
def _heun() -> type:
    import torch
    from diffusers import FlowMatchHeunDiscreteScheduler

    class FlowHeunScheduler(FlowMatchHeunDiscreteScheduler):
        """Heun's second order, two network passes a step."""

        def set_timesteps(self, num_inference_steps=None, device=None, sigmas=None, mu=None) -> None:
            sigmas, timesteps = _euler_schedule(self, num_inference_steps, device, sigmas, mu)
            self.num_inference_steps = len(timesteps)
            self.timesteps = torch.cat([timesteps[:1], timesteps[1:].repeat_interleave(2)])
            self.sigmas = torch.cat([sigmas[:1], sigmas[1:-1].repeat_interleave(2), sigmas[-1:]])
            self.prev_derivative = self.dt = None
            self._step_index = self._begin_index = None

    return FlowHeunScheduler


@cache
def _dpm_solver() -> type:
    from diffusers import DPMSolverMultistepScheduler

    class FlowDPMSolverScheduler(DPMSolverMultistepScheduler):
        """DPM-Solver++ of second order (https://arxiv.org/abs/2211.01095) between the sigmas of a flow."""

        def set_timesteps(self, num_inference_steps=None, device=None, sigmas=None, mu=None) -> None:
            sigmas, self.timesteps = _euler_schedule(self, num_inference_steps, device, sigmas, mu)
            self.sigmas = sigmas.cpu()
            self.num_inference_steps = len(self.timesteps)
            self.model_outputs = [None] * self.config["solver_order"]
            self.lower_order_nums = 0
            self._step_index = self._begin_index = None

        def scale_noise(self, sample: Any, timestep: Any, noise: Any) -> Any:
            """`noise` on the picture `sample` as it is at `timestep`, as Euler's does it."""
            sigma = self.sigmas[self.index_for_timestep(timestep.flatten()[0])].to(sample)
            return sigma * noise + (1.0 - sigma) * sample

    return FlowDPMSolverScheduler
