"""Noise that a scheduler draws by itself, drawn on the processor like all other noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.diffusion.tap import Moment, StepState

if TYPE_CHECKING:
    import torch


class NoiseOnProcessor(Moment):
    """DPM++ SDE's Brownian motion would come from the generator of the device that the latents are on.

    Drawn on the processor in float32, a seed is the same picture on every device; on the processor in
    float32 the numbers are the stock ones.
    """

    def before_step(self, state: StepState) -> None:
        if getattr(state.scheduler, "noise_sampler", self) is None:
            state.scheduler.noise_sampler = _sampler(state.scheduler, state.sample)


def _sampler(scheduler: Any, sample: torch.Tensor) -> Any:
    """As `DPMSolverSDEScheduler.step` makes it, but on the processor."""
    import torch
    from diffusers.schedulers.scheduling_dpmsolver_sde import BrownianTreeNoiseSampler

    sigmas = scheduler.sigmas[scheduler.sigmas > 0]
    shape_of = torch.empty(sample.shape, dtype=torch.float32)
    draw = BrownianTreeNoiseSampler(
        shape_of, sigmas.min().item(), sigmas.max().item(), scheduler.noise_sampler_seed
    )
    return lambda sigma, sigma_next: draw(sigma, sigma_next).to(sample)
