"""What is written into a picture of a network, so that it can be made again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from engine.api.images import Pixels, pixels_hash
from engine.api.recipe import Recipe
from engine.api.request import GenerationRequest
from engine.diffusion import schedulers
from engine.diffusion.devices import environment
from engine.library.maps import packed_maps
from engine.library.masks import packed_masks
from engine.picture.run import Run


def recipe_of(
    request: GenerationRequest,
    run: Run,
    pixels: Pixels,
    *,
    scheduler: Any,
    stopped_at: int | None,
    makeshifts: Sequence[str],
) -> Recipe:
    """Of `pixels`, made for `request` by `run` with `scheduler`; without the time that it took.

    `makeshifts`: codes of what was done for want of memory or range and has changed the last bits.
    """
    model = run.model
    return Recipe(
        request=request,
        pixels_sha256=pixels_hash(pixels),
        described=run.first_stage.written,
        model_title=model.info.title,
        model_family=model.info.family,
        model_sha256=model.sha256,
        model_licence=model.info.licence,
        learnt=run.learnt.uses,
        controls=run.controls.uses,
        references=run.references.uses,
        vae_sha256=model.vae_sha256 if request.vae else "",
        maps=packed_maps(request),
        masks=packed_masks(request),
        scheduler_class=type(scheduler).__name__,
        scheduler_config=schedulers.plain_config(scheduler),
        environment=environment(model.device, model.dtype),
        stopped_at=stopped_at,
        created=datetime.now(UTC).astimezone().isoformat(timespec="seconds"),
        extra={"makeshifts": list(makeshifts)} if makeshifts else {},
    )
