"""From the document to the engine: the picture that a request sees, and what of it may change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from desktop.raster.rect import Rect
from desktop.raster.tile import TILE, Kind
from desktop.raster.tiles import Tiles
from desktop.state.document import rendering, tree
from desktop.state.document.document_state import MaskMode
from desktop.state.editing.edit_settings import EditValues, Intent
from engine.api.edit import Edit, EditKind, EditMode, PlacePrompt
from engine.api.errors import BadRequest
from engine.api.form import Json
from engine.api.images import ImageInput
from engine.api.mask import Coverage, MaskInput
from engine.api.request import GenerationRequest
from engine.api.task import Request

if TYPE_CHECKING:
    from desktop.state.document.document import Document

MOST_PIXELS = 24_000_000
"""A larger canvas is not sent whole: only the neighbourhood of what may change."""
LEAST_NEIGHBOURHOOD_PX = 1024
"""On each side of what may change, so that its context is there whatever the padding."""
KINDS = {Intent.REMOVE: EditKind.REMOVE, Intent.REFINE: EditKind.REFINE}
ON_CANVAS = "canvas"
"""Key in `GenerationRequest.extra` of where a result belongs."""


@dataclass(frozen=True)
class Place:
    """Where on which document a request's picture lies."""

    document: str
    left: int
    top: int
    layer: str = ""
    """The result layer that gets it as a further variant; empty: a new one."""
    replaces: bool = False
    """It takes the place of what is in that layer, and was made as if that were not there."""

    def to_json(self) -> dict[str, Json]:
        return dict(vars(self))

    @staticmethod
    def of(request: Request) -> Place | None:
        """None for a request that was not made on a canvas."""
        form = request.extra.get(ON_CANVAS)
        if not isinstance(form, dict):
            return None
        document, left, top = (form.get(name) for name in ("document", "left", "top"))
        if not isinstance(document, str) or type(left) is not int or type(top) is not int:
            return None
        layer = form.get("layer")
        layer = layer if isinstance(layer, str) else ""
        return Place(document, left, top, layer, form.get("replaces") is True)


@dataclass(frozen=True, eq=False)
class Changing:
    """What an intent lets change on a document, before any pixel is read."""

    mask: Tiles | None
    """Coverage; None where all may change."""
    mode: EditMode
    bounds: Rect
    """Beyond it nothing changes."""


def changing(document: Document, intent: Intent) -> Changing:
    """What `intent` lets change. Raises `BadRequest` where that is nothing."""
    keeps = document.mask_mode is MaskMode.KEEP and intent is Intent.PAINTED
    if intent in (Intent.PAINTED, Intent.REMOVE):
        mode = EditMode.KEEP if keeps else EditMode.CHANGE
        return _masked(document, document.mask, mode, "nothing is painted in the mask", "nothing_painted")
    if intent is Intent.EMPTY:
        return _masked(document, empty_coverage(document), EditMode.CHANGE, "no place is empty", "none_empty")
    if intent is Intent.REFINE and document.mask.keys():
        return _masked(document, document.mask, EditMode.CHANGE, "nothing is painted", "nothing_painted")
    if document.selection is not None:
        return _masked(document, document.selection, EditMode.CHANGE, "nothing is selected", "none_selected")
    return Changing(None, EditMode.CHANGE, document.canvas)


def _masked(document: Document, mask: Tiles, mode: EditMode, reason: str, problem: str) -> Changing:
    bounds = mask.bounds().intersected(document.canvas)
    if bounds.is_empty and mode is EditMode.CHANGE:
        raise BadRequest("mask", reason, problem=problem)
    return Changing(mask, mode, document.canvas if mode is EditMode.KEEP else bounds)


def empty_coverage(document: Document) -> Tiles:
    """How transparent the canvas is: what outpainting fills."""
    empty = Tiles(Kind.COVERAGE)
    for top in range(0, document.size.height, TILE):
        strip = Rect(0, top, document.size.width, min(TILE, document.size.height - top))
        empty.write(strip, 255 - document.composite.flattened(strip)[..., 3])
    empty.prune(empty.keys())
    return empty


def source_rect(document: Document, bounds: Rect) -> Rect:
    """The part of the canvas that a request sees."""
    if document.canvas.area <= MOST_PIXELS:
        return document.canvas
    margin = max(LEAST_NEIGHBOURHOOD_PX, bounds.width, bounds.height)
    return bounds.grown(margin).intersected(document.canvas)


def picture_of(document: Document, rect: Rect, without: str = "") -> NDArray[np.uint8]:
    """What one sees of the document in `rect`, over white: height x width x 3, RGB.

    `without` is the id of a layer that is left out.
    """
    hidden = document.layer(without) if without else None
    root = tree.removed(document.root, without) if hidden is not None else document.root
    seen = rendering.flattened(root, rect)
    white = 255 - seen[..., 3:]
    return np.ascontiguousarray((seen[..., :3] + white)[..., ::-1])


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


def canvas_request(
    base: GenerationRequest, document: Document, settings: EditValues, live_layer: str = ""
) -> GenerationRequest:
    """`base` as an edit of the document. Raises `BadRequest` naming what is wrong or missing.

    `live_layer`: the layer that the result replaces, made as if that were not there.
    """
    change = changing(document, settings.intent)
    rect = source_rect(document, change.bounds)
    name = document.path.name if document.path is not None else ""
    image = ImageInput.of(picture_of(document, rect, live_layer), name)
    place = Place(document.id, rect.left, rect.top, live_layer, replaces=bool(live_layer))
    request = replace(
        base,
        sampling=replace(base.sampling, strength=settings.strength),
        branch=None,
        extra={**base.extra, ON_CANVAS: place.to_json()},
    )
    return request.with_edit(image, edit_of(settings, change, rect, base.prompt)).validated()
