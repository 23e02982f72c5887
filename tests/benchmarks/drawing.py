"""Seconds a picture with previews, cancel and kept steps on, against the plain diffusers pipeline without."""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from measure import Figure, in_turns, median_ratio

from engine.api.events import ImageReady, Step
from engine.api.images import Pixels
from engine.api.request import GenerationRequest, Speed
from engine.api.wire import event_to_message, write_message
from engine.diffusion import devices, schedulers
from engine.diffusion.latents.table import latent_space
from engine.diffusion.preview import as_pixels, preview_for
from engine.library.folders import cache_folder
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.tasks import run

ROUNDS = 11
PROMPTS = (
    "a house at night with stars",
    "a cute beagle smiling",
    "un gato dormido en un sofá",
    "a red apple",
    "a sailing boat on the sea",
    "a tree in autumn",
)
SEEDS = 2
"""Pictures of each prompt that fast is compared to exact on."""
PREVIEWS = 200


def measure() -> list[Figure]:
    devices.prepare_torch()
    models = Models(Catalog(), device="cpu")
    request = models.catalog.find("starter").request(PROMPTS[0])
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


def seconds(function: Callable[..., object], *arguments: object) -> float:
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def with_seed(request: GenerationRequest, seed: int) -> GenerationRequest:
    return replace(request, sampling=replace(request.sampling, seed=seed))


def exact_against_plain(request: GenerationRequest, models: Models, plain: PlainPipeline) -> list[Figure]:
    for warm_up in range(2):
        ours, theirs = draw(with_seed(request, warm_up), models), plain.draw(with_seed(request, warm_up))
    pairs = in_turns(lambda: seconds(draw, request, models), lambda: seconds(plain.draw, request), ROUNDS)
    different = int(np.count_nonzero((ours != theirs).any(axis=2)))
    steps = [event for event in run(request, models) if isinstance(event, Step)]
    step = statistics.median(event.seconds for event in steps)
    return [
        Figure("plain diffusers pipeline", statistics.median(b for _, b in pairs), "s", note="a picture"),
        Figure("exact, previews and kept steps on", statistics.median(a for a, _ in pairs), "s"),
        Figure("  against plain", median_ratio(pairs), "times", "<= 1.01"),
        Figure("  pixels that differ from plain", different, "", "0"),
        Figure("one step", step * 1000, "ms"),
        *preview_share(request, models, steps[-1], step),
    ]


def preview_share(request: GenerationRequest, models: Models, made: Step, step: float) -> list[Figure]:
    """What a preview costs of a step's time: its making, and its way through the pipe to the window."""
    import torch

    loaded = models.load(models.catalog.find(request.model), torch.float32)
    preview = preview_for(latent_space(loaded.vae), loaded.part_sha256["vae"], cache_folder(), lambda: False)
    assert preview is not None
    factor = 2 ** (len(loaded.vae.config.block_out_channels) - 1)
    clean = torch.randn(
        1, loaded.vae.config.latent_channels, request.height // factor, request.width // factor
    )
    with torch.inference_mode():
        making = statistics.median(
            seconds(lambda: as_pixels(preview(clean, 1, 20).cpu())) for _ in range(PREVIEWS)
        )
    crossing = statistics.median(seconds(cross, made) for _ in range(PREVIEWS))
    return [
        Figure("one preview", making * 1000, "ms"),
        Figure("  of a step", 100 * making / step, "%", "<= 1"),
        Figure("  of a step, with its way through the pipe", 100 * (making + crossing) / step, "%"),
    ]


def cross(step: Step) -> None:
    write_message(io.BytesIO(), *event_to_message(step))


def fast_against_plain(request: GenerationRequest, models: Models, plain: PlainPipeline) -> list[Figure]:
    fast = replace(request, speed=Speed.FAST)
    draw(fast, models)
    pairs = in_turns(lambda: seconds(draw, fast, models), lambda: seconds(plain.draw, request), ROUNDS)
    errors = [
        difference(draw(replace(one, speed=Speed.FAST), models), draw(one, models))
        for prompt in PROMPTS
        for seed in range(SEEDS)
        for one in [with_seed(replace(request, prompt=prompt), seed)]
    ]
    means, psnrs = [mean for mean, _ in errors], [psnr for _, psnr in errors]
    return [
        Figure(
            "fast",
            statistics.median(a for a, _ in pairs),
            "s",
            note=f"in {devices.fast_dtype(devices.choose_device('cpu'))}",
        ),
        Figure("  against plain", median_ratio(pairs), "times", "<= 0.6"),
        Figure(
            "  mean difference from exact", statistics.mean(means), "/255", note=f"{len(errors)} pictures"
        ),
        Figure("  the worst picture's", max(means), "/255"),
        Figure("  PSNR against exact, median", statistics.median(psnrs), "dB"),
        Figure("  the worst picture's", min(psnrs), "dB"),
    ]


def difference(ours: Pixels, theirs: Pixels) -> tuple[float, float]:
    """Mean absolute difference (of 255) and PSNR in dB."""
    error = ours.astype(np.float64) - theirs
    return float(np.abs(error).mean()), float(10 * np.log10(255**2 / max(1e-9, (error**2).mean())))
