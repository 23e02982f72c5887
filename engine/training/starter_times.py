"""How long each phase of a call may take."""

from __future__ import annotations

import time
from dataclasses import dataclass

from engine.training.schedule import Pace
from engine.training.starter_plan import PHASES, Preset, StarterPlan

COMPILE_S = 45.0
"""Set aside for each phase that is still to be compiled, when a call has to finish the run."""


@dataclass(frozen=True)
class Times:
    """Of one call."""

    plan: StarterPlan
    preset: Preset
    began: float
    """On `time.monotonic`."""
    compiles: bool

    def pace(self, phase: int) -> Pace:
        """The length of a phase by its place in `PHASES`."""
        if self.plan.steps is not None:
            return Pace(steps=self.plan.steps[phase], stop_at=self._deadline)
        pace = Pace(seconds=self._planned_s(phase), stop_at=self._deadline)
        if self.plan.finishes:  # each phase ends by its own length; a preview may take it a little further
            pace.fit = lambda: self._fitted_s(phase, pace)
            pace.stop_at += self.preset.reserve_s / 2
        return pace

    def _planned_s(self, phase: int) -> float:
        return 60 * self.plan.minutes * self.plan.shares[phase]

    @property
    def _deadline(self) -> float:
        """When training has to leave off, so that the call ends in its budget."""
        if self.plan.budget_minutes is None:
            return float("inf")
        return self.began + 60 * self.plan.budget_minutes - self.preset.reserve_s

    def _fitted_s(self, phase: int, pace: Pace) -> float:
        """The phase's length such that all that is left ends in the budget, in the planned proportions."""
        later = range(phase + 1, len(PHASES))
        compiling = COMPILE_S * len(later) if self.compiles else 0.0
        available = max(1.0, self._deadline - time.monotonic() - compiling)
        own = max(1.0, self._planned_s(phase) - pace.done_seconds)
        rest = own + sum(self._planned_s(other) for other in later)
        return pace.done_seconds + own * available / rest
