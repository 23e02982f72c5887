"""What is said of the steps is the same whether the device is read at once or a step later."""

from __future__ import annotations

import pytest
import torch

from engine.api.control import Control
from engine.api.errors import Overflow
from engine.api.events import Step
from engine.diffusion.estimate import NoiseLevel
from engine.diffusion.reporting import ReportSteps
from engine.diffusion.tap import LeaveLoop, StepState

TOTAL = 4


class Grey:
    """A preview that tells the step by its brightness."""

    def __call__(self, clean: torch.Tensor, step: int, total: int) -> torch.Tensor:
        return torch.full((2, 2, 3), 10 * step, dtype=torch.uint8)


def state(index: int, value: float = 0.0, is_whole: bool = True) -> StepState:
    latents = torch.full((1, 4, 2, 2), value)
    made = StepState(
        None, index, torch.tensor(1), latents, latents, NoiseLevel(1.0, 1.0), {}, is_whole=is_whole
    )
    made.clean, made.latents, made.after = latents, latents, NoiseLevel(1.0, float(TOTAL - index))
    return made


def reporter(said: list[Step], is_behind: bool, control: Control | None = None) -> ReportSteps:
    return ReportSteps(said.append, control or Control(), Grey(), 0, TOTAL, lambda device: is_behind)


@pytest.mark.parametrize("is_behind", [False, True])
def test_every_step_is_said_once_in_order_with_its_own_picture(is_behind):
    said: list[Step] = []
    report = reporter(said, is_behind)
    for index in range(1, TOTAL + 1):
        report.after_step(state(index, is_whole=False))
        report.after_step(state(index))
    assert [step.index for step in said] == [1, 2, 3, 4]
    assert [step.sigma for step in said] == [3.0, 2.0, 1.0, 0.0]
    assert [int(step.preview.max()) for step in said] == [10, 20, 30, 40]


def test_read_a_step_later_a_step_is_said_when_the_next_is_queued_and_the_last_at_once():
    said: list[Step] = []
    report = reporter(said, is_behind=True)
    counts = []
    for index in range(1, TOTAL + 1):
        report.after_step(state(index))
        counts.append(len(said))
    assert counts == [0, 1, 2, 4]


@pytest.mark.parametrize("is_behind", [False, True])
def test_numbers_that_are_none_name_their_own_step(is_behind):
    report = reporter([], is_behind)
    with pytest.raises(Overflow) as error:
        for index in range(1, TOTAL + 1):
            report.after_step(state(index, float("nan") if index == 2 else 0.0))
    assert error.value.step == 2


@pytest.mark.parametrize("is_behind", [False, True])
def test_stopped_and_kept_all_steps_up_to_there_are_said(is_behind):
    said: list[Step] = []
    control = Control()
    control.stop_after(3)
    report = reporter(said, is_behind, control)
    with pytest.raises(LeaveLoop):
        for index in range(1, TOTAL + 1):
            report.after_step(state(index))
    assert [step.index for step in said] == [1, 2, 3]
    assert report.stopped_at == 3
