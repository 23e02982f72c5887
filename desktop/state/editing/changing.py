"""What an intent lets change on a document, and how much of the canvas a request sees for that.

For the disk pool: a canvas of many layers takes a second to be looked through.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from desktop.raster.rect import Rect
from desktop.raster.tile import TILE, Kind
from desktop.raster.tiles import Tiles
from desktop.state.document import maps, rendering, tree
from desktop.state.document.document_state import DocumentState, MaskMode
from desktop.state.document.layers import Group, ResultLayer
from desktop.state.editing.edit_settings import EditValues, Intent
from desktop.state.editing.made_from import can_be_made_again, source_extent
from engine.api.edit import EditMode
from engine.api.errors import BadRequest

if TYPE_CHECKING:
    from desktop.state.document.document import Document

MOST_PIXELS = 24_000_000
"""A larger canvas is not sent whole: only the neighbourhood of what may change."""
LEAST_NEIGHBOURHOOD_PX = 1024
"""On each side of what may change, so that its context is there whatever the padding."""


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
    again: ResultLayer | None = None
    """What was to be filled is filled by this layer: it gets another variant, from what it was made from."""


def changing(seen: Seen, intent: Intent, without: str = "") -> Changing:
    """What `intent` lets change. Raises `BadRequest` where that is nothing.

    `without` is the id of a layer that counts as if it were not there.
    """
    state = seen.state
    if intent in (Intent.PAINTED, Intent.REMOVE):
        keeps = state.mask_mode is MaskMode.KEEP and intent is Intent.PAINTED
        mode = EditMode.KEEP if keeps else EditMode.CHANGE
        return _masked(seen, state.mask, mode, "nothing is painted in the mask", "nothing_painted")
    if intent is Intent.EMPTY:
        return _empty(seen, without)
    if intent is Intent.REFINE and state.mask.keys():
        return _masked(seen, state.mask, EditMode.CHANGE, "nothing is painted", "nothing_painted")
    if state.selection is not None:
        return _masked(seen, state.selection, EditMode.CHANGE, "nothing is selected", "none_selected")
    return Changing(None, EditMode.CHANGE, seen.canvas)


def _empty(seen: Seen, without: str) -> Changing:
    """The empty places; where one layer has filled them all, they are made anew in that layer."""
    mask = empty_coverage(seen, without)
    layer = filling_layer(seen) if not without and not mask.keys() else None
    if layer is None or layer.mask is None:
        return _masked(seen, mask, EditMode.CHANGE, "no place is empty", "none_empty")
    return Changing(layer.mask, EditMode.CHANGE, layer.mask.bounds().moved(*layer.offset), layer)


def filling_layer(seen: Seen) -> ResultLayer | None:
    """The result that fills what would be empty without it: the active layer before the topmost one. Where
    several lie over one another, the one of them that fills most."""
    layers = [layer for layer in seen.state.root.walk() if isinstance(layer, ResultLayer)][::-1]
    layers.sort(key=lambda layer: layer.id != seen.state.active_id)
    known = [layer for layer in layers if layer.mask is not None and can_be_made_again(layer)]
    alone = next((layer for layer in known if empty_coverage(seen, layer.id).keys()), None)
    if alone is not None or len(known) < 2:
        return alone
    bare = empty_coverage(seen, *(layer.id for layer in known))
    filling = max(known, key=lambda layer: filled_px(layer, bare))
    return filling if filled_px(filling, bare) else None


def filled_px(layer: ResultLayer, bare: Tiles) -> int:
    """How many pixels of `bare` the layer was to fill; 0 where it was to change something else as well."""
    assert layer.mask is not None
    across, down = layer.offset
    filled = 0
    for strip in strips(layer.mask.bounds().moved(across, down)):
        told, empty = layer.mask.read(strip.moved(-across, -down)) > 0, bare.read(strip) > 0
        if (told & ~empty).any():
            return 0
        filled += int(told.sum())
    return filled


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


def empty_coverage(seen: Seen, *without: str) -> Tiles:
    """How transparent the picture is: what outpainting fills. `without`: ids of layers to leave out."""
    root, empty = maps.picture_root(seen.state), Tiles(Kind.COVERAGE)
    for layer_id in without:
        root = root_without(root, layer_id)
    for strip in strips(seen.canvas):
        empty.write(strip, 255 - rendering.flattened(root, strip)[..., 3])
    empty.prune(empty.keys())
    return empty


def root_without(root: Group, layer_id: str) -> Group:
    return tree.removed(root, layer_id) if layer_id and tree.find(root, layer_id) is not None else root


def source_rect(seen: Seen, change: Changing, settings: EditValues) -> Rect:
    """The part of the canvas that a request sees."""
    if change.again is not None:
        return Rect.whole(source_extent(change.again)).moved(*change.again.offset)
    bounds = change.bounds
    if seen.canvas.area <= MOST_PIXELS:
        return seen.canvas
    context = (settings.padding_px or 0) + settings.grow_px
    margin = max(LEAST_NEIGHBOURHOOD_PX, context, bounds.width, bounds.height)
    return bounds.grown(margin).intersected(seen.canvas)
