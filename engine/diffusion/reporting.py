"""Says every step of one picture as it is done, and ends the loop where it must end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.api.control import Control
from engine.api.errors import Overflow
from engine.api.events import Step
from engine.diffusion.preview import Preview
from engine.diffusion.tap import LeaveLoop, Moment, StepState

if TYPE_CHECKING:
    import torch


class ReportSteps(Moment):
    """Emits a `Step` for each whole step; raises `Overflow` at the step whose numbers are no numbers.

    Raises `LeaveLoop` after the step at which `control` wants the picture as it is.
    """

    def __init__(
        self,
        emit: Callable[[Step], None],
        control: Control,
        preview: Preview | None,
        image_index: int,
        total: int,
    ) -> None:
        self.emit, self.control, self.preview = emit, control, preview
        self.image_index, self.total = image_index, total
        self.stopped_at: int | None = None
        self.clean: torch.Tensor | None = None
        """The last estimate, float32."""
        self._last = time.monotonic()

    def after_step(self, state: StepState) -> None:
        if not bool(state.latents.isfinite().all()):
            raise Overflow(state.index)
        if not state.is_whole:
            return
        self.clean = state.clean
        self.emit(self._step(state))
        if state.index < self.total and self.control.ends_after(state.index):
            self.stopped_at = state.index
            raise LeaveLoop

    def _step(self, state: StepState) -> Step:
        picture = self.preview(state.clean, state.index, self.total) if self.preview is not None else None
        now = time.monotonic()
        seconds, self._last = now - self._last, now
        return Step(state.index, self.total, state.after.ratio, picture, self.image_index, seconds)
