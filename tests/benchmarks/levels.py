"""The three speeds against the plain diffusers pipeline: seconds a step, and how far the pictures differ.

Seconds with the real size of Stable Diffusion 1.5 and random weights; differences with the starter, since a
random network's mean nothing. Each with few steps and with as many as `fastest` needs for all that it can do.
And whether switching between models leaves anything behind. About 25 minutes of one core.
"""

from __future__ import annotations

import gc
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from drawing import PROMPTS, PlainPipeline, difference, draw, with_seed
from measure import Figure, in_turns, median_ratio
from real_sizes import sd15

from engine.api.images import Pixels
from engine.api.request import GenerationRequest, Sampling, Speed
from engine.api.speed import LEAST_DEEP_STEPS
from engine.diffusion import devices
from engine.models.cache import Models
from engine.models.catalog import Catalog

SIDE, STEPS = 256, 12
"""Of the real-size pictures: half as wide as its own, so that it takes minutes on a processor."""
MORE_STEPS = LEAST_DEEP_STEPS
"""From here on `fastest` also uses the deep parts of a U-Net in every second step only."""
STARTER_ROUNDS, SEEDS = 3, 2
SWITCHES = 25


def measure() -> list[Figure]:
    devices.prepare_torch()
    import torch

    with tempfile.TemporaryDirectory() as folder:
        real = real_size(sd15(Path(folder) / "sd15", "cpu", torch.float16))
    return [*real, *starter(), *switching()]


def real_size(folder: Path) -> list[Figure]:
    models = Models(Catalog(), device="cpu", keep_bytes=0)  # one format at a time: 3.4 GB each
    request = GenerationRequest(
        str(folder), "a castle at night", width=SIDE, height=SIDE, sampling=Sampling("dpmpp_2m", STEPS, 7.0)
    )
    short = replace(request, sampling=replace(request.sampling, steps=1))
    plain, found = PlainPipeline(request, models), {}
    plain.draw(short)
    theirs = timed(plain.draw, request)
    del plain  # two of them at once are more than many machines have
    gc.collect()
    for speed in Speed:
        draw(replace(short, speed=speed), models)
        found[speed, STEPS] = timed(draw, replace(request, speed=speed), models) / STEPS
        if speed is not Speed.EXACT:
            more = replace(request, speed=speed, sampling=replace(request.sampling, steps=MORE_STEPS))
            found[speed, MORE_STEPS] = timed(draw, more, models) / MORE_STEPS
    note = f"{SIDE} x {SIDE}, {STEPS} steps, with its decoder; seconds of one core"
    plain_step = theirs / STEPS
    figures = [Figure("SD 1.5 of real size, plain", plain_step, "s/step", note=note)]
    for (speed, steps), ours in found.items():
        figures += [
            Figure(f"  {speed.value}, {steps} steps", ours, "s/step"),
            Figure("    against plain", ours / plain_step, "times"),
        ]
    return figures


def starter() -> list[Figure]:
    models = Models(Catalog(), device="cpu")
    request = models.catalog.find("starter").request(PROMPTS[0])
    plain = PlainPipeline(request, models)
    figures = []
    for speed in Speed:
        asked = replace(request, speed=speed)
        draw(asked, models)
        pairs = in_turns(
            lambda asked=asked: timed(draw, asked, models), lambda: timed(plain.draw, request), STARTER_ROUNDS
        )
        figures.append(Figure(f"starter, {speed.value}, against plain", median_ratio(pairs), "times"))
    own = request.sampling.steps
    figures += differences(models, pictures(request, SEEDS), f"{own} steps")
    more = replace(request, sampling=replace(request.sampling, steps=max(own, MORE_STEPS)))
    figures += differences(models, pictures(more, 1), f"{more.sampling.steps} steps")
    return figures


def differences(models: Models, asked: list[GenerationRequest], steps: str) -> list[Figure]:
    """Of both quicker speeds from exact: in the pictures, and in the time that they took together."""
    figures, took = [], {}
    exact, took[Speed.EXACT] = drawn(models, asked, Speed.EXACT)
    for speed in (Speed.FAST, Speed.FASTEST):
        ours, took[speed] = drawn(models, asked, speed)
        found = [difference(mine, theirs) for mine, theirs in zip(ours, exact, strict=True)]
        means, psnrs = [mean for mean, _ in found], [psnr for _, psnr in found]
        figures += [
            Figure(
                f"starter, {speed.value}, {steps}, difference from exact", float(np.mean(means)), "/255",
                note=f"{len(found)} pictures",
            ),
            Figure("  the worst picture's", max(means), "/255"),
            Figure("  PSNR, median", statistics.median(psnrs), "dB"),
            Figure("  time against exact", took[speed] / took[Speed.EXACT], "times"),
        ]  # fmt: skip
    return figures


def drawn(models: Models, asked: list[GenerationRequest], speed: Speed) -> tuple[list[Pixels], float]:
    """The pictures, and the seconds of one core that they took."""
    made: list[Pixels] = []
    took = sum(timed(lambda one=one: made.append(draw(replace(one, speed=speed), models))) for one in asked)
    return made, took


def pictures(request: GenerationRequest, seeds: int) -> list[GenerationRequest]:
    return [with_seed(replace(request, prompt=prompt), seed) for prompt in PROMPTS for seed in range(seeds)]


def switching() -> list[Figure]:
    """The starter in two formats, where only one may stay: loaded and let go, again and again."""
    models = Models(Catalog(), device="cpu", keep_bytes=1)
    request = models.catalog.find("starter").request(PROMPTS[0], width=128, height=128)
    request = replace(request, sampling=replace(request.sampling, steps=2))

    def both() -> None:
        for speed in (Speed.EXACT, Speed.FAST):
            draw(replace(request, speed=speed), models)

    for _ in range(3):
        both()
    before, tensors = resident_bytes(), live_tensors()
    for _ in range(SWITCHES):
        both()
    return [
        Figure(f"memory after {SWITCHES} switches", (resident_bytes() - before) / 2**20, "MiB more"),
        Figure("  tensors", live_tensors() - tensors, "more", "0"),
    ]


def resident_bytes() -> int:
    import psutil

    gc.collect()
    return psutil.Process().memory_info().rss


def live_tensors() -> int:
    import torch

    gc.collect()
    return sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects())


def timed(function: Callable[..., object], *arguments: object) -> float:
    """Seconds that the processor worked: what else runs on the machine does not count."""
    start = time.process_time()
    function(*arguments)
    return time.process_time() - start
