"""What the view keeps of the document: right after every change, and no dearer than what changed."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter

from desktop.canvas.frame import Frame
from desktop.canvas.viewport import Viewport
from desktop.raster.rect import Rect
from desktop.raster.tiles import Tiles
from desktop.state.document import composite as composites
from desktop.state.document.document import Document
from desktop.state.document.layers import PaintLayer
from desktop.state.document.tile_cache import TileCache
from desktop.widgets.theme import tokens
from engine.api.images import Extent

SIDE = 2048
SCREEN = QRect(0, 0, 256, 256)


@pytest.fixture
def document(qtbot) -> Document:
    document = Document(Extent(SIDE, SIDE))
    tiles = Tiles()
    pixels = np.random.default_rng(0).integers(0, 128, (SIDE, SIDE, 4), dtype=np.uint8)
    pixels[..., 3] = 255
    tiles.write(Rect(0, 0, SIDE, SIDE), pixels)
    with document.begin("New layer"):
        document.insert(PaintLayer(name="full", tiles=tiles), document.root)
    return document


def seen_whole() -> Viewport:
    viewport = Viewport()
    viewport.extent = Extent(SIDE, SIDE)
    viewport.width, viewport.height = SCREEN.width(), SCREEN.height()
    viewport.fit()
    return viewport


def painted(frame: Frame, viewport: Viewport) -> QImage:
    """The screen once nothing is late any more."""
    image = QImage(SCREEN.size(), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    while not frame.paint(painter, viewport, tokens(), SCREEN).isEmpty():
        pass
    painter.end()
    return image


def test_a_stroke_that_is_seen_from_afar_makes_only_what_it_covers(document: Document, monkeypatch):
    composite, viewport = document.composite, seen_whole()
    composite._cache = TileCache(8)  # the canvas is far larger than what is kept of it
    frame = Frame(composite)
    painted(frame, viewport)
    made: list[int] = []
    draw_layers = composites.draw_layers

    def counted(sheet, layers, part: Rect, *more) -> None:
        made.append(part.area)
        draw_layers(sheet, layers, part, *more)

    monkeypatch.setattr(composites, "draw_layers", counted)
    pixels = document.active.pixels
    assert pixels is not None
    place = Rect(1000, 1000, 60, 60)
    with document.begin("Brush stroke"):
        for _, view in pixels.edit(place):
            view[:] = 255
    frame.forget(place, viewport)
    after = painted(frame, viewport)

    assert sum(made) <= 2 * place.area
    assert painted(Frame(composite), viewport) == after
