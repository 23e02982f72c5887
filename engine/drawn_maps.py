"""Maps that a network is to draw from their pictures: before the first step of a request, or to be seen."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.api.control import Control
from engine.api.events import Event, Finished, Loading, MapReady
from engine.api.images import ImageInput
from engine.api.look import LookRequest
from engine.api.maps import MapInput, MapKind
from engine.api.request import GenerationRequest
from engine.models.named.looking import Drawn, chosen, draw

if TYPE_CHECKING:
    from engine.models.cache import Models


def with_drawn_maps(request: GenerationRequest, models: Models) -> Generator[Event, None, GenerationRequest]:
    """`request` (and what it branches from) with the maps themselves in place of the pictures they are of.

    What a network once drew of a picture is remembered while the models are. Raises as `chosen` and `draw`.
    """
    if not any(given.is_picture for given in _all_maps(request)):
        return request
    yield Loading("drawing_maps")
    return _drawn(request, models)


def check_drawers(request: GenerationRequest, models: Models) -> None:
    """Raises `ModelNotFound` or another error of `chosen` where a network is not here."""
    for given in _all_maps(request):
        if given.is_picture:
            chosen(given.kind, given.drawn_by, models.catalog)


def _all_maps(request: GenerationRequest) -> tuple[MapInput, ...]:
    below = _all_maps(request.branch.origin) if request.branch is not None else ()
    return (*request.maps, *below)


def _drawn(request: GenerationRequest, models: Models) -> GenerationRequest:
    if request.branch is not None:
        origin = _drawn(request.branch.origin, models)
        request = replace(request, branch=replace(request.branch, origin=origin))
    return replace(request, maps=tuple(_one(given, models) for given in request.maps))


def _one(given: MapInput, models: Models) -> MapInput:
    if not given.is_picture:
        return given
    made = _made(given.image, given.kind, given.drawn_by, given.detail, models)
    image = ImageInput.of(made.pixels, given.image.name)
    return replace(given, image=image, is_picture=False, drawn_by=made.by)


def _made(image: ImageInput, kind: MapKind, by: str, detail: float, models: Models) -> Drawn:
    key = (image.sha256, kind, by, detail)
    made = models.drawn.get(key)
    if made is None:
        assert image.pixels is not None
        info = chosen(kind, by, models.catalog)
        made = draw(kind, image.pixels, detail, info, models.catalog, models.device)
        models.drawn.put(key, made)
    return made


def look(request: LookRequest, models: Models, control: Control) -> Generator[Event, None, None]:
    """Loading, then `MapReady`, then `Finished`. Raises as `chosen` and `draw`."""
    began = time.perf_counter()
    yield Loading("drawing_maps")
    made = _made(request.image, request.kind, request.by, request.detail, models)
    if control.is_cancelled:
        return
    yield MapReady(made.pixels, made.by, made.figures)
    yield Finished(1, time.perf_counter() - began)
