"""A part of a layer lifted off, to be put down elsewhere in another shape."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from desktop.raster.ink import Mode, composed, times
from desktop.raster.rect import EMPTY, Rect
from desktop.raster.tile import Kind
from desktop.raster.tiles import Tiles, rect_of
from desktop.raster.transform import Affine, content_of, transformed


class Floating:
    """What `selection` covers of `tiles` (all of it where None). It can be put down any number of times.

    `made` is for any thread, also while `tiles` show what was made before.
    """

    def __init__(
        self,
        tiles: Tiles,
        selection: Tiles | None,
        offset: tuple[int, int] = (0, 0),
        leaves_copy: bool = False,
    ) -> None:
        self._tiles, self._offset, self._leaves_copy = tiles, offset, leaves_copy
        self._before = tiles.snapshot()
        self._selection = selection.snapshot() if selection is not None else None

    @cached_property
    def content(self) -> Rect:
        """Around what is lifted, in document pixels."""
        if self._selection is None:
            return content_of(self._before).moved(*self._offset)
        return content_of(self._before, self._selection, self._offset).moved(*self._offset)

    def made(self, affine: Affine, is_draft: bool = False) -> Tiles:
        """All of the layer with what was lifted under `affine` (of document pixels)."""
        dx, dy = self._offset
        own = Affine(
            affine.center_x - dx, affine.center_y - dy, affine.move_x, affine.move_y,
            affine.scale_x, affine.scale_y, affine.angle_deg,
        )  # fmt: skip
        return laid(self._rest, transformed(self._lifted, own, is_draft))

    def show(self, made: Tiles) -> None:
        """The layer is what was `made` of it."""
        replace_all(self._tiles, made)

    def put(self, affine: Affine, is_draft: bool = False) -> None:
        """Show it under `affine` over what is left."""
        self.show(self.made(affine, is_draft))

    # not before the first put: what is only looked at with its handles is not lifted

    @cached_property
    def _lifted(self) -> Tiles:
        if self._selection is None:
            return self._before
        return lifted(self._before, self._selection, self._offset)

    @cached_property
    def _rest(self) -> Tiles:
        if self._leaves_copy:
            return self._before
        if self._selection is None:
            return Tiles(self._before.kind)
        return without(self._before, self._selection, self._offset)


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
