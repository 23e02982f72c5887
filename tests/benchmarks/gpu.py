"""On a GPU: the real sizes of Stable Diffusion 1.5, XL and FLUX.1, against the plain diffusers pipelines.

Needs a CUDA device of 80 GB and nothing of Qt; weights are random, which changes no time.
Every sampler, a branch and the offload rung are run too, with the starter: what CI cannot see.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from measure import Figure, in_turns, median_ratio
from real_sizes import flux, sd15, sdxl

from engine.api.control import Control
from engine.api.events import ImageReady, Step
from engine.api.images import Pixels
from engine.api.request import Branch, GenerationRequest, Speed
from engine.diffusion import devices, schedulers
from engine.generation import _prepare
from engine.memory import Relief
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.picture.picture import Picture
from engine.tasks import run

ROUNDS = 5
STEPS = 30
OFFLOAD = Relief(offload=True)


def measure() -> list[Figure]:
    devices.prepare_torch()
    import torch

    if not torch.cuda.is_available():
        return [Figure("no CUDA device here", 0.0)]
    with tempfile.TemporaryDirectory() as folder:
        model = sd15(Path(folder) / "sd15", "cuda", torch.float16)
        figures = [*real_size(model), *every_sampler(), *branch_and_offload()]
        for name, make in (("SDXL", sdxl), ("FLUX.1 dev", flux)):
            made = make(Path(folder) / name, "cuda", torch.bfloat16)
            figures += levels(name, made)
            shutil.rmtree(made)
    return figures


def levels(name: str, folder: Path) -> list[Figure]:
    """Each speed at 1024 x 1024 against the plain pipeline in bf16, its peak of memory, what it changes."""
    import torch

    torch.cuda.empty_cache()
    models = Models(Catalog(), device="cuda:0", keep_bytes=0)  # exact and fast are two formats
    info = models.catalog.find(str(folder))
    request = replace(info.request("a castle at night", width=1024, height=1024), model=str(folder))
    plain, exact, figures = PlainAny(folder), None, []
    plain.draw(request)
    theirs = statistics.median(seconds(plain.draw, request) for _ in range(ROUNDS))
    figures.append(Figure(f"{name} real size, plain bf16, 1024 px", 1 / theirs, "pictures/s"))
    plain.forget()
    for speed in Speed:
        asked = replace(request, speed=speed)
        made = draw(asked, models)
        torch.cuda.reset_peak_memory_stats()
        ours = statistics.median(seconds(draw, asked, models) for _ in range(ROUNDS))
        exact = made if exact is None else exact
        figures += [
            Figure(f"  {speed.value}", 1 / ours, "pictures/s"),
            Figure("    against plain", ours / theirs, "times"),
            Figure("    peak memory", torch.cuda.max_memory_allocated() / 2**30, "GiB"),
            Figure(
                "    mean difference from exact", mean_difference(made, exact), "/255", note="random weights"
            ),
        ]
    models.keep_only(models.catalog.find("toy"), torch.bfloat16)
    return figures


class PlainAny:
    """diffusers' own few lines in bf16, whatever the pipeline."""

    def __init__(self, folder: Path) -> None:
        import diffusers
        import torch

        loaded = diffusers.DiffusionPipeline.from_pretrained(folder, dtype=torch.bfloat16)
        self.pipeline: Any = loaded.to("cuda")
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

        import torch

        del self.pipeline
        gc.collect()
        torch.cuda.empty_cache()


class Plain:
    """diffusers' own few lines in fp16: no tap, no previews."""

    def __init__(self, folder: Path) -> None:
        import torch
        from diffusers import StableDiffusionPipeline

        self.pipeline = StableDiffusionPipeline.from_pretrained(folder, dtype=torch.float16).to("cuda")
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


def seconds(function: Callable[..., object], *arguments: object) -> float:
    import torch

    torch.cuda.synchronize()
    start = time.perf_counter()
    function(*arguments)
    torch.cuda.synchronize()
    return time.perf_counter() - start


