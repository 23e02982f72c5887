"""On a GPU: the real sizes of Stable Diffusion 1.5, XL and FLUX.1, against the plain diffusers pipelines.

Needs a CUDA device of 80 GB and nothing of Qt; weights are random, which changes no time.
Every sampler, a branch and the rungs of the memory ladder are run too, with the starter: what CI cannot see.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from measure import Figure, in_turns, median_ratio
from real_sizes import flux, sd15, sdxl

from engine import generation
from engine.api.control import Control
from engine.api.events import ImageReady, Step
from engine.api.images import Pixels
from engine.api.request import Branch, GenerationRequest, Speed
from engine.api.speed import Lever, levers_of
from engine.diffusion import devices, schedulers
from engine.memory import Relief
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.tasks import run

CARD = "cuda:0"
ROUNDS = 5
STEPS = 30


def measure() -> list[Figure]:
    devices.prepare_torch()
    import torch

    if not torch.cuda.is_available():
        return [Figure("no CUDA device here", 0.0)]
    with tempfile.TemporaryDirectory() as folder:
        model = sd15(Path(folder) / "sd15", "cuda", torch.float16)
        card = Card(CARD)
        figures = [*real_size(model, card), *every_sampler(card), *branch_and_offload(card)]
        for name, make in (("SDXL", sdxl), ("FLUX.1 dev", flux)):
            made = make(Path(folder) / name, "cuda", torch.bfloat16)
            figures += levels(name, made, card)
            shutil.rmtree(made)
    return figures


def levels(name: str, folder: Path, card: Card, side: int = 1024) -> list[Figure]:
    """Each speed against the plain pipeline in bf16, its peak of memory, what it changes; and each lever of
    fastest's, and each way of saving memory, by itself."""
    models = Models(Catalog(), device=card.name, keep_bytes=0)  # exact and fast are two formats
    info = models.catalog.find(str(folder))
    request = replace(info.request("a castle at night", width=side, height=side), model=str(folder))
    plain, figures = PlainAny(folder, card), []
    plain.draw(request)
    theirs = statistics.median(seconds(card, plain.draw, request) for _ in range(ROUNDS))
    figures.append(Figure(f"{name} real size, plain bf16, {side} px", 1 / theirs, "pictures/s"))
    plain.forget()
    card.empty()
    exact = draw(request, models)

    def measured(title: str, asked: GenerationRequest) -> list[Figure]:
        made = draw(asked, models)  # loads, and compiles
        card.reset_peak()
        ours = statistics.median(seconds(card, draw, asked, models) for _ in range(ROUNDS))
        return [
            Figure(f"  {title}", 1 / ours, "pictures/s"),
            Figure("    against plain", ours / theirs, "times"),
            Figure("    peak memory", card.peak_bytes() / 2**30, "GiB"),
            Figure(
                "    mean difference from exact", mean_difference(made, exact), "/255", note="random weights"
            ),
        ]

    for speed in Speed:
        figures += measured(speed.value, replace(request, speed=speed))
    fastest = replace(request, speed=Speed.FASTEST)
    for lever in (Lever.COMPILED_BLOCKS, Lever.FAST_ATTENTION, Lever.CHANNELS_LAST):
        if lever in levers_of(info, Speed.FASTEST, card.name):
            with without(lever):
                figures += measured(f"fastest without {lever.value}", fastest)
    for title, relief in FORMS.items():
        with short_of_memory(relief):
            figures += measured(f"fast, {title}", replace(request, speed=Speed.FAST))
    models.keep_only(models.catalog.find("toy"), torch_half())
    return figures


FORMS = {
    "weights in 8 bits": Relief(eight_bits=True),
    "networks wait outside": Relief(offload=True),
    "layer by layer": Relief(offload=True, in_groups=True),
}


@contextmanager
def without(lever: Lever) -> Iterator[None]:
    """Inside, no speed uses `lever`."""
    from engine.picture import speed

    whole = speed.levers_of
    speed.levers_of = lambda *asked: tuple(one for one in whole(*asked) if one is not lever)
    try:
        yield
    finally:
        speed.levers_of = whole


@contextmanager
def short_of_memory(relief: Relief) -> Iterator[None]:
    """Inside, `relief` is what is planned."""
    whole = generation._planned
    generation._planned = lambda *_: relief
    try:
        yield
    finally:
        generation._planned = whole


class Card:
    """Where it is measured. On a processor, which a test runs this on, there is no peak to read."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_card = name.startswith("cuda")

    def synchronize(self) -> None:
        import torch

        if self.is_card:
            torch.cuda.synchronize(self.name)

    def reset_peak(self) -> None:
        import torch

        if self.is_card:
            torch.cuda.reset_peak_memory_stats(self.name)

    def peak_bytes(self) -> int:
        import torch

        return torch.cuda.max_memory_allocated(self.name) if self.is_card else 0

    def empty(self) -> None:
        import torch

        if self.is_card:
            torch.cuda.empty_cache()


class PlainAny:
    """diffusers' own few lines in bf16, whatever the pipeline."""

    def __init__(self, folder: Path, card: Card) -> None:
        import diffusers
        import torch

        loaded = diffusers.DiffusionPipeline.from_pretrained(folder, dtype=torch.bfloat16)
        self.pipeline: Any = loaded.to(card.name)
        self.pipeline.set_progress_bar_config(disable=True)

    def draw(self, request: GenerationRequest) -> None:
        import torch

        sampling = request.sampling
        self.pipeline(
            request.prompt,
            height=request.height,
            width=request.width,
            num_inference_steps=sampling.steps,
            guidance_scale=sampling.guidance,
            generator=torch.Generator("cpu").manual_seed(sampling.seed),
        )

    def forget(self) -> None:
        import gc

        del self.pipeline
        gc.collect()


