"""Crops the canvas, or extends it: drag its edges. Nothing is thrown away; layers reach outside."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from desktop.raster.rect import Rect
from desktop.raster.tiles import Tiles
from desktop.raster.transform import Affine, transformed
from desktop.state.document.document import Document
from desktop.state.document.document_map import cropped
from desktop.state.document.layers import Group, Layer
from desktop.tools.guide import Guide, Look
from desktop.tools.marked import QT_TRANSLATE_NOOP
from desktop.tools.marquee import corners
from desktop.tools.options import number
from desktop.tools.pen import Moment, PenEvent
from desktop.tools.tool import Cursor, Hand, Stroke, Tool
from engine.api.images import Extent

CROP = QT_TRANSLATE_NOOP("History", "Crop the canvas")
NEAR_PX = 9.0
LARGEST_PX = 16384
SMALLEST_PX = 1
SIDES = ((-1, -1), (0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0))
"""Which edges a handle moves: left or top (-1), right or bottom (1)."""


@dataclass(frozen=True, kw_only=True)
class CropOptions:
    step: float = number(1, QT_TRANSLATE_NOOP("ToolOptions", "Snap to"), 1, 64, suffix=" px")


def stroke(hand: Hand, options: CropOptions) -> Stroke:
    """Drag an edge or a corner, outwards too; drag inside to move the frame; Enter crops."""
    document = hand.document
    frame = document.canvas
    hand.show(guide_of(frame))
    while (event := (yield)).moment is not Moment.ACCEPT:
        if event.moment is not Moment.PRESS:
            continue
        side, began, press = side_at(event, frame, hand.zoom), frame, event
        while (event := (yield)).moment not in (Moment.RELEASE, Moment.ACCEPT):
            frame = dragged(side, began, press, event, int(options.step))
            hand.show(guide_of(frame))
        if event.moment is Moment.ACCEPT:
            break
    if frame != document.canvas:
        crop(document, frame)


def crop(document: Document, frame: Rect) -> None:
    """`frame` (in present document pixels) becomes the canvas; one entry of the history."""
    document.finish()
    dx, dy = -frame.left, -frame.top
    state, size = document.state, Extent(frame.width, frame.height)

    def work() -> tuple[Tiles | None, Tiles]:
        selection = None if state.selection is None else moved_tiles(state.selection, dx, dy)
        return selection, moved_tiles(state.mask, dx, dy)

    def take(found: tuple[Tiles | None, Tiles]) -> None:
        selection, mask = found
        document.set_state(
            replace(
                state,
                size=size,
                maps=cropped(state.maps, state.size, size, dx, dy),
                root=moved(state.root, dx, dy),
                selection=selection,
                mask=mask,
                origin=(state.origin[0] - dx, state.origin[1] - dy),
            )
        )

    covered = [tiles.bounds().area for tiles in (state.selection, state.mask) if tiles is not None]
    document.compute(CROP, work, take, sum(covered) if (dx, dy) != (0, 0) else 0)


def moved(layer: Layer, dx: int, dy: int) -> Layer:
    """With everything in it moved; the groups themselves stay."""
    if isinstance(layer, Group):
        return replace(layer, children=tuple(moved(child, dx, dy) for child in layer.children))
    return replace(layer, offset=(layer.offset[0] + dx, layer.offset[1] + dy))


def moved_tiles(tiles: Tiles, dx: int, dy: int) -> Tiles:
    return transformed(tiles, Affine(0, 0, dx, dy)) if (dx, dy) != (0, 0) else tiles


def side_at(event: PenEvent, frame: Rect, zoom: float) -> tuple[int, int] | None:
    """Which edges are taken hold of at the pen; None inside, which moves the frame."""
    near = NEAR_PX / zoom
    across = edge_at(event.x, frame.left, frame.right, near)
    down = edge_at(event.y, frame.top, frame.bottom, near)
    is_inside = frame.left < event.x < frame.right and frame.top < event.y < frame.bottom
    if (across, down) == (0, 0) and is_inside:
        return None
    if (across, down) == (0, 0) or not is_inside:
        # outside, the edges that lie between the pen and the frame come along
        across = across or (-1 if event.x < frame.left else 1 if event.x > frame.right else 0)
        down = down or (-1 if event.y < frame.top else 1 if event.y > frame.bottom else 0)
    return across, down


def edge_at(at: float, low: int, high: int, near: float) -> int:
    near = min(near, (high - low) / 3)
    return -1 if abs(at - low) <= near else 1 if abs(at - high) <= near else 0


def dragged(side: tuple[int, int] | None, began: Rect, press: PenEvent, event: PenEvent, step: int) -> Rect:
    """The frame after a drag; Alt moves the opposite edge the other way, Shift keeps its proportions."""
    dx, dy = snapped(event.x - press.x, step), snapped(event.y - press.y, step)
    if side is None:
        return began.moved(dx, dy)
    across, down = side
    if event.shift and across and down:
        wide = began.width + across * dx
        dy = down * round(wide * began.height / began.width - began.height)
    left, right = moved_edges(began.left, began.right, across, dx, event.alt)
    top, bottom = moved_edges(began.top, began.bottom, down, dy, event.alt)
    return Rect.between(left, top, right, bottom)


def moved_edges(low: int, high: int, edge: int, by: int, both: bool) -> tuple[int, int]:
    """Where both edges are; neither crosses the other, nor goes beyond the largest canvas."""
    if edge < 0 or (edge and both):
        low = low + by if edge < 0 else low - by
    if edge > 0 or (edge and both):
        high = high + by if edge > 0 else high - by
    if edge < 0:
        low = min(max(low, high - LARGEST_PX), high - SMALLEST_PX)
    high = min(max(high, low + SMALLEST_PX), low + LARGEST_PX)
    return low, high


def snapped(way: float, step: int) -> int:
    return math.floor(way / step + 0.5) * step


def guide_of(frame: Rect) -> Guide:
    """The frame with its handles, and its size."""
    middle = (frame.left + frame.width / 2, frame.top + frame.height / 2)
    handles = tuple(
        (middle[0] + across * frame.width / 2, middle[1] + down * frame.height / 2) for across, down in SIDES
    )
    text = f"{frame.width} × {frame.height}"
    return Guide(corners(frame), True, Look.SHADE, handles, text)


TOOL = Tool(
    id="crop",
    name=QT_TRANSLATE_NOOP("Tools", "Crop or extend"),
    icon="crop",
    stroke=stroke,
    options=CropOptions,
    place=150,
    key="C",
    cursor=Cursor.ARROW,
    takes_several=True,
    starts_at_once=True,
    hint=QT_TRANSLATE_NOOP("Tools", "Drag the edges, outwards too; Enter keeps it, Esc takes it back"),
)
