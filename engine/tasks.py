"""Which generator serves which request: the one door from a request to its events."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.api.control import Control
from engine.api.errors import BadRequest
from engine.api.events import Event
from engine.api.images import ImageInput
from engine.api.look import LookRequest
from engine.api.mask import MaskInput
from engine.api.measuring import MeasureRequest
from engine.api.model_info import Layout, ModelInfo
from engine.api.request import GenerationRequest, steps_run
from engine.api.segment import SegmentRequest
from engine.api.task import Request
from engine.api.training import TrainRequest
from engine.diffusion.toy import generate_toy
from engine.models.words.other_words import with_other_words
from engine.vocabulary.wording import with_words_drawn

if TYPE_CHECKING:
    from engine.models.cache import Models


FIRST_DRAWN = 8
"""Pictures whose drawn words are looked through for what is not here, before the first is begun."""


def run(request: Request, models: Models, control: Control | None = None) -> Generator[Event, None, None]:
    """The events of `request`, in order; closing the iterator cancels and frees what it holds.

    Everything that can be checked is checked before it returns: raises the `EngineError`s of the
    catalog (`ModelNotFound`, `UnsupportedModel`, `UnsafeFile`) and `BadRequest` naming the field.
    The events end without `Finished` when `control` is cancelled.
    """
    control = control or Control()
    if isinstance(request, TrainRequest):
        return _teach(request.validated(), models, control)
    if isinstance(request, SegmentRequest):
        return _segment(request.validated(), models, control)
    if isinstance(request, LookRequest):
        return _look(request.validated(), models, control)
    if isinstance(request, MeasureRequest):
        return _measure(request.validated(), models, control)
    request = with_words_drawn(request.validated())
    if request.upscale is not None:
        return _enlarge(request, models, control)
    info = models.catalog.find(request.model)
    info.check(request)
    if info.capabilities.needs_picture:
        request = _at_whole_strength(request)
    _check_inputs("", request)
    _check_branch(request)
    _check_strength(request)
    if request.edited is not None and (events := _edit_without_network(request, info, control)) is not None:
        return events
    if info.layout is Layout.BUILT_IN:
        _check_nothing_learnt(request, info)
        return generate_toy(replace(request, read_as=request.read_as or ()), info, control)
    from engine.drawn_maps import check_drawers, with_own_map
    from engine.generation import generate  # torch weighs seconds, and a toy needs none
    from engine.models.named.controls import controls_of
    from engine.models.named.learnt import (  # reads the base's layers, for which a single file needs torch
        learnt_of,
        with_words,
    )
    from engine.models.named.references import references_of

    request = with_own_map(request, info)
    if request.drawn:
        request = with_words(request, info, models.catalog)
    learnt: list[str] = []
    for index in range(min(request.images, FIRST_DRAWN)) if request.drawn else [0]:
        learnt += learnt_of(request.worded(index), info, models.catalog).triggers
    request = with_other_words(request, info, tuple(learnt))
    controls_of(request, info, models.catalog)
    references_of(request, info, models.catalog)
    check_drawers(request, models)
    return generate(request, info, models, control)


def _enlarge(request: GenerationRequest, models: Models, control: Control) -> Generator[Event, None, None]:
    """The model of the request counts only where it is to refine the enlarged picture."""
    from engine.upscaling.enlarge import check_upscale

    assert request.upscale is not None
    _check_pixels("image", request.image, "the picture to enlarge")
    _check_pixels("alpha", request.upscale.alpha, "the alpha")
    check_upscale(request, models)
    if not request.upscale.refine:
        from engine.enlarging import enlarge_only

        return enlarge_only(request, models, control)
    info = models.catalog.find(request.model)
    info.check(request)
    if info.capabilities.redraws:
        request = _at_whole_strength(request)
    _check_strength(request)
    from engine.generation import generate  # torch weighs seconds
    from engine.models.named.learnt import learnt_of

    learnt = learnt_of(request, info, models.catalog)
    request = with_other_words(request, info, learnt.triggers)
    return generate(request, info, models, control)


def _edit_without_network(
    request: GenerationRequest, info: ModelInfo, control: Control
) -> Generator[Event, None, None] | None:
    """The events of an edit that needs none; None where it does, and its plan is sound."""
    from engine.editing.plan import plan_edit  # OpenCV weighs a tenth of a second
    from engine.editing.requests import check_branch_step

    plan = plan_edit(request, info)
    plan.check()
    check_branch_step(request, len(plan.places))
    if not plan.places and request.branch is None:
        from engine.editing.untouched import leave_untouched

        return leave_untouched(request, info, plan, control)
    if info.layout is Layout.BUILT_IN:
        _check_nothing_learnt(request, info)
        from engine.edited_toy import generate_edited_toy  # colour science weighs half a second

        return generate_edited_toy(request, info, plan, control)
    return None


def _teach(request: TrainRequest, models: Models, control: Control) -> Generator[Event, None, None]:
    info = models.catalog.find(request.model)
    can = info.capabilities
    if can.inpainting or can.needs_picture:
        raise BadRequest(
            "model",
            f"{info.title} changes pictures and cannot be taught by pictures alone; choose the plain model",
            problem="no_network",
        )
    if not can.learns:
        raise BadRequest("model", f"{info.title} cannot be taught; choose another", problem="no_network")
    if request.method not in can.learns:
        raise BadRequest(
            "embeddings", f"{info.title} cannot learn a word; teach it by a LoRA", problem="no_embeddings"
        )
    from engine.training.folder import read_folder
    from engine.training.teach import teach  # torch weighs seconds

    read_folder(Path(request.folder), request.captions)
    return teach(request, info, models, control)


def _segment(request: SegmentRequest, models: Models, control: Control) -> Generator[Event, None, None]:
    info = models.catalog.find_segmenter(request.model)
    from engine.segmenting import segment  # torch weighs seconds

    return segment(request, info, models, control)


def _look(request: LookRequest, models: Models, control: Control) -> Generator[Event, None, None]:
    from engine.drawn_maps import look
    from engine.models.named.looking import chosen

    chosen(request.kind, request.by, models.catalog)
    return look(request, models, control)


def _measure(request: MeasureRequest, models: Models, control: Control) -> Generator[Event, None, None]:
    info = models.catalog.find(request.model)
    if info.layout is Layout.BUILT_IN:
        raise BadRequest("model", f"{info.title} has no network to be measured", problem="no_network")
    from engine.speed_trial import measure  # numpy and OpenCV weigh a tenth of a second

    return measure(request, info, models, control, run)


def _at_whole_strength(request: GenerationRequest) -> GenerationRequest:
    """A network that follows a picture begins in noise: how far it leaves the picture is not by strength."""
    branch = request.branch
    if branch is not None:
        branch = replace(branch, origin=_at_whole_strength(branch.origin))
    return replace(request, sampling=replace(request.sampling, strength=1.0), branch=branch)


def _check_nothing_learnt(request: GenerationRequest, info: ModelInfo) -> None:
    for field in ("loras", "embeddings"):
        if getattr(request, field):
            raise BadRequest(
                field, f"{info.title} has no network that they could change", problem="no_network"
            )


def _check_inputs(where: str, request: GenerationRequest) -> None:
    """The pixels of the start picture and of the mask are there; `where` is what the field begins with."""
    mask = request.edit.mask if request.edit is not None else None
    _check_pixels(f"{where}image", request.image, "the start picture")
    _check_pixels(f"{where}mask", mask, "the mask")
    for region in request.regions:
        _check_pixels(f"{where}regions", region.mask, "the mask of a place")
    for given in request.maps:
        _check_pixels(f"{where}maps", given.image, f"the {given.kind} map")
    for given in request.references:
        _check_pixels(f"{where}references", given.image, "the reference picture")
        _check_pixels(f"{where}references", given.place, "the place of a reference")


def _check_pixels(field: str, given: ImageInput | MaskInput | None, what: str) -> None:
    if given is not None and given.pixels is None:
        raise BadRequest(
            field, f"the pixels of {given.name or what} are missing; choose it again", problem="no_pixels"
        )


def _check_branch(request: GenerationRequest) -> None:
    """A branch goes on with latents, so model and canvas are those of its origin."""
    if request.branch is None:
        return
    origin = request.branch.origin
    _check_pixels_below(request)
    if origin.model != request.model:
        raise BadRequest("model", "a branch goes on with the model it started with", problem="branch")
    if origin.extent != request.extent:
        raise BadRequest("width", f"a branch keeps its size, {origin.extent}", problem="branch")


def _check_pixels_below(request: GenerationRequest) -> None:
    """Of what it branches from, and what that branches from in its turn: any of them may be made again."""
    field = ""
    while request.branch is not None:
        request, field = request.branch.origin, f"{field}branch.origin."
        _check_inputs(field, request)


def _check_strength(request: GenerationRequest) -> None:
    steps, strength = request.sampling.steps, request.sampling.strength
    if request.image is not None and steps_run(steps, strength) < 1:
        raise BadRequest(
            "strength",
            f"{strength:g} of {steps} steps is less than one; at least {1 / steps:.2g} is needed",
            at_least=float(f"{1 / steps:.2g}"),
        )
