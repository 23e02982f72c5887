"""Maps that a network is to draw from their pictures: before the first step of a request, or to be seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from engine.api.control import Control
from engine.api.events import Event, Finished, Loading, MapReady
from engine.api.images import Extent, ImageInput
from engine.api.look import LookRequest
from engine.api.maps import DEPTH_ESTIMATOR, MapInput, MapKind
from engine.api.model_info import ModelInfo
from engine.api.request import GenerationRequest
from engine.diffusion.start_picture import cover
from engine.diffusion.stream import stream
from engine.diffusion.watched import Progress, saying
from engine.models.named.looking import Drawn, chosen, draw

if TYPE_CHECKING:
    from engine.models.cache import Models

DRAWING = "drawing_maps"
"""What is being done, in `Loading`."""


def with_own_map(request: GenerationRequest, info: ModelInfo) -> GenerationRequest:
    """`request` with the map that its model `info` draws by itself of the start picture, still to be drawn.

    As it is where it has a map, where there is nothing to draw one of, and where an edit adds to the picture:
    of what is not there yet only the artist knows how near it is.
    """
    image = request.image
    if not info.capabilities.draws_own_map or request.maps or image is None or info.path is None:
        return request
    edit = request.edit
    if edit is None and image.pixels is not None:
        image = ImageInput.of(cover(image.pixels, request.extent), image.name)
    elif edit is not None and edit.canvas(Extent(image.width, image.height)).extent != (
        image.width,
        image.height,
    ):
        return request
    drawer = str(info.path / DEPTH_ESTIMATOR)
    return replace(request, maps=(MapInput(MapKind.DEPTH, image, drawn_by=drawer, is_picture=True),))


def with_drawn_maps(
    request: GenerationRequest, models: Models, control: Control
) -> Generator[Event, None, GenerationRequest]:
    """`request` (and what it branches from) with the maps themselves in place of the pictures they are of.

    As it was, where `control` was cancelled meanwhile. What a network once drew of a picture is remembered
    while the models are. Raises as `chosen` and `draw`.
    """
    if not any(given.is_picture for given in _all_maps(request)):
        return request
    made: list[GenerationRequest] = []

    def work(emit: Callable[[Event], None], is_cancelled: Callable[[], bool]) -> None:
        # each map's share begins anew: only whether to go on is asked
        made.append(_drawn(request, models, saying(DRAWING, lambda event: None, is_cancelled)))

    yield Loading(DRAWING)
    yield from stream(work, control)
    return made[0] if made else request


def check_drawers(request: GenerationRequest, models: Models) -> None:
    """Raises `ModelNotFound` or another error of `chosen` where a network is not here."""
    for given in _all_maps(request):
        if given.is_picture:
            chosen(given.kind, given.drawn_by, models.catalog)


def _all_maps(request: GenerationRequest) -> tuple[MapInput, ...]:
    below = _all_maps(request.branch.origin) if request.branch is not None else ()
    return (*request.maps, *below)


def _drawn(request: GenerationRequest, models: Models, progress: Progress) -> GenerationRequest:
    if request.branch is not None:
        origin = _drawn(request.branch.origin, models, progress)
        request = replace(request, branch=replace(request.branch, origin=origin))
    return replace(request, maps=tuple(_one(given, models, progress) for given in request.maps))


def _one(given: MapInput, models: Models, progress: Progress) -> MapInput:
    if not given.is_picture:
        return given
    made = _made(given.image, given.kind, given.drawn_by, given.detail, models, progress)
    image = ImageInput.of(made.pixels, given.image.name)
    drawer = PurePath(made.by)
    # a recipe goes out with its picture: what drew it is told by its name, not by where it lies here
    by = drawer.name if drawer.is_absolute() else made.by
    return replace(given, image=image, is_picture=False, drawn_by=by)


def _made(
    image: ImageInput, kind: MapKind, by: str, detail: float, models: Models, progress: Progress
) -> Drawn:
    key = (image.sha256, kind, by, detail)
    made = models.drawn.get(key)
    if made is None:
        assert image.pixels is not None
        info = chosen(kind, by, models.catalog)
        made = draw(kind, image.pixels, detail, info, models.catalog, models.device, progress)
        models.drawn.put(key, made)
    return made


def look(request: LookRequest, models: Models, control: Control) -> Generator[Event, None, None]:
    """Loading, then `MapReady`, then `Finished`; only loading where it is cancelled, which ends it within one
    layer of the network. Raises as `chosen` and `draw`."""
    began = time.perf_counter()

    def work(emit: Callable[[Event], None], is_cancelled: Callable[[], bool]) -> None:
        progress = saying(DRAWING, emit, is_cancelled)
        made = _made(request.image, request.kind, request.by, request.detail, models, progress)
        emit(MapReady(made.pixels, made.by, made.figures))

    yield Loading(DRAWING)
    yield from stream(work, control)
    if not control.is_cancelled:
        yield Finished(1, time.perf_counter() - began)
