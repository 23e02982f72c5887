"""What a multistep scheduler may assume when a run begins in the middle of its schedule."""

from __future__ import annotations

from engine.diffusion.tap import Moment, StepState


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
