"""The document: one history of everything."""

import numpy as np
import pytest

from desktop.raster.rect import Rect
from desktop.state.document.document import Document
from desktop.state.document.layers import PaintLayer
from engine.api.images import Extent


@pytest.fixture
def document(qtbot) -> Document:
    return Document(Extent(600, 400))


def stroke(document: Document, rect: Rect, value: int) -> None:
    pixels = document.active.pixels
    assert pixels is not None
    with document.begin("Brush stroke"):
        pixels.fill(rect, (value, value, value, 255))


def test_a_stroke_is_undone_and_redone(document: Document):
    stroke(document, Rect(200, 100, 100, 200), 90)
    painted = document.active.pixels.read(document.canvas)
    document.history.undo()
    assert document.active.pixels.keys() == set()
    document.history.redo()
    assert (document.active.pixels.read(document.canvas) == painted).all()


def test_an_exception_brings_everything_back(document: Document):
    stroke(document, Rect(0, 0, 300, 300), 90)
    before = document.active.pixels.read(document.canvas)
    with pytest.raises(ZeroDivisionError), document.begin("Brush stroke"):
        document.active.pixels.fill(Rect(0, 0, 50, 50), (0, 0, 0, 255))
        document.insert(PaintLayer(name="two"))
        raise ZeroDivisionError
    assert (document.active.pixels.read(document.canvas) == before).all()
    assert len(document.root.children) == 1
    assert len(document.history.entries) == 1


def test_layers_come_and_go_with_undo(document: Document):
    with document.begin("New layer"):
        document.insert(PaintLayer(name="two"))
    stroke(document, Rect(0, 0, 10, 10), 1)
    document.history.jump_to(0)
    assert [layer.name for layer in document.root.children] == ["Layer 1"]
    document.history.jump_to(2)
    assert document.active.name == "two"
    assert np.all(document.active.pixels.read(Rect(0, 0, 10, 10))[..., 3] == 255)


def test_nested_is_joined(document: Document):
    with document.begin("Cut"):
        stroke(document, Rect(0, 0, 10, 10), 1)
        stroke(document, Rect(0, 0, 10, 10), 2)
    assert [entry.title for entry in document.history.entries] == ["Cut"]
