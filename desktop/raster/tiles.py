"""Sparse pixels without a fixed size: only tiles that hold something cost memory, and copies share them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from desktop.raster.rect import EMPTY, Rect
from desktop.raster.tile import TILE, Kind, Tile

Key = tuple[int, int]
"""Column and row of a tile: it covers the pixels from (256 column, 256 row)."""
Value = int | tuple[int, int, int, int]
"""A pixel: a coverage, or blue, green, red, alpha premultiplied."""


class Tiles:
    """Pixels by tile; an absent tile is transparent (colour) or 0 (coverage). Coordinates may be negative.

    `edit`, `paint` and `write` copy a tile before its first change when another `Tiles` (a snapshot, the
    history) holds it too. For the thread that owns them; a snapshot may be read in any.
    """

    __slots__ = ("_log", "_own", "_tiles", "kind", "number", "observer", "version")

    def __init__(self, kind: Kind = Kind.COLOUR, tiles: Mapping[Key, Tile] | None = None) -> None:
        self.kind = kind
        self._tiles: dict[Key, Tile] = dict(tiles or {})
        self._own: set[Key] = set()
        """Tiles that nobody else holds: written in place."""
        self._log: dict[Key, Tile | None] | None = None
        self.observer: Callable[[Rect], None] | None = None
        """Told of every changed rectangle, when its pixels are there."""
        self.version = 0
        """Counts changes."""
        self.number = 0
        """The name under which the journal holds them; 0 while it does not."""

    # what is there

    def keys(self) -> set[Key]:
        return set(self._tiles)

    def bounds(self) -> Rect:
        """The smallest rectangle of whole tiles that holds something."""
        if not self._tiles:
            return EMPTY
        columns, rows = zip(*self._tiles, strict=True)
        left, top = min(columns), min(rows)
        return Rect(left * TILE, top * TILE, (max(columns) + 1 - left) * TILE, (max(rows) + 1 - top) * TILE)

    def tiles_held(self) -> Iterator[Tile]:
        """Every tile, some perhaps more than once."""
        return iter(self._tiles.values())

    def held(self) -> dict[Key, Tile]:
        """Every tile by its place, to be shared: their next change copies them."""
        self._own.clear()
        return dict(self._tiles)

    def get(self, key: Key) -> Tile | None:
        return self._tiles.get(key)

    def tile(self, x: int, y: int) -> QImage | None:
        """A look at one tile (column, row), None where nothing is. To be drawn, not drawn into."""
        held = self._tiles.get((x, y))
        return None if held is None else image_over(held.pixels, self.kind)

    def read(self, rect: Rect) -> NDArray[np.uint8]:
        """A copy of the pixels of `rect`: height x width x 4 (BGRA premultiplied), or height x width."""
        pixels = np.zeros((rect.height, rect.width, *self.kind.value[2:]), np.uint8)
        for key, part, inside in parts(rect):
            held = self._tiles.get(key)
            if held is not None:
                pixels[
                    part.top - rect.top : part.bottom - rect.top,
                    part.left - rect.left : part.right - rect.left,
                ] = held.pixels[inside]
        return pixels

    def memory_bytes(self) -> int:
        """What the tiles take, shared ones counted once."""
        return sum(tile.memory_bytes for tile in set(self._tiles.values()))

    # change

    def write(self, rect: Rect, pixels: NDArray[np.uint8]) -> None:
        """Put `pixels` (height x width x 4, or height x width) at `rect`."""
        for key, part, inside in parts(rect):
            whole = part.width == TILE and part.height == TILE
            self._writable(key, is_overwritten=whole)[inside] = pixels[
                part.top - rect.top : part.bottom - rect.top, part.left - rect.left : part.right - rect.left
            ]
        self.tell(rect)

    def edit(self, rect: Rect, only_present: bool = False) -> Iterator[tuple[Rect, NDArray[np.uint8]]]:
        """Each part of `rect` by tile, with a writable view of its pixels; told when all were seen.

        `only_present` leaves out the tiles that hold nothing (an eraser need not make them).
        """
        try:
            for key, part, inside in parts(rect):
                if only_present and key not in self._tiles:
                    continue
                yield part, self._writable(key)[inside]
        finally:
            self.tell(rect)

    def paint(self, rect: Rect) -> Iterator[tuple[Rect, QImage]]:
        """Each part of `rect`, with its whole tile as an image to paint into: translate the painter by
        minus `tile_origin(part)`, and clip it to the part."""
        try:
            for key, part, _ in parts(rect):
                yield part, image_over(self._writable(key), self.kind)
        finally:
            self.tell(rect)

    def fill(self, rect: Rect, value: Value) -> None:
        """One value everywhere in `rect`; whole tiles share one piece of memory."""
        shared: Tile | None = None
        is_nothing = not np.any(value)
        for key, part, inside in parts(rect):
            if part.width < TILE or part.height < TILE:
                if not is_nothing or key in self._tiles:
                    self._writable(key)[inside] = value
            elif is_nothing:
                self.put(key, None)
            else:
                shared = shared or Tile(self.kind, np.full(self.kind.value, value, np.uint8))
                self.put(key, shared)
        self.tell(rect)

    def put(self, key: Key, tile: Tile | None) -> None:
        """Set one tile, shared with whoever gave it; the caller `tell`s."""
        before = self._tiles.get(key)
        if before is tile:
            return
        if self._log is not None:
            self._log.setdefault(key, before)
        self._own.discard(key)
        if tile is None:
            del self._tiles[key]
        else:
            self._tiles[key] = tile
        self.version += 1

    def prune(self, keys: Iterable[Key]) -> None:
        """Let go of the tiles among `keys` that hold nothing (any more); nothing looks different."""
        for key in keys:
            held = self._tiles.get(key)
            if held is not None and not held.pixels.any():
                self.put(key, None)

    def tell(self, rect: Rect) -> None:
        """Say that `rect` has changed."""
        if self.observer is not None and not rect.is_empty:
            self.observer(rect)

    # copies and what changed

    def snapshot(self) -> Tiles:
        """The same pixels, shared: the next change of either copies the tile that it touches."""
        self._own.clear()
        return Tiles(self.kind, self._tiles)

    def changed_since(self, snapshot: Tiles) -> set[Key]:
        """The tiles that differ in identity; what was painted over with the same pixels counts."""
        return differing(self._tiles, snapshot._tiles)

    def begin_log(self) -> None:
        """From now on remember each tile as it was before its first change."""
        self._log = {}
        self._own = set()

    def logged(self) -> dict[Key, Tile | None]:
        """The tiles that were changed since `begin_log`, as they were."""
        return dict(self._log) if self._log else {}

    def end_log(self) -> dict[Key, Tile | None]:
        """The tiles that were changed, as they were; what is here now is shared with whoever asks."""
        log, self._log = self._log or {}, None
        self._own = set()
        return {key: before for key, before in log.items() if self._tiles.get(key) is not before}

    def _writable(self, key: Key, is_overwritten: bool = False) -> NDArray[np.uint8]:
        """The pixels of a tile that is ours alone from now on; of no set value where `is_overwritten`."""
        self.version += 1
        held = self._tiles.get(key)
        if held is not None and key in self._own:
            return held.pixels
        if self._log is not None:
            self._log.setdefault(key, held)
        if is_overwritten:
            pixels = np.empty(self.kind.value, np.uint8)
        else:
            pixels = np.zeros(self.kind.value, np.uint8) if held is None else held.pixels.copy()
        self._tiles[key] = Tile(self.kind, pixels)
        self._own.add(key)
        return pixels


def parts(rect: Rect) -> Iterator[tuple[Key, Rect, tuple[slice, slice]]]:
    """Each tile that `rect` meets: its key, what it has of `rect`, and the same as slices into the tile."""
    if rect.is_empty:
        return
    for row in range(rect.top // TILE, (rect.bottom - 1) // TILE + 1):
        top, bottom = max(rect.top, row * TILE), min(rect.bottom, (row + 1) * TILE)
        rows = slice(top - row * TILE, bottom - row * TILE)
        for column in range(rect.left // TILE, (rect.right - 1) // TILE + 1):
            left, right = max(rect.left, column * TILE), min(rect.right, (column + 1) * TILE)
            columns = slice(left - column * TILE, right - column * TILE)
            yield (column, row), Rect(left, top, right - left, bottom - top), (rows, columns)


def keys_of(rect: Rect) -> list[Key]:
    """The tiles that `rect` meets."""
    return [key for key, _, _ in parts(rect)]


def rect_of(key: Key) -> Rect:
    """What a tile covers."""
    return Rect(key[0] * TILE, key[1] * TILE, TILE, TILE)


def in_rows(keys: Iterable[Key]) -> Iterator[Rect]:
    """What the tiles cover, neighbours in a row together."""
    run = EMPTY
    for column, row in sorted(keys, key=lambda key: (key[1], key[0])):
        rect = rect_of((column, row))
        if run.right == rect.left and run.top == rect.top and not run.is_empty:
            run = run.united(rect)
            continue
        if not run.is_empty:
            yield run
        run = rect
    if not run.is_empty:
        yield run


def differing(one: Mapping[Key, Tile], other: Mapping[Key, Tile]) -> set[Key]:
    """The keys under which the two hold different tiles (by identity)."""
    changed = {key for key, tile in one.items() if other.get(key) is not tile}
    return changed | (other.keys() - one.keys())


def image_over(pixels: NDArray[np.uint8], kind: Kind) -> QImage:
    """A QImage over the memory of a tile's pixels; it keeps that memory alive, and painting into it is
    painting into the tile."""
    return QImage(pixels.data, TILE, TILE, pixels.strides[0], kind.format)
