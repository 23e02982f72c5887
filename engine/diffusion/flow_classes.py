"""Heun and DPM-Solver++ for flow matching: Euler works out the schedule, they walk it in their own way."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import (
    DPMSolverMultistepScheduler,
    FlowMatchEulerDiscreteScheduler,
    FlowMatchHeunDiscreteScheduler,
)

from engine.diffusion.flow_schedulers import TRAINED_WITH


def _euler_schedule(scheduler: Any, steps: Any, device: Any, sigmas: Any, mu: Any) -> tuple[Any, Any]:
    """(sigmas with the last 0, timesteps) as Euler would have them."""
    known = {name: scheduler.config[name] for name in TRAINED_WITH if name in scheduler.config}
    euler: Any = FlowMatchEulerDiscreteScheduler.from_config(known)
    euler.set_timesteps(steps if sigmas is None else None, device, sigmas=sigmas, mu=mu)
    return euler.sigmas, euler.timesteps


class FlowHeunScheduler(FlowMatchHeunDiscreteScheduler):
    """Heun's second order, two network passes a step."""

    def set_timesteps(self, num_inference_steps=None, device=None, sigmas=None, mu=None) -> None:
        sigmas, timesteps = _euler_schedule(self, num_inference_steps, device, sigmas, mu)
        self.num_inference_steps = len(timesteps)
        self.timesteps = torch.cat([timesteps[:1], timesteps[1:].repeat_interleave(2)])
        self.sigmas = torch.cat([sigmas[:1], sigmas[1:-1].repeat_interleave(2), sigmas[-1:]])
        self.prev_derivative = self.dt = None
        self._step_index = self._begin_index = None


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
