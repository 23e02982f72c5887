"""What each speed costs and changes here: measured on the artist's own model, and kept for the window."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.api.control import Control
from engine.api.events import Event, Finished, ImageReady, Loading
from engine.api.images import ImageInput, Pixels
from engine.api.maps import MapInput, MapKind
from engine.api.measuring import MeasureRequest
from engine.api.model_info import ModelInfo
from engine.api.references import ReferenceInput
from engine.api.request import GenerationRequest, Speed
from engine.api.speed import Measured
from engine.models.cache import Models
from engine.models.kept.speed_memory import remember

MEASURING = "measuring"
"""What is being done, in `Loading`."""
PROMPTS = ("a house at night with stars", "a red apple", "a sailing boat on the sea", "a tree in autumn")
NO_ERROR_DB = 120.0
"""PSNR of pictures that are the same."""


Run = Callable[[GenerationRequest, Models, Control], Iterator[Event]]
"""`engine.tasks.run`, which leads here too."""


@dataclass(frozen=True)
class Progress:
    """A picture of the trial is made."""

    done: int
    total: int


def measure(
    request: MeasureRequest, info: ModelInfo, models: Models, control: Control, run: Run
) -> Generator[Event, None, None]:
    """Loading as far as it is, then `Finished`; what was found is kept on disk. Ends without `Finished`
    within one network block of being cancelled, and then nothing is kept."""
    began, pictures = time.perf_counter(), trial_requests(request, info)
    yield Loading(MEASURING, 0.0)
    found = 0
    for told in trial(info, models, pictures, run, control):
        if isinstance(told, Progress):
            yield Loading(MEASURING, told.done / told.total)
        else:
            found += 1
    if found:
        yield Finished(request.drawn, time.perf_counter() - began)


def trial_requests(request: MeasureRequest, info: ModelInfo) -> tuple[GenerationRequest, ...]:
    """The pictures that are drawn at each speed, with the model's own settings and one seed each."""
    shows = info.capabilities.classes or request.prompts or info.examples.get("en", ()) or PROMPTS
    made = []
    for seed in range(request.pictures):
        one = info.request(shows[seed % len(shows)])
        sampling = replace(one.sampling, seed=seed, steps=request.steps or one.sampling.steps)
        made.append(_shown(replace(one, sampling=sampling), info, seed).validated())
    return tuple(made)


def _shown(request: GenerationRequest, info: ModelInfo, seed: int) -> GenerationRequest:
    """With a picture of ours, where the model does nothing without one."""
    can = info.capabilities
    if not (can.needs_picture or can.needs_reference or can.needs_map):
        return request
    from engine.diffusion.preview import procedural_picture
    from engine.upscaling.enlarge import lanczos

    drawn = (procedural_picture(seed) * 255).round().astype(np.uint8)
    image = ImageInput.of(lanczos(drawn, request.extent))
    if can.needs_map:
        kind = can.own_maps[0] if can.own_maps else MapKind.LINES
        return replace(request, maps=(MapInput(kind, image),))
    if can.needs_reference:
        return replace(request, references=(ReferenceInput(image),))
    return replace(request, image=image)


def trial(
    info: ModelInfo,
    models: Models,
    requests: Sequence[GenerationRequest],
    run: Run,
    control: Control | None = None,
) -> Iterator[Progress | Measured]:
    """Draws `requests` at every speed in turns, and says how the others compare to exact.

    One picture of each speed goes before, unmeasured: it loads and warms up. Says nothing more, and keeps
    nothing, once `control` is cancelled. Raises what `tasks.run` raises.
    """
    speeds, control = tuple(Speed), control or Control(wants_previews=False)
    total, done = len(speeds) * (len(requests) + 1), 0
    seconds: dict[Speed, list[float]] = {speed: [] for speed in speeds}
    pixels: dict[Speed, list[Pixels]] = {speed: [] for speed in speeds}
    for number, request in enumerate((requests[0], *requests)):
        for speed in speeds:  # in turns, so that a busy machine meets them alike
            began = time.perf_counter()
            made = _drawn(run(replace(request, speed=speed), models, control))
            if made is None:  # cancelled
                return
            if number:
                seconds[speed].append(time.perf_counter() - began)
                pixels[speed].append(made)
            done += 1
            yield Progress(done, total)
    found = [_compared(speed, seconds, pixels) for speed in speeds if speed is not Speed.EXACT]
    remember(info, str(models.device), found)
    yield from found


def _drawn(events: Iterator[Event]) -> Pixels | None:
    return next((event.pixels for event in events if isinstance(event, ImageReady)), None)


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
        seconds=round(statistics.median(seconds[speed]), 3),
        exact_seconds=round(statistics.median(seconds[Speed.EXACT]), 3),
    )


def _psnr(error: np.ndarray) -> float:
    power = float((error**2).mean())
    return NO_ERROR_DB if power == 0 else min(NO_ERROR_DB, float(10 * np.log10(255**2 / power)))
