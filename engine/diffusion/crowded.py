"""DDIM with so many steps that they do not lie evenly among the timesteps."""

from __future__ import annotations

from engine.diffusion.estimate import previous_timestep
from engine.diffusion.schedulers import is_crowded
from engine.diffusion.tap import Moment, StepState


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
