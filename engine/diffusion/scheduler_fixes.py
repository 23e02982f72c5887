"""What diffusers' schedulers do that a picture would suffer from, put right at each step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.diffusion.estimate import previous_timestep
from engine.diffusion.schedulers import is_crowded
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


class LowOrder(Moment):
    """Keeps LMS at second order, and at first until it has two predictions.

    `LMSDiscreteScheduler.step` takes its order from its place in the schedule. An image-to-image run begins
    in the middle, where it then weighs predictions that it does not have: the stock result at 8 steps is
    noise. Two is the highest order that was clean at 8, 20 and 40 steps. For runs that begin in the middle
    only; the others keep the stock numbers.
    """

    ORDER = 2

    def before_step(self, state: StepState) -> None:
        derivatives = getattr(state.scheduler, "derivatives", None)
        if derivatives is not None:
            state.kwargs["order"] = min(len(derivatives) + 1, self.ORDER)


class UnevenSteps(Moment):
    """Tells DDIM how far each step goes.

    `DDIMScheduler.step` works out the next timestep with one gap for all steps, rounded down. Where gaps of 1
    and 2 take turns it would leave noise at every step, and that adds up: at 501 steps half of the finished
    picture would be noise. Where steps lie further apart the numbers stay the stock ones.
    """

    def before_step(self, state: StepState) -> None:
        scheduler = state.scheduler
        if type(scheduler).__name__ != "DDIMScheduler":
            return
        trained, timestep = scheduler.config.num_train_timesteps, int(state.timestep)
        if is_crowded(len(scheduler.timesteps), trained):
            scheduler.num_inference_steps = trained // (timestep - previous_timestep(scheduler, timestep))
