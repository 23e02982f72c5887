"""What a tree of layers looks like: pure drawing, the lowest layer first; in any thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from desktop.raster.blend import Blend, view_of
from desktop.raster.rect import Rect
from desktop.raster.sheet import Sheet
from desktop.state.document.layers import Group, Layer, MaskLayer, ResultLayer

GroupImage = Callable[[Group, Rect], tuple[QImage, int, int]]
"""What a group that stands alone looks like: an image that holds the rectangle, and where its corner lies."""

STRIP_PX = 1024
"""Rows that are composed at a time for a dense picture."""


def flattened(root: Group, rect: Rect) -> NDArray[np.uint8]:
    """All visible layers in `rect`: height x width x 4, BGRA premultiplied."""
    pixels = np.empty((rect.height, rect.width, 4), np.uint8)
    for top in range(0, rect.height, STRIP_PX):
        strip = Rect(rect.left, rect.top + top, rect.width, min(STRIP_PX, rect.height - top))
        sheet = Sheet(strip)
        draw_layers(sheet, in_line(root), strip)
        pixels[top : top + strip.height] = view_of(sheet.end())
    return pixels


def in_line(group: Group) -> Iterator[Layer]:
    """The visible layers of a group, those of groups that do not stand alone among them, the lowest first."""
    for layer in group.children:
        if not layer.visible or (layer.opacity <= 0 and not layer.blend.clears_outside):
            continue
        if isinstance(layer, Group) and not layer.stands_alone:
            yield from in_line(layer)
        else:
            yield layer


def draw_layers(
    sheet: Sheet, layers: Iterable[Layer], part: Rect, group_image: GroupImage | None = None
) -> None:
    """The layers, one over the other, into `part` of the sheet."""
    for layer in layers:
        match layer:
            case Group():
                image, left, top = (group_image or fresh_group)(layer, part)
                sheet.lay(image, left, top, layer.blend, layer.opacity, part)
            case MaskLayer():
                sheet.cut(layer.coverage, layer.offset, part, layer.opacity)
            case ResultLayer():
                draw_result(sheet, layer, part)
            case _:
                assert layer.pixels is not None
                sheet.lay_tiles(layer.pixels, layer.offset, layer.blend, layer.opacity, part)


def fresh_group(group: Group, part: Rect) -> tuple[QImage, int, int]:
    """The group composed by itself."""
    sheet = Sheet(part)
    draw_layers(sheet, in_line(group), part)
    return sheet.end(), part.left, part.top


def draw_result(sheet: Sheet, layer: ResultLayer, part: Rect) -> None:
    """The chosen variant, and the others where they were brushed in."""
    if not layer.is_shown:
        return
    brushed = [
        variant for variant in layer.variants if variant.brushed is not None and variant.brushed.keys()
    ]
    if not brushed:
        sheet.lay_tiles(layer.pixels, layer.offset, layer.blend, layer.opacity, part)
        return
    mixed = mixed_variants(layer, part)
    sheet.lay(mixed, part.left, part.top, layer.blend, layer.opacity, part)


def mixed_variants(layer: ResultLayer, part: Rect) -> QImage:
    """What the variants of a result show together: each brushed one through its coverage, in their order."""
    below = Sheet(part)
    below.lay_tiles(layer.pixels, layer.offset, Blend.NORMAL, 1.0, part)
    for variant in layer.variants:
        if variant.brushed is None or variant is layer.variant:
            continue
        above = Sheet(part)
        above.lay_tiles(variant.tiles, layer.offset, Blend.NORMAL, 1.0, part)
        above.cut(variant.brushed, layer.offset, part)
        below.cut(variant.brushed, layer.offset, part, inverted=True)
        below.lay(above.end(), part.left, part.top, Blend.PLUS, 1.0, part)
    return below.end()
