"""From the document to the engine: the picture that a request sees, and what of it may change.

For the disk pool: a canvas of many layers takes a second to be laid together, hashed and packed.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from desktop.raster import opencv as cv2
from desktop.raster.rect import Rect
from desktop.raster.tiles import Tiles
from desktop.state.document import maps, regions, rendering
from desktop.state.editing.changing import Changing, Seen, changing, root_without, source_rect, strips
from desktop.state.editing.edit_settings import EditValues, Intent
from desktop.state.editing.layered import of_the_whole, refuse_parts
from desktop.state.editing.made_from import source_of
from desktop.state.reference_places import painted_in
from engine.api.canvas_place import ON_CANVAS, CanvasPlace
from engine.api.edit import Edit, EditKind, PlacePrompt
from engine.api.images import ImageInput
from engine.api.mask import Coverage, MaskInput
from engine.api.model_info import ModelInfo
from engine.api.regions import RegionInput
from engine.api.request import GenerationRequest

KINDS = {Intent.REMOVE: EditKind.REMOVE, Intent.REFINE: EditKind.REFINE}


def picture_of(seen: Seen, rect: Rect, without: str = "") -> NDArray[np.uint8]:
    """What one sees of the document in `rect`, over white: height x width x 3, RGB.

    `without` is the id of a layer that is left out.
    """
    root = root_without(maps.picture_root(seen.state), without)
    picture = np.empty((rect.height, rect.width, 3), np.uint8)
    for strip in strips(rect):
        shown = rendering.flattened(root, strip)
        there = slice(strip.top - rect.top, strip.bottom - rect.top)
        picture[there] = (shown[..., :3] + (255 - shown[..., 3:]))[..., ::-1]
    return picture


def with_edges_continued(picture: NDArray[np.uint8], empty: Coverage) -> NDArray[np.uint8]:
    """`picture` (H x W x 3, over white) over the nearest of its pixels that hides all, where it is `empty`.

    What fills a place is blended into what was there, and its seam is measured against that: not against a
    white that nobody painted.
    """
    known = empty == 0
    if known.all() or not known.any():
        return picture
    _, nearest = cv2.distanceTransformWithLabels(
        (~known).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    colours = np.empty((int(nearest.max()) + 1, 3), np.uint8)
    colours[nearest[known]] = picture[known]
    under, share = colours[nearest[~known]], empty[~known][:, None].astype(np.uint16)
    result = picture.copy()
    result[~known] = picture[~known] - ((255 - under.astype(np.uint16)) * share + 127) // 255
    return result


def mask_input(mask: Tiles, rect: Rect) -> MaskInput:
    """The coverage in `rect` as the engine takes it; only where something is painted is read."""
    part = mask.bounds().intersected(rect)
    coverage: Coverage = mask.read(part) if not part.is_empty else np.zeros((1, 1), np.uint8)
    return MaskInput.placed(coverage, part.left - rect.left, part.top - rect.top, rect.extent)


def _told_mask(change: Changing, rect: Rect) -> MaskInput | None:
    """What may change of `rect` of the canvas; a result's own mask lies as the result does."""
    if change.mask is None:
        return None
    across, down = change.again.offset if change.again is not None else (0, 0)
    return mask_input(change.mask, rect.moved(-across, -down))


def edit_of(settings: EditValues, change: Changing, rect: Rect, prompt: str = "") -> Edit:
    """The engine's edit for what is set and painted; `prompt` serves places without words of their own."""
    return Edit(
        mask=_told_mask(change, rect),
        mode=change.mode,
        kind=KINDS.get(settings.intent, EditKind.CHANGE),
        grow_px=settings.grow_px,
        feather_px=settings.feather_px,
        padding_px=settings.padding_px,
        fill=settings.fill,
        paste_feather_px=settings.paste_feather_px,
        places=place_prompts(settings.place_prompts, prompt),
        seam=settings.seam,
    )


def place_prompts(words: tuple[str, ...], prompt: str) -> tuple[PlacePrompt, ...]:
    """Words are counted off to the places as one reads: a place before others without any gets `prompt`."""
    last = max((number for number, own in enumerate(words, 1) if own.strip()), default=0)
    return tuple(PlacePrompt(own if own.strip() else prompt) for own in words[:last])


