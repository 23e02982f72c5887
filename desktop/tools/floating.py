"""A part of a layer lifted off, to be put down elsewhere in another shape."""

from __future__ import annotations

import numpy as np

from desktop.raster.ink import Mode, composed, times
from desktop.raster.rect import EMPTY, Rect
from desktop.raster.tile import Kind
from desktop.raster.tiles import Tiles, rect_of
from desktop.raster.transform import Affine, content_of, transformed


class Floating:
    """What `selection` covers of `tiles` (all of it where None). It can be put down any number of times."""

    def __init__(
        self,
        tiles: Tiles,
        selection: Tiles | None,
        offset: tuple[int, int] = (0, 0),
        leaves_copy: bool = False,
    ) -> None:
        self._tiles = tiles
        self._lifted = tiles.snapshot() if selection is None else lifted(tiles, selection, offset)
        if leaves_copy:
            self._rest = tiles.snapshot()
        elif selection is None:
            self._rest = Tiles(tiles.kind)
        else:
            self._rest = without(tiles, selection, offset)
        self._offset = offset

    @property
    def content(self) -> Rect:
        """Around what was lifted, in document pixels."""
        return content_of(self._lifted).moved(*self._offset)

    def put(self, affine: Affine, is_draft: bool = False) -> None:
        """Show it under `affine` (of document pixels) over what is left."""
        dx, dy = self._offset
        own = Affine(
            affine.center_x - dx, affine.center_y - dy, affine.move_x, affine.move_y,
            affine.scale_x, affine.scale_y, affine.angle_deg,
        )  # fmt: skip
        replace_all(self._tiles, laid(self._rest, transformed(self._lifted, own, is_draft)))


def lifted(tiles: Tiles, selection: Tiles, offset: tuple[int, int]) -> Tiles:
    """`tiles` times the selection."""
    result = Tiles(tiles.kind)
    for key in sorted(tiles.keys()):
        rect = rect_of(key)
        cover = selection.read(rect.moved(*offset))
        if cover.any():
            result.write(rect, _times(tiles.read(rect), cover))
    return result


def without(tiles: Tiles, selection: Tiles, offset: tuple[int, int]) -> Tiles:
    """`tiles` times what is not selected; untouched tiles stay shared."""
    result = tiles.snapshot()
    for key in sorted(tiles.keys()):
        rect = rect_of(key)
        cover = selection.read(rect.moved(*offset))
        if cover.any():
            result.write(rect, _times(tiles.read(rect), 255 - cover))
    result.prune(tiles.keys())
    return result


def laid(rest: Tiles, over: Tiles) -> Tiles:
    """`over` on `rest`."""
    result = rest.snapshot()
    for key in sorted(over.keys()):
        tile = over.get(key)
        if rest.get(key) is None:
            result.put(key, tile)
        elif rest.kind is Kind.COLOUR:
            result.write(
                rect_of(key), composed(rest.read(rect_of(key)), over.read(rect_of(key)), Mode.OVER.value)
            )
        else:
            result.write(rect_of(key), np.maximum(rest.read(rect_of(key)), over.read(rect_of(key))))
    return result


def replace_all(tiles: Tiles, wanted: Tiles) -> None:
    """Make `tiles` hold what `wanted` holds, and say where that differs."""
    source = wanted.snapshot()  # shared from here on
    box = EMPTY
    for key in tiles.changed_since(source):
        tiles.put(key, source.get(key))
        box = box.united(rect_of(key))
    tiles.tell(box)


def _times(pixels: np.ndarray, cover: np.ndarray) -> np.ndarray:
    if pixels.ndim == 3:
        cover = cover[..., None].repeat(4, axis=2)
    return times(pixels, cover)
