"""A picture enlarged and nothing more: no model reads its words."""

from __future__ import annotations

import time
from collections.abc import Generator
from datetime import UTC, datetime

import engine
from engine.api.control import Control
from engine.api.events import Event, Finished, ImageReady
from engine.api.images import pixels_hash
from engine.api.recipe import Environment, Recipe
from engine.api.request import GenerationRequest
from engine.library.masks import packed_masks
from engine.models.cache import Models
from engine.upscaling.enlarge import enlarge


def enlarge_only(
    request: GenerationRequest, models: Models, control: Control
) -> Generator[Event, None, None]:
    """The events of a validated `request` whose enlargement no model refines: `Loading`s, `ImageReady`,
    `Finished`."""
    began = time.monotonic()
    enlarged = yield from enlarge(request, models, control)
    if enlarged is None or control.is_cancelled:
        return
    recipe = Recipe(
        request=request,
        pixels_sha256=pixels_hash(enlarged.pixels),
        model_title=enlarged.report.network,
        model_family="upscaler",
        model_sha256=enlarged.report.sha256,
        environment=_environment(request, models),
        upscale=enlarged.report,
        masks=packed_masks(request),
        seconds=time.monotonic() - began,
        created=datetime.now(UTC).astimezone().isoformat(timespec="seconds"),
    )
    yield ImageReady(enlarged.pixels, recipe, 0, enlarged.alpha)
    yield Finished(1, time.monotonic() - began)


def _environment(request: GenerationRequest, models: Models) -> Environment:
    if request.upscale is None or not request.upscale.network:
        return Environment(lienzo=engine.__version__)
    from engine.diffusion.devices import dtype_for, environment

    return environment(models.device, dtype_for(request.speed, models.device))
