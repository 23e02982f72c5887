"""What one sees of the document, tile by tile: cached, halved for looking from afar, made again only where
something changed."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage, QPainter

from desktop.raster import opencv as cv2
from desktop.raster.blend import Blend, view_of
from desktop.raster.rect import Rect
from desktop.raster.sheet import Sheet
from desktop.raster.tile import TILE, Kind
from desktop.raster.tiles import Key, keys_of, rect_of
from desktop.state.document.layers import Group, Layer
from desktop.state.document.rendering import draw_layers, flattened, in_line
from desktop.state.document.tile_cache import TileCache

MOST_LEVELS = 7
"""256 pixels of a tile of the last level are 16,384 of the canvas."""
MOST_TILES = 768
"""192 MB: a 4K screen full of canvas at half its size, and what it was made from."""
BELOW = "below"
"""The plane of what lies below the active layer, where that is painted on."""


class Composite:
    """Images of the canvas. Level 0 is its own size, each further one half of it.

    An image that is returned stays what it is until the next call: draw it, or copy it.
    """

    def __init__(self, root: Group, active_id: str) -> None:
        self._cache = TileCache(MOST_TILES)
        self._groups: dict[str, Group] = {}
        """Those that stand alone and were drawn: each is a plane."""
        self._painted: set[Key] = set()
        """Tiles whose active layer was painted on: there what lies below it is kept."""
        self._blank: dict[tuple[int, Key], bool] = {}
        self._nothing = QImage(TILE, TILE, Kind.COLOUR.format)
        self._nothing.fill(0)
        self.take(root, active_id)

    # what is seen

    def tile(self, x: int, y: int, level: int = 0) -> QImage:
        """256 x 256 pixels of `level`, column `x` and row `y`: ARGB32 premultiplied."""
        key = (x, y)
        if not self._cache.holds(level, key) and self._is_blank(level, key):
            return self._nothing
        if level == 0:
            return self._cache.get(level, key, lambda image, part: self._compose(key, image, part))
        return self._cache.get(level, key, lambda image, part: self._halve(key, level, image, part))

    def image(self, rect: Rect, scale: float = 1.0) -> QImage:
        """`rect` of the canvas at `scale` (1 or less is sharp and fast)."""
        level = level_for(scale)
        width, height = max(1, round(rect.width * scale)), max(1, round(rect.height * scale))
        image = QImage(width, height, Kind.COLOUR.format)
        image.fill(0)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale != 1)
        painter.scale(width / rect.width * 2**level, height / rect.height * 2**level)
        painter.translate(-rect.left / 2**level, -rect.top / 2**level)
        for column, row in keys_of(at_level(rect, level)):
            painter.drawImage(column * TILE, row * TILE, self.tile(column, row, level))
        painter.end()
        return image

    def flattened(self, rect: Rect) -> NDArray[np.uint8]:
        """All visible layers in `rect` as a copy: height x width x 4, BGRA premultiplied."""
        return flattened(self._root, rect)

    def is_ready(self, x: int, y: int, level: int = 0) -> bool:
        """Whether `tile` has nothing left to do there."""
        is_held = self._cache.holds(level, (x, y))
        return self._cache.is_clean(level, (x, y)) if is_held else self._is_blank(level, (x, y))

    def pixels_to_make(self, x: int, y: int, level: int = 0) -> int:
        """Pixels of the canvas that `tile` would compose: those that changed, or all if it was never made."""
        return self._cache.dirty_area(level, (x, y)) * 4**level

    def latest(self, x: int, y: int, level: int = 0) -> QImage | None:
        """The tile as it was made last, perhaps out of date; for a view that must not wait."""
        return self._cache.latest(level, (x, y))

    # what changed

    def take(self, root: Group, active_id: str) -> None:
        """Another tree or another active layer; the caller says with `forget` where it looks different."""
        self._root = root
        self._line = list(in_line(root))
        self._place = next((at for at, layer in enumerate(self._line) if _holds(layer, active_id)), 0)
        self._active_id = active_id
        alive = {layer.id: layer for layer in root.walk() if isinstance(layer, Group)}
        for group_id in self._groups.keys() - alive.keys():
            self._cache.drop(group_id)
        self._groups = {id: alive[id] for id in self._groups if id in alive}
        self._cache.drop(BELOW)
        self._painted.clear()

    def forget(self, rect: Rect, layer_id: str = "") -> None:
        """The pixels of a layer changed in `rect` of the canvas; without `layer_id` those of any."""
        for level in range(MOST_LEVELS):
            at = at_level(rect, level)
            self._cache.forget(level, at)
            self._forget_blank(level, at)
        for group_id, group in self._groups.items():
            if not layer_id or _holds(group, layer_id):
                self._cache.forget(group_id, rect)
        if layer_id == self._active_id:
            self._painted.update(keys_of(rect))
        else:
            self._cache.forget(BELOW, rect)

    def memory_bytes(self) -> int:
        return self._cache.memory_bytes()

    # inside

    def _compose(self, key: Key, image: QImage, part: Rect) -> None:
        sheet = Sheet(rect_of(key), image)
        sheet.clear(part)
        below, rest = self._line[: self._place], self._line[self._place :]
        if key in self._painted and len(below) > 1:
            kept = self._cache.get(BELOW, key, self._drawn(key, below))
            sheet.lay(kept, *rect_of(key)[:2], Blend.NORMAL, 1.0, part)
        else:
            rest = self._line
        draw_layers(sheet, rest, part, self._group_image)
        sheet.end()

    def _drawn(self, key: Key, layers: list[Layer]) -> Callable[[QImage, Rect], None]:
        """How to make an image of some layers by themselves."""

        def render(image: QImage, part: Rect) -> None:
            sheet = Sheet(rect_of(key), image)
            sheet.clear(part)
            draw_layers(sheet, layers, part, self._group_image)
            sheet.end()

        return render

    def _group_image(self, group: Group, part: Rect) -> tuple[QImage, int, int]:
        self._groups[group.id] = group
        (key,) = keys_of(part)  # a part never leaves its tile here
        image = self._cache.get(group.id, key, self._drawn(key, list(in_line(group))))
        return image, *rect_of(key)[:2]

    def _is_blank(self, level: int, key: Key) -> bool:
        """Whether no layer has anything there: on a large canvas most tiles are like that."""
        blank = self._blank.get((level, key))
        if blank is None:
            if level:
                blank = all(self._is_blank(level - 1, child) for child in _children(key))
            else:
                blank = not any(_has_pixels(layer, rect_of(key)) for layer in self._root.walk())
            self._blank[level, key] = blank
        return blank

    def _forget_blank(self, level: int, rect: Rect) -> None:
        if rect.area < len(self._blank) * TILE * TILE:
            for key in keys_of(rect):
                self._blank.pop((level, key), None)
        else:
            self._blank.clear()

    def _halve(self, key: Key, level: int, image: QImage, part: Rect) -> None:
        """Average each 2 x 2 pixels of the level below."""
        target, (left, top) = view_of(image), rect_of(key)[:2]
        for child in keys_of(_doubled(part)):
            source = rect_of(child).intersected(_doubled(part))
            x, y = source.left // 2 - left, source.top // 2 - top
            target[y : y + source.height // 2, x : x + source.width // 2] = _half(
                self._pixels(child, level - 1, source)
            )

    def _pixels(self, key: Key, level: int, part: Rect) -> NDArray[np.uint8]:
        """A part of one tile. A tile that is not at hand is kept only where all of it is wanted and no other
        has to go for it: a stroke that is seen from afar costs what it covers."""
        is_at_hand = self._cache.holds(level, key) or self._is_blank(level, key)
        if is_at_hand or (part == rect_of(key) and self._cache.has_room):
            x, y = part.left - key[0] * TILE, part.top - key[1] * TILE
            return view_of(self.tile(*key, level))[y : y + part.height, x : x + part.width]
        if level == 0:
            sheet = Sheet(part)
            draw_layers(sheet, self._line, part, self._group_image)
            return view_of(sheet.end())
        pixels = np.empty((part.height, part.width, 4), np.uint8)
        for child in keys_of(_doubled(part)):
            source = rect_of(child).intersected(_doubled(part))
            x, y = source.left // 2 - part.left, source.top // 2 - part.top
            pixels[y : y + source.height // 2, x : x + source.width // 2] = _half(
                self._pixels(child, level - 1, source)
            )
        return pixels


def level_for(scale: float) -> int:
    """The smallest level that need not be enlarged for `scale`."""
    return max(0, min(MOST_LEVELS - 1, math.floor(-math.log2(scale)))) if scale > 0 else 0


def at_level(rect: Rect, level: int) -> Rect:
    """The pixels of a level that hold those of the canvas."""
    step = 1 << level
    return Rect.between(rect.left // step, rect.top // step, -(-rect.right // step), -(-rect.bottom // step))


def _holds(layer: Layer, id: str) -> bool:
    return layer.id == id or (isinstance(layer, Group) and any(below.id == id for below in layer.walk()))


def _doubled(rect: Rect) -> Rect:
    """The same place at the level below."""
    return Rect(rect.left * 2, rect.top * 2, rect.width * 2, rect.height * 2)


def _half(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    halved = cv2.resize(pixels, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(halved, np.uint8)


def _children(key: Key) -> list[Key]:
    """The four tiles of the level below that a tile is made of."""
    x, y = key[0] * 2, key[1] * 2
    return [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)]


def _has_pixels(layer: Layer, rect: Rect) -> bool:
    """Whether a layer has a tile that meets `rect` of the canvas."""
    right, down = layer.offset
    keys = keys_of(rect.moved(-right, -down))
    return any(store.get(key) is not None for store in layer.stores for key in keys)
