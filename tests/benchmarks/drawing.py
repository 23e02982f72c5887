"""Seconds a picture with previews, cancel and kept steps, against the plain diffusers pipeline without any."""

from __future__ import annotations

import statistics
import time
from dataclasses import replace

import numpy as np
from measure import Figure, in_turns

from engine.api.events import ImageReady, Step
from engine.api.images import Pixels
from engine.api.request import GenerationRequest, Speed
from engine.diffusion import devices, schedulers
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.tasks import run

ROUNDS = 9
PROMPT = "a house at night with stars"


def measure() -> list[Figure]:
    devices.prepare_torch()
    models = Models(Catalog(), device="cpu")
    request = models.catalog.find("starter").request(PROMPT)
    plain = PlainPipeline(request, models)
    return [*exact_against_plain(request, models, plain), *fast_against_plain(request, models, plain)]


class PlainPipeline:
    """What one gets from diffusers' own few lines: no tap, no previews, the prompt encoded each time."""

    def __init__(self, request: GenerationRequest, models: Models) -> None:
        import torch
        from diffusers import StableDiffusionPipeline

        folder = models.catalog.find(request.model).path
        self.pipeline = StableDiffusionPipeline.from_pretrained(folder, dtype=torch.float32)
        self.pipeline.set_progress_bar_config(disable=True)
        self.base_config = dict(self.pipeline.scheduler.config)

    def draw(self, request: GenerationRequest) -> Pixels:
        import torch

        sampling = request.sampling
        self.pipeline.scheduler = schedulers.build(sampling.scheduler, self.base_config)
        result = self.pipeline(
            request.prompt,
            height=request.height,
            width=request.width,
            num_inference_steps=sampling.steps,
            guidance_scale=sampling.guidance,
            generator=torch.Generator("cpu").manual_seed(sampling.seed),
            output_type="np",
        )
        return (result.images[0] * 255).round().astype(np.uint8)


def draw(request: GenerationRequest, models: Models) -> Pixels:
    return next(event.pixels for event in run(request, models) if isinstance(event, ImageReady))


def seconds(function, *arguments) -> float:
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def with_seed(request: GenerationRequest, seed: int) -> GenerationRequest:
    return replace(request, sampling=replace(request.sampling, seed=seed))


def exact_against_plain(request, models, plain) -> list[Figure]:
    for warm_up in range(2):
        ours, theirs = draw(with_seed(request, warm_up), models), plain.draw(with_seed(request, warm_up))
    pairs = in_turns(
        lambda: seconds(draw, request, models), lambda: seconds(plain.draw, request), ROUNDS
    )
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    different = int(np.count_nonzero((ours != theirs).any(axis=2)))
    steps = [event for event in run(request, models) if isinstance(event, Step)]
    step = statistics.median(event.seconds for event in steps)
    return [
        Figure("plain diffusers pipeline", statistics.median(b for _, b in pairs), "s", note="a picture"),
        Figure("exact, previews and kept steps on", statistics.median(a for a, _ in pairs), "s"),
        Figure("  against plain", ratio, "times", "<= 1.01"),
        Figure("  pixels that differ from plain", different, "", "0"),
        Figure("one step", step * 1000, "ms"),
        preview_share(request, models, step),
    ]


def fast_against_plain(request, models, plain) -> list[Figure]:
    fast = replace(request, speed=Speed.FAST)
    draw(fast, models)
    pairs = in_turns(lambda: seconds(draw, fast, models), lambda: seconds(plain.draw, request), ROUNDS)
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    errors = [difference(draw(with_seed(fast, s), models), draw(with_seed(request, s), models)) for s in range(8)]
    return [
        Figure("fast", statistics.median(a for a, _ in pairs), "s", note="a picture"),
        Figure("  against plain", ratio, "times", "<= 0.6"),
        Figure("  mean difference from exact", statistics.mean(mean for mean, _ in errors), "/255"),
        Figure("  PSNR against exact, median of 8 seeds", statistics.median(psnr for _, psnr in errors), "dB"),
    ]


def difference(ours: Pixels, theirs: Pixels) -> tuple[float, float]:
    """Mean absolute difference (of 255) and PSNR in dB."""
    error = ours.astype(np.float64) - theirs
    return float(np.abs(error).mean()), float(10 * np.log10(255**2 / max(1e-9, (error**2).mean())))
