"""An edit in which nothing may change: the source as it is, without a network."""

from __future__ import annotations

import time
from collections.abc import Generator
from datetime import UTC, datetime

import engine
from engine.api.control import Control
from engine.api.events import Event, Finished, ImageReady
from engine.api.images import pixels_hash
from engine.api.model_info import ModelInfo
from engine.api.recipe import Environment, Recipe
from engine.api.request import GenerationRequest
from engine.editing.plan import EditPlan
from engine.library.masks import packed_masks


def leave_untouched(
    request: GenerationRequest, info: ModelInfo, plan: EditPlan, control: Control
) -> Generator[Event, None, None]:
    """`ImageReady` with the source for each picture, then `Finished`."""
    from engine.editing.stitch import Canvas  # colour science weighs half a second

    began = time.monotonic()
    assert request.image is not None and request.image.pixels is not None
    canvas = Canvas(plan, request.image.pixels)
    for image_index in range(request.images):
        if control.is_cancelled:
            return
        pixels = canvas.finished()
        recipe = Recipe(
            request=request.one_image(image_index),
            pixels_sha256=pixels_hash(pixels),
            model_title=info.title,
            model_family=info.family,
            model_licence=info.licence,
            environment=Environment(lienzo=engine.__version__),
            edit=canvas.report(),
            masks=packed_masks(request),
            created=datetime.now(UTC).astimezone().isoformat(timespec="seconds"),
        )
        yield ImageReady(pixels, recipe, image_index)
    yield Finished(request.images, time.monotonic() - began)
