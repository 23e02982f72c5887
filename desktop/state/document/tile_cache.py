"""Composed tiles that are made when they are looked at, and made again only where something changed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from PySide6.QtGui import QImage

from desktop.raster.rect import EMPTY, Rect
from desktop.raster.tile import TILE, Kind
from desktop.raster.tiles import Key, keys_of, rect_of

Plane = str | int
"""Whose tiles: a level of the whole, or a group."""
Render = Callable[[QImage, Rect], None]
"""Makes a part (in the plane's pixels) of a tile's image anew."""


class TileCache:
    """Tiles of several planes; the least used are let go beyond a number."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._images: OrderedDict[tuple[Plane, Key], QImage] = OrderedDict()
        self._dirty: dict[tuple[Plane, Key], Rect] = {}

    def holds(self, plane: Plane, key: Key) -> bool:
        return (plane, key) in self._images

    def is_clean(self, plane: Plane, key: Key) -> bool:
        return (plane, key) not in self._dirty

    def dirty_area(self, plane: Plane, key: Key) -> int:
        """Pixels that `get` would ask for."""
        place = (plane, key)
        return self._dirty.get(place, EMPTY).area if place in self._images else TILE * TILE

    def latest(self, plane: Plane, key: Key) -> QImage | None:
        """The tile as it was made last."""
        return self._images.get((plane, key))

    def get(self, plane: Plane, key: Key, render: Render) -> QImage:
        """The tile as it is now; `render` is asked for what is missing or has changed."""
        place = (plane, key)
        image = self._images.get(place)
        if image is None:
            image = self._images[place] = QImage(TILE, TILE, Kind.COLOUR.format)
            self._dirty[place] = rect_of(key)
            self._let_go()
        else:
            self._images.move_to_end(place)
        dirty = self._dirty.pop(place, EMPTY)
        if not dirty.is_empty:
            render(image, dirty)
            if place in self._images:
                self._images.move_to_end(place)  # newer than what it was made from
        return image

    def forget(self, plane: Plane, rect: Rect) -> None:
        """`rect` looks different now."""
        if rect.area < len(self._images) * TILE * TILE:
            places = [(plane, key) for key in keys_of(rect)]
        else:
            places = [place for place in self._images if place[0] == plane]
        for place in places:
            part = rect.intersected(rect_of(place[1]))
            if place in self._images and not part.is_empty:
                self._dirty[place] = part.united(self._dirty.get(place, EMPTY))

    def drop(self, plane: Plane) -> None:
        """Let all tiles of a plane go."""
        for place in [place for place in self._images if place[0] == plane]:
            del self._images[place]
            self._dirty.pop(place, None)

    @property
    def has_room(self) -> bool:
        """Whether another tile can be kept without letting one go."""
        return len(self._images) < self._most

    def memory_bytes(self) -> int:
        return len(self._images) * Kind.COLOUR.nbytes

    def _let_go(self) -> None:
        if len(self._images) > self._most:
            oldest, _ = self._images.popitem(last=False)
            self._dirty.pop(oldest, None)