class Plain:
    """diffusers' own few lines: no tap, no previews."""

    def __init__(self, folder: Path, card: Card, dtype: Any) -> None:
        from diffusers import StableDiffusionPipeline

        self.pipeline = StableDiffusionPipeline.from_pretrained(folder, dtype=dtype).to(card.name)
        self.pipeline.set_progress_bar_config(disable=True)
        self.base_config = dict(self.pipeline.scheduler.config)

    def draw(self, request: GenerationRequest) -> Any:
        import torch

        sampling = request.sampling
        self.pipeline.scheduler = schedulers.build(sampling.scheduler, self.base_config)
        made = self.pipeline(
            request.prompt,
            height=request.height,
            width=request.width,
            num_inference_steps=sampling.steps,
            guidance_scale=sampling.guidance,
            generator=torch.Generator("cpu").manual_seed(sampling.seed),
            output_type="np",
        )
        return (made.images[0] * 255).round().astype(np.uint8)


def draw(request: GenerationRequest, models: Models, control: Control | None = None) -> Pixels:
    return next(event.pixels for event in run(request, models, control) if isinstance(event, ImageReady))


def seconds(card: Card, function: Callable[..., object], *arguments: object) -> float:
    card.synchronize()
    start = time.perf_counter()
    function(*arguments)
    card.synchronize()
    return time.perf_counter() - start


def real_size(folder: Path, card: Card) -> list[Figure]:
    models = Models(Catalog(), device=card.name)
    info = models.catalog.find(str(folder))
    request = replace(info.request("a castle at night"), model=str(folder))
    request = replace(request, sampling=replace(request.sampling, steps=STEPS))
    blind, fast = Control(wants_previews=False), replace(request, speed=Speed.FAST)
    plain = Plain(folder, card, devices.dtype_for(Speed.EXACT, models.device))
    for _ in range(2):
        ours, theirs = draw(request, models), plain.draw(request)
        quick = draw(fast, models)
    card.reset_peak()
    draw(request, models)
    peak = card.peak_bytes()

    def timed(asked: GenerationRequest, *control: Control) -> Callable[[], float]:
        return lambda: seconds(card, draw, asked, models, *control)

    def plainly() -> float:
        return seconds(card, plain.draw, request)

    exact = in_turns(timed(request), plainly, ROUNDS)
    seen = in_turns(timed(request), timed(request, blind), ROUNDS)
    faster = in_turns(timed(fast), plainly, ROUNDS)
    steps = [event.seconds for event in run(request, models) if isinstance(event, Step)]
    return [
        Figure(f"plain pipeline, {request.width} px, {STEPS} steps", median_of(exact, 1), "s"),
        Figure("exact, previews and kept steps on", median_of(exact, 0), "s"),
        Figure("  against plain", median_ratio(exact), "times", "<= 1.01"),
        Figure("  against without previews", median_ratio(seen), "times"),
        Figure("  pixels that differ from plain", differing(ours, theirs), "", "0"),
        Figure("one step", statistics.median(steps[2:]) * 1000, "ms"),
        Figure("peak memory of the device", peak / 2**30, "GiB"),
        Figure("fast", median_of(faster, 0), "s", note="bf16, guidance now and then"),
        Figure("  against plain", median_ratio(faster), "times"),
        Figure("  mean difference from exact", mean_difference(quick, ours), "/255", note="random weights"),
    ]


def median_of(pairs: Sequence[tuple[float, float]], place: int) -> float:
    return statistics.median(pair[place] for pair in pairs)


def every_sampler(card: Card, model: str = "starter", most: int | None = None) -> list[Figure]:
    """A model on the GPU in fp16 against the processor in float32, by sampler (all, or so many)."""
    on_gpu, here = Models(Catalog(), device=card.name), Models(Catalog(), device="cpu")
    info = here.catalog.find(model)
    figures = []
    for scheduler in info.capabilities.schedulers[:most]:
        request = info.request("a red apple")
        request = replace(request, sampling=replace(request.sampling, scheduler=scheduler.id, seed=7))
        error = mean_difference(draw(request, on_gpu), draw(request, here))
        figures.append(Figure(f"{scheduler.label}: GPU fp16 from CPU float32", error, "/255"))
    return figures


def branch_and_offload(card: Card, model: str = "starter") -> list[Figure]:
    """All are the picture itself, to the last bit."""
    models = Models(Catalog(), device=card.name)
    request = models.catalog.find(model).request("a red apple")
    whole = draw(request, models)
    branched = draw(replace(request, branch=Branch(request, 0, request.sampling.steps // 2)), models)
    figures = [Figure("branch from the middle: pixels that differ", differing(branched, whole), "", "0")]
    for title in ("networks wait outside", "layer by layer"):
        with short_of_memory(FORMS[title]):
            made = draw(request, models)
        figures.append(Figure(f"{title}: pixels that differ", differing(made, whole), "", "0"))
    return figures


def torch_half() -> Any:
    import torch

    return torch.float16


def differing(ours: Pixels, theirs: Pixels) -> int:
    return int((ours != theirs).any(axis=2).sum())


def mean_difference(ours: Pixels, theirs: Pixels) -> float:
    return float(np.abs(ours.astype(np.float64) - theirs).mean())
