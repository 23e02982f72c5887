"""Says every step of one picture as it is done, and ends the loop where it must end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.api.control import Control
from engine.api.errors import Overflow
from engine.api.events import Step
from engine.diffusion.preview import Preview, as_pixels
from engine.diffusion.readback import Arrival, begin_readback, runs_behind
from engine.diffusion.tap import LeaveLoop, Moment, StepState

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, eq=False)
class _Reading:
    """What is on its way from the device, and the mark behind it."""

    index: int
    ratio: float
    is_whole: bool
    is_finite: torch.Tensor
    picture: torch.Tensor | None
    arrival: Arrival


class ReportSteps(Moment):
    """Emits a `Step` for each whole step; raises `Overflow` at the step whose numbers are no numbers.

    On a GPU a step is said when the next one has been queued, so that the device never waits for us; the
    last one is said at once. Raises `LeaveLoop` after the step at which `control` wants the picture as it is.
    """

    def __init__(
        self,
        emit: Callable[[Step], None],
        control: Control,
        preview: Preview | None,
        image_index: int,
        total: int,
        is_behind: Callable[[torch.device], bool] = runs_behind,
    ) -> None:
        """`is_behind` tells for a device whether what it computes is read a step later."""
        self.emit, self.control, self.preview = emit, control, preview
        self.image_index, self.total = image_index, total
        self.stopped_at: int | None = None
        self.clean: torch.Tensor | None = None
        """The last estimate, float32."""
        self._is_behind = is_behind
        self._on_its_way: list[_Reading] = []
        self._last = time.monotonic()

    def after_step(self, state: StepState) -> None:
        self._on_its_way.append(self._begin_reading(state))
        if state.is_whole:
            self.clean = state.clean
        is_last = state.is_whole and state.index >= self.total
        stops = state.is_whole and not is_last and self.control.ends_after(state.index)
        left = 1 if self._is_behind(state.latents.device) and not (is_last or stops) else 0
        while len(self._on_its_way) > left:
            self._say(self._on_its_way.pop(0))
        if stops:
            self.stopped_at = state.index
            raise LeaveLoop

    def _begin_reading(self, state: StepState) -> _Reading:
        picture = None
        if state.is_whole and self.preview is not None:
            picture = self.preview(state.clean, state.index, self.total)
        return _Reading(
            state.index,
            state.after.ratio,
            state.is_whole,
            begin_readback(state.latents.isfinite().all()),
            begin_readback(picture) if picture is not None else None,
            Arrival(state.latents.device),
        )

    def _say(self, reading: _Reading) -> None:
        reading.arrival.wait()
        if not bool(reading.is_finite):
            raise Overflow(reading.index)
        if not reading.is_whole:
            return
        now = time.monotonic()
        seconds, self._last = now - self._last, now
        picture = as_pixels(reading.picture) if reading.picture is not None else None
        self.emit(Step(reading.index, self.total, reading.ratio, picture, self.image_index, seconds))
