"""How far a phase of training is, by the clock or by counted steps, and how fast it learns there."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Pace:
    """The length of one phase: `steps` where they are counted (exact to repeat), else `seconds` of training.

    What came before a pause is carried in `done_steps` and `done_seconds`.
    """

    seconds: float = 0.0
    steps: int = 0
    done_steps: int = 0
    done_seconds: float = 0.0
    stop_at: float = float("inf")
    """On `time.monotonic`: when this call has to end, done or not."""
    finished: bool = False
    """The phase is over, whatever the clock says."""
    fit: Callable[[], float] | None = None
    """Asked at the start for the `seconds` instead."""
    _began: float | None = None

    def go_on(self, steps: int, seconds: float, finished: bool) -> None:
        """From what a saved state tells."""
        self.done_steps, self.done_seconds, self.finished = steps, seconds, finished

    def start(self) -> None:
        """The clock runs from here: after loading and compiling."""
        if self.fit is not None and not self.finished:
            self.seconds = self.fit()
        self._began = time.monotonic()

    @property
    def spent_seconds(self) -> float:
        return self.done_seconds + (time.monotonic() - self._began if self._began is not None else 0.0)

    @property
    def share(self) -> float:
        """0 to 1."""
        if self.finished:
            return 1.0
        if self.steps:
            return min(1.0, self.done_steps / self.steps)
        return min(1.0, self.spent_seconds / self.seconds) if self.seconds > 0 else 1.0

    @property
    def is_done(self) -> bool:
        return self.share >= 1

    @property
    def must_stop(self) -> bool:
        return time.monotonic() >= self.stop_at

    @property
    def total_steps(self) -> int:
        """Counted, or guessed from the speed so far."""
        return self.steps or max(self.done_steps, round(self.done_steps / max(self.share, 1e-6)))

    def pause(self) -> None:
        self.done_seconds = self.spent_seconds
        self._began = None


def learning_rate(share: float, step: int, warmup: int = 100, decay: float = 0.45) -> float:
    """Factor of the highest rate: warm-up, plateau, then straight down to almost nothing in the last `decay`.

    The plateau lets a run be made longer before it decays (Hägele et al., "Scaling laws and
    compute-optimal training beyond fixed training durations", 2024).
    """
    falling = min(1.0, (1.0 - share) / decay)
    return min(1.0, (step + 1) / warmup) * max(falling, 0.01)
