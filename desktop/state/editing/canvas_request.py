"""From the document to the engine: the picture that a request sees, and what of it may change.

For the disk pool: a canvas of many layers takes a second to be laid together, hashed and packed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop.raster import opencv as cv2
from desktop.raster.rect import Rect
from desktop.raster.tile import TILE, Kind
from desktop.raster.tiles import Tiles
from desktop.state.document import maps, regions, rendering, tree
from desktop.state.document.document_state import DocumentState, MaskMode
from desktop.state.editing.edit_settings import EditValues, Intent
from engine.api.canvas_place import ON_CANVAS, CanvasPlace
from engine.api.edit import Edit, EditKind, EditMode, PlacePrompt
from engine.api.errors import BadRequest
from engine.api.images import ImageInput
from engine.api.mask import Coverage, MaskInput
from engine.api.model_info import ModelInfo
from engine.api.regions import RegionInput
from engine.api.request import GenerationRequest

if TYPE_CHECKING:
    from desktop.state.document.document import Document

MOST_PIXELS = 24_000_000
"""A larger canvas is not sent whole: only the neighbourhood of what may change."""
LEAST_NEIGHBOURHOOD_PX = 1024
"""On each side of what may change, so that its context is there whatever the padding."""
KINDS = {Intent.REMOVE: EditKind.REMOVE, Intent.REFINE: EditKind.REFINE}


@dataclass(frozen=True, eq=False)
class Seen:
    """A document at one moment; its tiles are shared, so that it costs little and may cross to the pool."""

    identity: str
    name: str
    """Of its file."""
    state: DocumentState
    after: int
    """The number of the last thing done."""

    @staticmethod
    def of(document: Document, with_layers: bool = True) -> Seen:
        """`with_layers=False`: only masks and selection will be looked at."""
        document.finish()
        state = document.state
        if not with_layers:
            state = replace(state, root=replace(state.root, children=()))
        name = document.path.name if document.path is not None else ""
        last = document.history.last
        return Seen(document.identity, name, state.copy(), last.number if last is not None else 0)

    @property
    def canvas(self) -> Rect:
        return Rect.whole(self.state.size)


@dataclass(frozen=True, eq=False)
class Changing:
    """What an intent lets change on a document, before any pixel is read."""

    mask: Tiles | None
    """Coverage; None where all may change."""
    mode: EditMode
    bounds: Rect
    """Beyond it nothing changes."""


def changing(seen: Seen, intent: Intent) -> Changing:
    """What `intent` lets change. Raises `BadRequest` where that is nothing."""
    state = seen.state
    if intent in (Intent.PAINTED, Intent.REMOVE):
        keeps = state.mask_mode is MaskMode.KEEP and intent is Intent.PAINTED
        mode = EditMode.KEEP if keeps else EditMode.CHANGE
        return _masked(seen, state.mask, mode, "nothing is painted in the mask", "nothing_painted")
    if intent is Intent.EMPTY:
        return _masked(seen, empty_coverage(seen), EditMode.CHANGE, "no place is empty", "none_empty")
    if intent is Intent.REFINE and state.mask.keys():
        return _masked(seen, state.mask, EditMode.CHANGE, "nothing is painted", "nothing_painted")
    if state.selection is not None:
        return _masked(seen, state.selection, EditMode.CHANGE, "nothing is selected", "none_selected")
    return Changing(None, EditMode.CHANGE, seen.canvas)


def _masked(seen: Seen, mask: Tiles, mode: EditMode, reason: str, problem: str) -> Changing:
    bounds = mask.bounds().intersected(seen.canvas)
    if mode is EditMode.KEEP:
        return Changing(mask, mode, seen.canvas)
    if not covers_any(mask, bounds):
        raise BadRequest("mask", reason, problem=problem)
    return Changing(mask, mode, bounds)


def covers_any(mask: Tiles, rect: Rect) -> bool:
    """Whether a pixel of `rect` is covered: a tile may hold nothing any more, or only what lies outside."""
    return any(mask.read(strip).any() for strip in strips(rect))


def strips(rect: Rect) -> Iterator[Rect]:
    """`rect` from top to bottom, a tile's height at a time."""
    for top in range(rect.top, rect.bottom, TILE):
        yield Rect.between(rect.left, top, rect.right, min(top + TILE, rect.bottom))


def empty_coverage(seen: Seen) -> Tiles:
    """How transparent the canvas is: what outpainting fills."""
    empty = Tiles(Kind.COVERAGE)
    for strip in strips(seen.canvas):
        empty.write(strip, 255 - rendering.flattened(seen.state.root, strip)[..., 3])
    empty.prune(empty.keys())
    return empty


def source_rect(seen: Seen, bounds: Rect, settings: EditValues) -> Rect:
    """The part of the canvas that a request sees."""
    if seen.canvas.area <= MOST_PIXELS:
        return seen.canvas
    context = (settings.padding_px or 0) + settings.grow_px
    margin = max(LEAST_NEIGHBOURHOOD_PX, context, bounds.width, bounds.height)
    return bounds.grown(margin).intersected(seen.canvas)


def picture_of(seen: Seen, rect: Rect, without: str = "") -> NDArray[np.uint8]:
    """What one sees of the document in `rect`, over white: height x width x 3, RGB.

    `without` is the id of a layer that is left out.
    """
    root = maps.picture_root(seen.state)
    if without and tree.find(root, without) is not None:
        root = tree.removed(root, without)
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


def edit_of(settings: EditValues, change: Changing, rect: Rect, prompt: str = "") -> Edit:
    """The engine's edit for what is set and painted; `prompt` serves places without words of their own."""
    return Edit(
        mask=mask_input(change.mask, rect) if change.mask is not None else None,
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
        return with_regions(request, seen, seen.canvas, info).validated()
    change = changing(seen, settings.intent)
    rect = source_rect(seen, change.bounds, settings)
    picture = picture_of(seen, rect, live_layer)
    if settings.intent is Intent.EMPTY and change.mask is not None:
        picture = with_edges_continued(picture, change.mask.read(rect))
    image = ImageInput.of(picture, seen.name)
    left, top = rect.left + seen.state.origin[0], rect.top + seen.state.origin[1]
    place = CanvasPlace(seen.identity, left, top, live_layer, bool(live_layer), seen.after)
    request = replace(
        base,
        sampling=replace(base.sampling, strength=settings.strength),
        branch=None,
        extra={**base.extra, ON_CANVAS: place.to_json()},
    )
    request = request.with_edit(image, edit_of(settings, change, rect, base.prompt))
    request = with_maps(request, seen, rect, info)
    request = with_regions(request, seen, rect, info).validated()
    if info is None:
        return request
    info.check(request)
    return only_words_with_a_place(request, info)
