"""What each speed costs and changes here: measured on the artist's own model, and kept for the window."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.api.control import Control
from engine.api.events import ImageReady
from engine.api.images import Pixels
from engine.api.model_info import ModelInfo
from engine.api.request import GenerationRequest, Speed
from engine.api.speed import Measured
from engine.models.cache import Models
from engine.models.kept.speed_memory import remember
from engine.tasks import run

NO_ERROR_DB = 120.0
"""PSNR of pictures that are the same."""


@dataclass(frozen=True)
class Progress:
    """A picture of the trial is made."""

    done: int
    total: int


def trial(
    info: ModelInfo, models: Models, requests: Sequence[GenerationRequest]
) -> Iterator[Progress | Measured]:
    """Draws `requests` at every speed in turns, and says how the others compare to exact.

    One picture of each speed goes before, unmeasured: it loads and warms up. Raises what `tasks.run` raises.
    """
    speeds, control = tuple(Speed), Control(wants_previews=False)
    total, done = len(speeds) * (len(requests) + 1), 0
    seconds: dict[Speed, list[float]] = {speed: [] for speed in speeds}
    pixels: dict[Speed, list[Pixels]] = {speed: [] for speed in speeds}
    for number, request in enumerate((requests[0], *requests)):
        for speed in speeds:  # in turns, so that a busy machine meets them alike
            began = time.perf_counter()
            made = _drawn(replace(request, speed=speed), models, control)
            if number:
                seconds[speed].append(time.perf_counter() - began)
                pixels[speed].append(made)
            done += 1
            yield Progress(done, total)
    found = [_compared(speed, seconds, pixels) for speed in speeds if speed is not Speed.EXACT]
    remember(info, str(models.device), found)
    yield from found


def _drawn(request: GenerationRequest, models: Models, control: Control) -> Pixels:
    return next(event.pixels for event in run(request, models, control) if isinstance(event, ImageReady))


def _compared(speed: Speed, seconds: dict[Speed, list[float]], pixels: dict[Speed, list[Pixels]]) -> Measured:
    errors = [
        ours.astype(np.float64) - exact
        for ours, exact in zip(pixels[speed], pixels[Speed.EXACT], strict=True)
    ]
    means = [float(np.abs(error).mean()) for error in errors]
    ratios = [ours / exact for ours, exact in zip(seconds[speed], seconds[Speed.EXACT], strict=True)]
    return Measured(
        speed=speed,
        time_ratio=round(statistics.median(ratios), 3),
        mean_error=round(statistics.mean(means), 2),
        worst_error=round(max(means), 2),
        psnr_db=round(statistics.median(map(_psnr, errors)), 1),
        pictures=len(errors),
    )


def _psnr(error: np.ndarray) -> float:
    power = float((error**2).mean())
    return NO_ERROR_DB if power == 0 else min(NO_ERROR_DB, float(10 * np.log10(255**2 / power)))
