"""From a prompt to pictures."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Generator
from contextlib import closing, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.api.control import Control
from engine.api.events import Event, Finished, Loading, Step
from engine.api.images import Extent
from engine.api.job_plan import JobPlan, Measure, plan_job, worked_extent
from engine.api.model_info import ModelInfo
from engine.api.request import GenerationRequest, Speed
from engine.diffusion.devices import dtype_for, free_bytes, prepare_torch
from engine.diffusion.stream import stream
from engine.diffusion.tap import Cancelled
from engine.drawn_maps import with_drawn_maps
from engine.families.loaded_model import LoadedModel
from engine.memory import SHARED, Ladder, Relief, empty_caches
from engine.models.cache import Models
from engine.models.kept.pace import remember_pace
from engine.models.named.vaes import vae_of
from engine.picture.edited import EditedPicture
from engine.picture.picture import KEPT, Picture
from engine.picture.previews import prepare_preview
from engine.picture.prompts import prepare_prompts
from engine.picture.run import Run
from engine.picture.setup import Emit, IsCancelled, Setup
from engine.picture.upscaled import UpscaledPicture
from engine.upscaling.enlarge import Enlarged, enlarge

if TYPE_CHECKING:
    import torch

Made = Picture | EditedPicture | UpscaledPicture
EDITED_SIDE_PX = 1024
"""Of the crops that an edit is worked on in, about."""
PACED_STEPS = 3
"""Fewer say little about how long a step takes."""
LEAST_PROGRESS = 0.01
"""Of a loading, below which nothing is said anew."""


def generate(
    request: GenerationRequest, info: ModelInfo, models: Models, control: Control
) -> Generator[Event, None, None]:
    """The events of a validated `request`: `Loading`, `Step`s and `ImageReady` for each picture, `Finished`.

    Pictures are made one by one, each from its own generator on the processor, so a seed is a picture
    on every device and in every request. Closing the iterator cancels in the middle of a network pass.
    """
    began, images = time.monotonic(), 0
    prepare_torch()
    request = yield from with_drawn_maps(request, models, control)
    if control.is_cancelled:
        return
    dtype = dtype_for(request.speed, models.device)
    ladder = Ladder(
        models.device,
        lambda: _free(models, info, dtype),
        has_tiles=request.upscale is not None,
        start=_planned(request, info, models, dtype),
        may_pack=request.speed is not Speed.EXACT and info.path is not None,
    )
    yield from ladder.planned
    enlarged: Enlarged | None = None
    if request.upscale is not None and (enlarged := (yield from enlarge(request, models, control))) is None:
        return
    setup = yield from ladder.climb(lambda relief: _prepare(request, models, info, dtype, control, relief))
    if setup is None:
        return
    paces: list[float] = []
    held = [setup]  # the only place that holds it: another form of the model must not come beside this one
    del setup
    for image_index in range(request.images):
        if control.is_cancelled:
            return
        stopped_at = yield from ladder.climb(_maker(request, image_index, held, enlarged, paces))
        if control.is_cancelled:
            return
        images += 1
        if stopped_at is not None or control.is_stopping:  # said while it was decoded
            break
    if len(paces) >= PACED_STEPS and request.edited is None and request.upscale is None:
        pace = statistics.median(paces) / (request.width * request.height)
        remember_pace(info, str(models.device), request.speed, pace)
    yield Finished(images, time.monotonic() - began)


def _planned(request: GenerationRequest, info: ModelInfo, models: Models, dtype: torch.dtype) -> Relief:
    """What is done from the start: where a processor's memory runs out, the system ends the whole process.

    Models that are not needed now leave before anything is done to this one.
    """
    extent = worked_extent(request, info)
    if request.edited is not None:
        # its plan cuts crops of about so much
        extent = Extent(*(min(side, EDITED_SIDE_PX) for side in extent))
    while True:
        plan = _plan(request, info, models, dtype, extent)
        heavier = set(plan.measures) - {Measure.SHORT_NUMBERS}
        is_short = bool(heavier) or not plan.fits
        if not (is_short and models.let_go_oldest(info)):
            return Relief(
                offload=bool(heavier & {Measure.OFFLOAD, Measure.GROUP_OFFLOAD}),
                in_groups=Measure.GROUP_OFFLOAD in heavier,
                eight_bits=Measure.EIGHT_BITS in heavier,
                tiled_decode=Measure.TILED_DECODE in heavier,
            )
        empty_caches()


def _plan(
    request: GenerationRequest, info: ModelInfo, models: Models, dtype: torch.dtype, extent: Extent
) -> JobPlan:
    device = models.device
    free = free_bytes(str(device))
    free += models.bytes_of_kept(info, dtype) if free else 0
    may_pack, is_half = request.speed is not Speed.EXACT, str(dtype) == "torch.float16"
    return plan_job(info, extent, dtype.itemsize, free, device.type not in SHARED, may_pack, is_half)


def _prepare(
    request: GenerationRequest,
    models: Models,
    info: ModelInfo,
    dtype: torch.dtype,
    control: Control,
    relief: Relief,
) -> Generator[Event, None, Setup | None]:
    """None where it was cancelled."""
    vae = vae_of(request, info, models.catalog)
    model = yield from _load(models, info, dtype, control, relief)
    if model is None:
        return None
    models.exchange_vae(model, vae)
    setup = Setup(info, models, model, control, relief, vae=vae)
    if request.maps:
        yield Loading("maps")
        setup.load_controls(setup.controls_of(request))
    if request.references and info.capabilities.adapters:
        yield Loading("references")
        setup.load_references(setup.references_of(request))
    first = request.worded(0)
    with model.refining() if request.upscale is not None else nullcontext():
        yield from prepare_prompts(first, model, setup.learnt_of(first))
    return replace(setup, preview=(yield from prepare_preview(model, info, models, control)))


def _load(
    models: Models, info: ModelInfo, dtype: torch.dtype, control: Control, relief: Relief
) -> Generator[Event, None, LoadedModel | None]:
    """The model, with its progress while a large file is read for the first time; None where cancelled."""
    loaded: list[LoadedModel] = []

    def load(emit: Emit, is_cancelled: IsCancelled) -> None:
        said = 0.0

        def progress(share: float) -> None:
            nonlocal said
            if is_cancelled():
                raise Cancelled
            if share - said >= LEAST_PROGRESS:
                said = share
                emit(Loading("model", share))

        loaded.append(
            models.load(info, dtype, progress, eight_bits=relief.eight_bits, outside=relief.offload)
        )

    yield Loading("model")
    yield from stream(load, control)
    return None if control.is_cancelled else loaded[0]


def _maker(
    request: GenerationRequest,
    image_index: int,
    held: list[Setup],
    enlarged: Enlarged | None,
    paces: list[float],
) -> Callable[[Relief], Generator[Event, None, int | None]]:
    """Makes picture `image_index`, as often as it is called; steps that were said are not said again.

    Gives the step after which the artist stopped and kept. `held` is the setup; another relief puts another
    in its place. Into `paces` come the seconds of each step but the first, which waits for what is loaded.
    """
    said = 0

    def picture_with(setup: Setup) -> Made:
        if enlarged is not None:
            return UpscaledPicture(request, image_index, setup, enlarged)
        if request.edited is not None:
            return EditedPicture(request, image_index, setup)
        return Picture(Run(request, image_index, setup))

    def make(relief: Relief) -> Generator[Event, None, int | None]:
        nonlocal said
        if relief != held[0].relief:
            under = held.pop().under(relief)
            held.append(under())
        picture = picture_with(held[0])
        with closing(stream(picture.make, held[0].control)) as events:
            for event in events:
                if not isinstance(event, Step):
                    yield event
                elif event.index <= said:
                    yield Loading("replay", event.index / said)
                else:
                    said = event.index
                    if said > 1:
                        paces.append(event.seconds)
                    yield event
        return picture.stopped_at

    return make


def _free(models: Models, info: ModelInfo, dtype: torch.dtype) -> None:
    """Only what denoises and decodes with `info` stays in memory."""
    KEPT.clear()
    models.keep_only(info, dtype)
