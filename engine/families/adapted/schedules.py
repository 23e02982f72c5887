"""Schedulers of stages that nobody chooses one for, and what pipelines make of those that are chosen.

Importing this costs torch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from inspect import signature
from typing import Any


def walked(kind: Any, model: Any, part: str) -> Any:
    """A new scheduler of the class `kind` with what the folder says of `part` and that class takes."""
    told = json.loads(model.part_configs[part])
    told["prediction_type"] = told.pop("says", told.get("prediction_type", "epsilon"))
    takes = signature(kind.__init__).parameters
    return kind(**{name: value for name, value in told.items() if name in takes})


@contextmanager
def stepping(scheduler: Any, around: Callable[..., Any]) -> Iterator[None]:
    """Inside, each step of `scheduler` goes as `around` has it, which is given the step itself first."""
    step = scheduler.step

    @wraps(step)
    def stepped(output: Any, timestep: Any, sample: Any, **more: Any) -> Any:
        return around(step, output, timestep, sample, **more)

    scheduler.step = stepped
    try:
        yield
    finally:
        scheduler.step = step


class Left(BaseException):
    """Leaves a stock pipeline with what it has made so far."""

    def __init__(self, made: Any) -> None:
        self.made = made