def real_size(folder: Path) -> list[Figure]:
    import torch

    models = Models(Catalog(), device="cuda:0")
    info = models.catalog.find(str(folder))
    request = replace(info.request("a castle at night"), model=str(folder))
    request = replace(request, sampling=replace(request.sampling, steps=STEPS))
    blind, fast = Control(wants_previews=False), replace(request, speed=Speed.FAST)
    plain = Plain(folder)
    for _ in range(2):
        ours, theirs = draw(request, models), plain.draw(request)
        quick = draw(fast, models)
    torch.cuda.reset_peak_memory_stats()
    draw(request, models)
    peak = torch.cuda.max_memory_allocated()
    exact = in_turns(lambda: seconds(draw, request, models), lambda: seconds(plain.draw, request), ROUNDS)
    seen = in_turns(
        lambda: seconds(draw, request, models), lambda: seconds(draw, request, models, blind), ROUNDS
    )
    faster = in_turns(lambda: seconds(draw, fast, models), lambda: seconds(plain.draw, request), ROUNDS)
    steps = [event.seconds for event in run(request, models) if isinstance(event, Step)]
    return [
        Figure(f"plain fp16 pipeline, 512 x 512, {STEPS} steps", statistics.median(b for _, b in exact), "s"),
        Figure("exact, previews and kept steps on", statistics.median(a for a, _ in exact), "s"),
        Figure("  against plain", median_ratio(exact), "times", "<= 1.01"),
        Figure("  against without previews", median_ratio(seen), "times"),
        Figure("  pixels that differ from plain", differing(ours, theirs), "", "0"),
        Figure("one step", statistics.median(steps[2:]) * 1000, "ms"),
        Figure("peak memory of the device", peak / 2**30, "GiB"),
        Figure("fast", statistics.median(a for a, _ in faster), "s", note="bf16, guidance now and then"),
        Figure("  against plain", median_ratio(faster), "times"),
        Figure("  mean difference from exact", mean_difference(quick, ours), "/255", note="random weights"),
    ]


def every_sampler() -> list[Figure]:
    """The starter on the GPU in fp16 against the processor in float32, by sampler."""
    on_gpu, here = Models(Catalog(), device="cuda:0"), Models(Catalog(), device="cpu")
    info = here.catalog.find("starter")
    figures = []
    for scheduler in info.capabilities.schedulers:
        request = info.request("a red apple")
        request = replace(request, sampling=replace(request.sampling, scheduler=scheduler.id, seed=7))
        error = mean_difference(draw(request, on_gpu), draw(request, here))
        figures.append(Figure(f"{scheduler.label}: GPU fp16 from CPU float32", error, "/255"))
    return figures


def branch_and_offload() -> list[Figure]:
    """Both are the picture itself, to the last bit."""
    models = Models(Catalog(), device="cuda:0")
    request = models.catalog.find("starter").request("a red apple")
    whole = draw(request, models)
    branched = draw(replace(request, branch=Branch(request, 0, request.sampling.steps // 2)), models)
    return [
        Figure("branch from the middle: pixels that differ", differing(branched, whole), "", "0"),
        Figure("offloaded: pixels that differ", differing(offloaded(request, models), whole), "", "0"),
    ]


def offloaded(request: GenerationRequest, models: Models) -> Pixels:
    """What the rung of the memory ladder makes, without memory having run out."""
    preparing = _prepare(
        request, models, models.catalog.find(request.model), torch_half(), Control(), OFFLOAD
    )
    setup = result_of(preparing)
    made: list[Pixels] = []
    Picture(request, 0, setup).make(
        lambda event: made.append(event.pixels) if isinstance(event, ImageReady) else None, lambda: False
    )
    return made[0]


def result_of(generator: Generator[Any, None, Any]) -> Any:
    while True:
        try:
            next(generator)
        except StopIteration as end:
            return end.value


def torch_half() -> Any:
    import torch

    return torch.float16


def differing(ours: Pixels, theirs: Pixels) -> int:
    return int((ours != theirs).any(axis=2).sum())


def mean_difference(ours: Pixels, theirs: Pixels) -> float:
    return float(np.abs(ours.astype(np.float64) - theirs).mean())
