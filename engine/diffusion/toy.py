"""A generator without weights: a small landscape from the prompt's letters and the seed, at once.

The window, the queue and the tests run on it where a network would only cost time. It says the
same events as a real model, can be cancelled, stopped and branched, and repeats itself exactly.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Generator
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

import engine
from engine.api.control import Control
from engine.api.events import Event, Finished, ImageReady, Loading, Step
from engine.api.images import Extent, Pixels, pixels_hash, read_only
from engine.api.model_info import ModelInfo
from engine.api.recipe import Environment, Recipe
from engine.api.request import GenerationRequest
from engine.diffusion.start_picture import cover

PREVIEW_SHARE = 4
"""Previews are this many times smaller than the picture."""

Canvas = NDArray[np.float32]
"""Height x width x 3, 0 to 1."""


def generate_toy(
    request: GenerationRequest, info: ModelInfo, control: Control
) -> Generator[Event, None, None]:
    """The events of `request`: `Loading`, then `Step`s and an `ImageReady` for each picture, `Finished`.

    Ends without `Finished` when `control` is cancelled. The same request gives the same bytes.
    """
    began = time.monotonic()
    yield Loading("prompt")
    images = 0
    for image_index in range(request.images):
        yield from _one_picture(request.worded(image_index), info, control, image_index)
        if control.is_cancelled:
            return
        images += 1
        if control.ends_after(request.sampling.steps - 1):
            break
    yield Finished(images, time.monotonic() - began)


def _one_picture(
    request: GenerationRequest, info: ModelInfo, control: Control, image_index: int
) -> Generator[Event, None, None]:
    began = time.monotonic()
    clean = _picture(request, image_index)
    steps, first = request.sampling.steps, _first_step(request)
    step = first
    for step in range(first, steps + 1):
        estimate = coarse_estimate(clean, step, steps)
        if control.is_cancelled:
            return
        preview = toy_preview(estimate) if control.wants_previews else None
        yield Step(step, steps, toy_sigma(step, steps), preview, image_index)
        if control.ends_after(step) or control.is_cancelled:
            break
    if control.is_cancelled:
        return
    pixels = to_pixels(coarse_estimate(clean, step, steps))
    stopped_at = step if step < steps else None
    recipe = toy_recipe(request.one_image(image_index), info, pixels, stopped_at, time.monotonic() - began)
    yield ImageReady(pixels, recipe, image_index)


def _first_step(request: GenerationRequest) -> int:
    """Where the loop starts: after the branch, or as late as a weak `strength` allows."""
    steps = request.sampling.steps
    if request.branch is not None:
        return min(request.branch.step + 1, steps)
    if request.image is not None:
        return steps - max(1, int(steps * request.sampling.strength)) + 1
    return 1


def _picture(request: GenerationRequest, image_index: int) -> Canvas:
    """The finished picture, with what it starts from shining through."""
    picture = toy_landscape(request, image_index)
    if request.image is None or request.image.pixels is None:
        return picture
    start = cover(request.image.pixels, request.extent).astype(np.float32) / 255
    return (start + (picture - start) * request.sampling.strength).astype(np.float32)


def toy_landscape(request: GenerationRequest, image_index: int) -> Canvas:
    """What a seed lays out, in the colours of the words, of the request's size."""
    layout = request if request.branch is None else request.branch.origin
    layout_index = image_index if request.branch is None else request.branch.image_index
    shapes = np.random.Generator(np.random.PCG64(layout.seed_of(layout_index)))
    return _landscape(request.extent, shapes, _palette(request.prompt, request.negative_prompt))


def _palette(prompt: str, negative_prompt: str) -> NDArray[np.float32]:
    """Six colours, 6 x 3, decided by the words."""
    words = f"{prompt}\0{negative_prompt}".encode("utf-8", "surrogatepass")
    random = np.random.Generator(np.random.PCG64(int.from_bytes(hashlib.sha256(words).digest()[:16])))
    hue = random.random()
    hues = (hue + np.array([0.0, 0.06, 0.45, 0.5, 0.55, 0.9])) % 1.0
    values = np.array([0.95, 0.75, 0.35, 0.55, 0.7, 1.0])
    waves = 0.5 + 0.5 * np.cos(2 * np.pi * (hues[:, None] + np.array([0.0, 1 / 3, 2 / 3])))
    return (values[:, None] * (0.45 + 0.55 * waves)).astype(np.float32)


def _landscape(extent: Extent, random: np.random.Generator, palette: NDArray[np.float32]) -> Canvas:
    """A sky, a sun and three ranges of hills."""
    y, x = np.mgrid[0 : extent.height, 0 : extent.width].astype(np.float32)
    y, x = y / extent.height, x / extent.width
    picture = palette[0] * (1 - y[..., None]) + palette[1] * y[..., None]
    sun_x, sun_y, radius = random.uniform(0.2, 0.8), random.uniform(0.15, 0.4), random.uniform(0.06, 0.14)
    picture[(x - sun_x) ** 2 + (y - sun_y) ** 2 < radius**2] = palette[5]
    for layer, colour in enumerate(palette[4:1:-1]):
        waves = zip(random.uniform(1, 9, 4), random.uniform(0, 2 * np.pi, 4), strict=True)
        ridge = sum(np.sin(frequency * np.pi * x + phase) / frequency for frequency, phase in waves)
        picture[y > 0.45 + 0.17 * layer + 0.07 * ridge] = colour
    return picture.astype(np.float32)


def coarse_estimate(clean: Canvas, step: int, steps: int) -> Canvas:
    """What a network would believe after `step`: the picture, coarser the earlier it is."""
    cell = 1 << max(0, round(5 * (1 - step / steps)))
    if cell == 1:
        return clean
    height, width = clean.shape[:2]
    rows, columns = np.arange(0, height, cell), np.arange(0, width, cell)
    sums = np.add.reduceat(np.add.reduceat(clean, rows, axis=0), columns, axis=1)
    counts = np.outer(np.diff([*rows, height]), np.diff([*columns, width]))[..., None]
    coarse = (sums / counts).astype(np.float32)
    return coarse.repeat(cell, 0).repeat(cell, 1)[:height, :width]


def toy_sigma(step: int, steps: int) -> float:
    return 14.6 * (1 - step / steps) ** 2


def toy_preview(estimate: Canvas) -> Pixels:
    return to_pixels(estimate[::PREVIEW_SHARE, ::PREVIEW_SHARE])


def to_pixels(canvas: Canvas) -> Pixels:
    return read_only(np.round(np.clip(canvas, 0, 1) * 255).astype(np.uint8))


def toy_recipe(
    request: GenerationRequest, info: ModelInfo, pixels: Pixels, stopped_at: int | None, seconds: float
) -> Recipe:
    return Recipe(
        request=request,
        pixels_sha256=pixels_hash(pixels),
        model_title=info.title,
        model_family=info.family,
        model_licence=info.licence,
        environment=Environment(lienzo=engine.__version__, device="cpu", dtype="float32", threads=1),
        stopped_at=stopped_at,
        seconds=seconds,
        created=datetime.now(UTC).astimezone().isoformat(timespec="seconds"),
    )
