"""Small pictures of layers and masks, made from their tiles in idle moments."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from desktop.raster import opencv as cv2
from desktop.raster.blend import view_of
from desktop.raster.rect import Rect
from desktop.raster.tile import TILE, Kind, Tile
from desktop.raster.tiles import Key, Tiles, rect_of
from desktop.state.document.document import Document
from desktop.state.document.layers import Group, Layer
from engine.api.images import Extent

SIDE_PX = 64
"""Drawn at half of this and less, sharp on dense screens."""
DELAY_MS = 150
"""After the last change; while something is painted, none is made."""


class LayerThumbnails(QObject):
    """Pictures of the layers of one document, by layer id; one layer is made at a time."""

    changed = Signal(str)
    """A layer's picture is another."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._images: dict[str, QImage] = {}
        self._made_of: dict[str, tuple[object, ...]] = {}
        self._scaled: dict[str, ScaledTiles] = {}
        self._timer = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._timer.timeout.connect(self._make_next)
        for signal in (document.changed, document.layers_changed, document.size_changed):
            signal.connect(self._soon)
        self._soon()

    def image(self, layer_id: str) -> QImage | None:
        """At most 64 pixels wide and high; None while there is none."""
        return self._images.get(layer_id)

    def finish(self) -> None:
        """Make all that is outdated, now."""
        while (layer := self._outdated()) is not None:
            self._make(layer)

    def _soon(self, _: object = None) -> None:
        self._timer.start(DELAY_MS)

    def _make_next(self) -> None:
        if self._document.is_closed:
            return
        if self._document.is_busy:
            self._soon()
            return
        layer = self._outdated()
        if layer is None:
            self._forget_gone()
            return
        self._make(layer)
        self._timer.start(0)

    def _outdated(self) -> Layer | None:
        layers = self._document.root.walk()
        return next((layer for layer in layers if self._made_of.get(layer.id) != self._reasons(layer)), None)

    def _reasons(self, layer: Layer) -> tuple[object, ...]:
        """What the picture hangs on; equal while it need not be made again."""
        if isinstance(layer, Group):
            return ("group", self._document.size)
        own = tuple((id(store), store.version) for store in layer.stores)
        shown = (getattr(layer, "chosen", 0), layer.offset, self._document.size)
        return (*own, *shown)

    def _make(self, layer: Layer) -> None:
        self._made_of[layer.id] = self._reasons(layer)
        if isinstance(layer, Group) or layer.pixels is None:
            return
        scaled = self._scaled.setdefault(layer.id, ScaledTiles())
        self._images[layer.id] = scaled.picture(layer.pixels, layer.offset, self._document.size)
        self.changed.emit(layer.id)

    def _forget_gone(self) -> None:
        present = {layer.id for layer in self._document.root.walk()}
        for held in (self._images, self._made_of, self._scaled):
            for id in held.keys() - present:
                del held[id]


class ScaledTiles:
    """Each tile of a store as a few pixels: only those that changed are scaled again."""

    def __init__(self) -> None:
        self._tiles: dict[Key, tuple[Tile, NDArray[np.uint8]]] = {}
        self._cell_px = 0

    def picture(self, store: Tiles, offset: tuple[int, int], size: Extent) -> QImage:
        """What of the store lies on the canvas."""
        longest = max(size)
        cell_px = min(TILE, 1 << (max(1, SIDE_PX * TILE // longest) - 1).bit_length())
        if cell_px != self._cell_px:
            self._tiles, self._cell_px = {}, cell_px
        self._scale_changed(store)
        return self._assembled(store.kind, offset, size)

    def _scale_changed(self, store: Tiles) -> None:
        held = store.held()
        self._tiles = {key: made for key, made in self._tiles.items() if held.get(key) is made[0]}
        for key in held.keys() - self._tiles.keys():
            small = cv2.resize(held[key].pixels, (self._cell_px, self._cell_px), interpolation=cv2.INTER_AREA)
            self._tiles[key] = held[key], np.asarray(small, np.uint8)

    def _assembled(self, kind: Kind, offset: tuple[int, int], size: Extent) -> QImage:
        share = self._cell_px / TILE
        width, height = max(1, round(size.width * share)), max(1, round(size.height * share))
        picture = np.zeros((height, width, 4), np.uint8)
        for key, (_, small) in self._tiles.items():
            place = rect_of(key).moved(*offset)
            left, top = round(place.left * share), round(place.top * share)
            part = Rect(left, top, self._cell_px, self._cell_px).intersected(Rect(0, 0, width, height))
            if part.is_empty:
                continue
            cell = small[part.top - top : part.bottom - top, part.left - left : part.right - left]
            where = picture[part.top : part.bottom, part.left : part.right]
            where[:] = cell if kind is Kind.COLOUR else cell[..., None]
        if kind is Kind.COVERAGE:
            picture[..., 3] = 255
        image = QImage(width, height, Kind.COLOUR.format)
        view_of(image)[:] = picture
        return image


def mask_picture(coverage: Tiles, size: Extent) -> QImage:
    """A mask, white where it covers."""
    return ScaledTiles().picture(coverage, (0, 0), size)
