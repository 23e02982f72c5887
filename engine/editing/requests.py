"""From one request for an edit to the plain request for each of its places."""

from __future__ import annotations

from dataclasses import replace

from engine.api.errors import BadRequest
from engine.api.images import Extent, ImageInput, Pixels
from engine.api.maps import MapInput
from engine.api.mask import MaskInput
from engine.api.rect import Rect
from engine.api.references import ReferenceInput
from engine.api.regions import RegionInput
from engine.api.request import Branch, GenerationRequest, steps_run
from engine.conditioning.fitting import cut, cut_mask
from engine.editing.plan import PlannedPlace

SEED_STRIDE = 0x9E3779B97F4A7C15
"""2**64 over the golden ratio: places of one picture begin in different noise, whatever seeds come next."""


def steps_of_place(request: GenerationRequest) -> int:
    """How many steps each place of the edit `request` takes, itself or as the branch that it is."""
    sampling = request.sampling
    if request.branch is None:
        return steps_run(sampling.steps, sampling.strength)
    if request.branch.is_exact_for(sampling):
        return steps_of_place(request.branch.origin)
    return sampling.steps


def place_request(
    request: GenerationRequest, image_index: int, place: PlannedPlace, start: Pixels
) -> GenerationRequest:
    """What makes `place` of picture `image_index`, beginning with `start` (its working size).

    A branch is cut at the place that its step lies in: places before it are as in the origin, those after
    it are begun anew with the branch's own words and settings.
    """
    if request.branch is None:
        return _begun(request, image_index, place, start)
    branch = request.branch
    origin = place_request(branch.origin, branch.image_index, place, start)
    per_place = steps_of_place(branch.origin)
    step = branch.step - per_place * place.index
    if step <= 0:
        return _begun(_with_own_strength(request), image_index, place, start)
    if step >= per_place:
        return replace(origin, image=None, branch=Branch(origin, 0, per_place))
    own = _begun(request, image_index, place, start)
    return replace(own, image=None, branch=Branch(origin, 0, step))


def check_branch_step(request: GenerationRequest, places: int) -> None:
    """Raises `BadRequest` where the picture that the edit `request` branches from has no such step."""
    branch = request.branch
    if branch is None:
        return
    check_branch_step(branch.origin, places)
    last = steps_of_place(branch.origin) * places
    if not 1 <= branch.step <= last:
        raise BadRequest("branch.step", f"must be 1 to {last}")


def _begun(
    request: GenerationRequest, image_index: int, place: PlannedPlace, start: Pixels
) -> GenerationRequest:
    words, seed = place.words, request.seed_of(image_index)
    negative = words.negative_prompt if words is not None else None
    return replace(
        request,
        prompt=words.prompt if words is not None else request.prompt,
        negative_prompt=negative if negative is not None else request.negative_prompt,
        width=place.working.width,
        height=place.working.height,
        sampling=replace(request.sampling, seed=(seed + SEED_STRIDE * place.index) % 2**64),
        images=1,
        image=ImageInput.of(start),
        maps=_cropped(request, place),
        regions=_regions(request, place, words is not None),
        references=_references(request, place),
        edit=None,
        branch=None,
    )


def _cropped(request: GenerationRequest, place: PlannedPlace) -> tuple[MapInput, ...]:
    """The request's maps, which cover its canvas, as far as the network sees `place`."""
    origin = request.edited
    if not request.maps or origin is None or origin.edit is None or origin.image is None:
        return ()
    canvas: Rect = origin.edit.canvas(Extent(origin.image.width, origin.image.height))

    def cropped(given: MapInput) -> MapInput:
        if given.is_of_mask:
            return given
        assert given.image.pixels is not None
        assert not given.is_picture, "maps are drawn before places are cut"
        pixels = cut(given.image.pixels, canvas, place.crop, place.working, given.kind)
        return replace(given, image=ImageInput.of(pixels, given.image.name))

    return tuple(map(cropped, request.maps))


def _regions(request: GenerationRequest, place: PlannedPlace, has_own_words: bool) -> tuple[RegionInput, ...]:
    """The request's regions as far as the network sees `place`; none where the place has words of its own."""
    origin = request.edited
    if has_own_words or not request.regions or origin is None or origin.edit is None or origin.image is None:
        return ()
    canvas: Rect = origin.edit.canvas(Extent(origin.image.width, origin.image.height))
    cropped = [
        replace(region, mask=MaskInput.of(cut_mask(region.mask, canvas, place.crop, place.working)))
        for region in request.regions
    ]
    return tuple(region for region in cropped if region.mask.pixels is not None and region.mask.pixels.any())


def _references(request: GenerationRequest, place: PlannedPlace) -> tuple[ReferenceInput, ...]:
    """The request's references, bound to what the network sees of their places."""
    origin = request.edited
    assert origin is not None and origin.edit is not None and origin.image is not None
    canvas: Rect = origin.edit.canvas(Extent(origin.image.width, origin.image.height))

    def bound(given: ReferenceInput) -> ReferenceInput:
        if given.place is None:
            return given
        return replace(given, place=MaskInput.of(cut_mask(given.place, canvas, place.crop, place.working)))

    return tuple(map(bound, request.references))


def _with_own_strength(request: GenerationRequest) -> GenerationRequest:
    """A branch is no image to image of its own; where it begins a place anew it goes as far as its origin."""
    origin = request.edited
    assert origin is not None
    return replace(request, sampling=replace(request.sampling, strength=origin.sampling.strength))
