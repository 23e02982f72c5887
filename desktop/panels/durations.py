"""Times as one says them: "4 s", "about 3 min"."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QLocale

from desktop.state.generation import GenerationState
from desktop.state.jobs import Job, JobQueue
from desktop.state.words import say
from engine.api.images import Extent
from engine.api.request import GenerationRequest, Speed

translate = QCoreApplication.translate


def say_duration(seconds: float) -> str:
    """Rounded to what matters: tenths below a second, minutes above 100 seconds."""
    if seconds < 1:
        return translate("Durations", "{seconds} s").format(seconds=decimal(max(seconds, 0.1), 1))
    if seconds < 100:
        return translate("Durations", "{seconds} s").format(seconds=round(seconds))
    if seconds < 100 * 60:
        return translate("Durations", "{minutes} min").format(minutes=round(seconds / 60))
    return translate("Durations", "{hours} h").format(hours=decimal(seconds / 3600, 1))


def say_rate(seconds_per_step: float) -> str:
    places = 2 if seconds_per_step < 1 else 1
    return translate("Durations", "{seconds} s/step").format(seconds=decimal(seconds_per_step, places))


def decimal(value: float, places: int) -> str:
    """With the decimal sign of the language."""
    return QLocale().toString(value, "f", places)


def say_progress(job: Job) -> str:
    """Where a running job is, in words, e.g. "step 13 of 20 · 0.07 s/step · 4 s left".

    With several pictures there is no room for the pace, which the engine's place at the top says too.
    """
    if job.is_stopping:
        return translate("Durations", "Stopping")
    if job.loading is not None or not job.step:
        return say(job.loading) if job.loading is not None else translate("Durations", "Starting")
    parts = [translate("Durations", "step {step} of {total}").format(step=job.step, total=job.total)]
    if job.request.images > 1:
        picture = translate("Durations", "picture {number} of {count}")
        parts.insert(0, picture.format(number=job.image_index + 1, count=job.request.images))
    elif job.seconds_per_step is not None:
        parts.append(say_rate(job.seconds_per_step))
    if job.seconds_left is not None:
        parts.append(translate("Durations", "{time} left").format(time=say_duration(job.seconds_left)))
    return "  ·  ".join(parts)


def estimate(
    jobs: JobQueue,
    generation: GenerationState,
    places: Sequence[Extent] = (),
    strength: float = 1.0,
    pace: float | None = None,
) -> float | None:
    """Seconds that the present settings will take, from the newest job like them, else from `pace` (seconds a
    pixel and step, of earlier days); None without both.

    `places` and `strength` are an edit's: how large each of its places is for the network. A step's time is
    taken to grow with the number of pixels.
    """
    if not places:
        places = (Extent(generation.width, generation.height),)
        strength = generation.strength if generation.image is not None else 1.0
    pace = _pace(jobs, generation.model, generation.speed) or pace
    if pace is None:
        return None
    area = sum(place.width * place.height for place in places)
    return pace * area * generation.steps * strength * generation.images


def forecast(jobs: JobQueue, requests: Sequence[GenerationRequest]) -> float | None:
    """Seconds that making `requests` will take, from the newest job of each one's model; None where one
    of them has none yet."""
    paces: dict[tuple[str, Speed], float | None] = {}
    seconds = 0.0
    for request in requests:
        key = (request.model, request.speed)
        if key not in paces:
            paces[key] = _pace(jobs, *key)
        pace = paces[key]
        if pace is None:
            return None
        sampling = request.sampling
        share = sampling.strength if request.image is not None else 1.0
        seconds += pace * request.width * request.height * sampling.steps * share * request.images
    return seconds


def _pace(jobs: JobQueue, model: str, speed: Speed) -> float | None:
    """Seconds a pixel and step, of the newest job like that; None without one."""
    for job in reversed(jobs.jobs):
        pixels = 0 if job.teaches else pixels_per_step(job)
        if pixels and job.seconds_per_step and (job.pictures.model, job.pictures.speed) == (model, speed):
            return job.seconds_per_step / pixels
    return None


def pixels_per_step(job: Job) -> int:
    """How many the network worked on at each step; 0 where that is not known (yet)."""
    request = job.pictures
    if request.edited is None:
        return request.width * request.height
    reports = (result.recipe.edit for result in job.results if result.recipe is not None)
    places = next((report.places for report in reports if report is not None), ())
    return sum(place.working.width * place.working.height for place in places) // max(1, len(places))