def only_words_with_a_place(request: GenerationRequest, info: ModelInfo) -> GenerationRequest:
    """Without the words that were typed for places of an earlier mask: their lines are not shown any more."""
    # it brings OpenCV, which is not loaded with the window
    from engine.editing.plan import plan_edit

    edit = request.edit
    if edit is None or not edit.places:
        return request
    count = len(plan_edit(request, info).separate.bounds)
    return replace(request, edit=replace(edit, places=edit.places[: count if count > 1 else 0]))


def with_maps(
    request: GenerationRequest, seen: Seen, rect: Rect, info: ModelInfo | None
) -> GenerationRequest:
    """`request` with the document's maps for what lies in `rect`, where the model can follow any."""
    if not seen.state.maps or (info is not None and not info.capabilities.maps):
        return request
    # it brings OpenCV and scikit-image, which are not loaded with the window
    from desktop.state.editing.map_pixels import map_inputs

    return replace(request, maps=map_inputs(seen.state, rect, request.extent))


def with_regions(
    request: GenerationRequest, seen: Seen, rect: Rect, info: ModelInfo | None
) -> GenerationRequest:
    """`request` with the document's regions for what lies in `rect`, where the model can follow any."""
    if info is not None and not info.capabilities.regions:
        return request
    found = [
        RegionInput(region.prompt, MaskInput.of(coverage), region.weight)
        for region in seen.state.regions
        if region.counts and (coverage := regions.coverage_of(seen.state, region, rect)) is not None
    ]
    return replace(request, regions=tuple(found))


def with_reference_places(request: GenerationRequest, seen: Seen, rect: Rect) -> GenerationRequest:
    """`request` with what of `rect` its references are bound to."""
    return replace(request, references=painted_in(request.references, seen.state, rect))


def picture_to_change(
    seen: Seen, change: Changing, rect: Rect, settings: EditValues, without: str = ""
) -> ImageInput:
    """What the model sees: what one sees in `rect`, or what the result was made from that is made anew."""
    if change.again is not None:
        return source_of(change.again)
    picture = picture_of(seen, rect, without)
    if settings.intent is Intent.EMPTY and change.mask is not None:
        picture = with_edges_continued(picture, change.mask.read(rect))
    return ImageInput.of(picture, seen.name)


def canvas_request(
    base: GenerationRequest,
    seen: Seen,
    settings: EditValues,
    info: ModelInfo | None = None,
    live_layer: str = "",
) -> GenerationRequest:
    """`base` as an edit of the document. Raises `BadRequest` naming what is wrong or missing.

    `info`: of the model, where it is known. `live_layer`: the layer that the result replaces, made as if that
    were not there.
    """
    if settings.intent is Intent.NEW:  # the canvas is looked at for its maps and regions alone
        request = with_maps(base, seen, seen.canvas, info)
        request = with_regions(request, seen, seen.canvas, info)
        return with_reference_places(request, seen, seen.canvas).validated()
    if info is not None and info.capabilities.whole_pictures:
        return _of_the_whole(base, seen, settings, info, live_layer)
    change = changing(seen, settings.intent, live_layer)
    rect = source_rect(seen, change, settings)
    image = picture_to_change(seen, change, rect, settings, live_layer)
    left, top = rect.left + seen.state.origin[0], rect.top + seen.state.origin[1]
    layer_id = change.again.id if change.again is not None else live_layer
    place = CanvasPlace(seen.identity, left, top, layer_id, bool(live_layer), seen.after)
    request = replace(
        base,
        sampling=replace(base.sampling, strength=settings.strength),
        branch=None,
        extra={**base.extra, ON_CANVAS: place.to_json()},
    )
    request = request.with_edit(image, edit_of(settings, change, rect, base.prompt))
    request = with_maps(request, seen, rect, info)
    request = with_regions(request, seen, rect, info)
    request = with_reference_places(request, seen, rect).validated()
    if info is None:
        return request
    info.check(request)
    return only_words_with_a_place(request, info)


def _of_the_whole(
    base: GenerationRequest, seen: Seen, settings: EditValues, info: ModelInfo, live_layer: str
) -> GenerationRequest:
    if settings.intent is not Intent.WHOLE or live_layer:
        raise refuse_parts()
    image = ImageInput.of(picture_of(seen, seen.canvas), seen.name)
    place = CanvasPlace(seen.identity, *seen.state.origin, after=seen.after)
    base = replace(base, extra={**base.extra, ON_CANVAS: place.to_json()})
    return of_the_whole(base, image, info)
