"""diffusers' guiders that remember, with what they remember where a branch finds it.

Importing this costs torch.
"""

from __future__ import annotations

from typing import Any

from diffusers import guiders
from diffusers.guiders.adaptive_projected_guidance import MomentumBuffer


class Momentum(MomentumBuffer):
    """A running mean that lies in its scheduler, in a list: what is kept of a step has a copy of it."""

    def __init__(self, momentum: float, scheduler: Any) -> None:
        self.scheduler = scheduler
        super().__init__(momentum)

    @property
    def running_average(self) -> Any:
        return self.scheduler.guidance_momentum[0]

    @running_average.setter
    def running_average(self, value: Any) -> None:
        self.scheduler.guidance_momentum = [value]


class MagnitudeGuidance(guiders.MagnitudeAwareGuidance):
    """Whose norms know vectors and matrices alone: it is given one row of numbers for each picture."""

    def forward(self, pred_cond: Any, pred_uncond: Any = None) -> Any:
        without = None if pred_uncond is None else pred_uncond.flatten(1)
        made = super().forward(pred_cond.flatten(1), without)
        made.pred = made.pred.reshape(pred_cond.shape)
        return made


class ProjectedGuidance(guiders.AdaptiveProjectedGuidance):
    """Keeps its momentum with the scheduler's history (https://arxiv.org/abs/2410.02416)."""

    def beside(self, scheduler: Any) -> ProjectedGuidance:
        self.scheduler = scheduler
        self._begin()
        return self

    def prepare_inputs(self, data: Any) -> Any:
        kept, prepared = self.momentum_buffer, super().prepare_inputs(data)
        self._go_on(kept)
        return prepared

    def prepare_inputs_from_block_state(self, data: Any, input_fields: Any) -> Any:
        kept, prepared = self.momentum_buffer, super().prepare_inputs_from_block_state(data, input_fields)
        self._go_on(kept)
        return prepared

    def _go_on(self, kept: Any) -> None:
        self.momentum_buffer = kept
        if self._step == 0:
            self._begin()

    def _begin(self) -> None:
        momentum = self.adaptive_projected_guidance_momentum
        self.momentum_buffer = None if momentum is None else Momentum(momentum, self.scheduler)
