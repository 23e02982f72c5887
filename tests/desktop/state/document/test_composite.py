"""What is seen is what the layers say, however it came about."""

import numpy as np
import pytest
from document_pictures import fresh, noise, seen

from desktop.raster.blend import Blend, view_of
from desktop.raster.rect import Rect
from desktop.raster.tile import TILE, Kind
from desktop.raster.tiles import Tiles
from desktop.state.document.document import Document
from desktop.state.document.layers import Group, MaskLayer, PaintLayer, ResultLayer, Variant
from engine.api.images import Extent


@pytest.fixture
def document(qtbot) -> Document:
    return Document(Extent(700, 500))


def add(document: Document, *layers) -> None:
    with document.begin("New layer"):
        for layer in layers:
            document.insert(layer)


def test_cached_tiles_follow_strokes_layers_and_undo(document: Document):
    group = Group(name="g", opacity=0.5, children=(PaintLayer(name="in", tiles=noise(3), offset=(-30, 77)),))
    add(document, PaintLayer(name="a", tiles=noise(1), blend=Blend.MULTIPLY, opacity=0.7))
    add(document, PaintLayer(name="b", tiles=noise(2), offset=(100, 50)))
    with document.begin("New group"):
        document.insert(group, document.root)
    assert (seen(document) == fresh(document)).all()
    for layer in list(document.root.walk()):
        document.activate(layer)
        if layer.pixels is not None:
            for at in (10, 250):
                with document.begin("Brush stroke"):
                    layer.pixels.fill(Rect(at, 20, 30, 300), (0, 90, 0, 90))
                assert (seen(document) == fresh(document)).all()
    while document.history.can_undo:
        document.history.undo()
        assert (seen(document) == fresh(document)).all()
    document.history.jump_to(len(document.history.entries))
    assert (seen(document) == fresh(document)).all()


@pytest.mark.parametrize(
    "fields",
    [{"opacity": 0.3}, {"visible": False}, {"blend": Blend.HUE}, {"offset": (9, -40)}, {"name": "x"}],
)
def test_a_changed_layer_is_seen(document: Document, fields):
    add(
        document,
        PaintLayer(name="a", tiles=noise(1)),
        PaintLayer(name="b", tiles=noise(2, Rect(5, 5, 80, 99))),
    )
    seen(document)
    with document.begin("Change"):
        document.change(document.active, **fields)
    assert (seen(document) == fresh(document)).all()


def test_a_mask_layer_cuts_its_own_group_only(document: Document):
    coverage = Tiles(Kind.COVERAGE)
    coverage.fill(Rect(0, 0, 100, 500), 255)
    add(document, PaintLayer(name="below", tiles=noise(1)))
    below = fresh(document)
    red = Tiles()
    red.fill(document.canvas, (0, 0, 255, 255))
    group = Group(
        name="g", children=(PaintLayer(name="red", tiles=red), MaskLayer(name="m", coverage=coverage))
    )
    add(document, group)
    assert (seen(document)[:, :100] == (0, 0, 255, 255)).all()
    assert (seen(document)[:, 100:] == below[:, 100:]).all()


def test_a_variant_shows_where_it_was_brushed_in(document: Document):
    one, two, brushed = Tiles(), Tiles(), Tiles(Kind.COVERAGE)
    one.fill(document.canvas, (0, 0, 255, 255))
    two.fill(document.canvas, (255, 0, 0, 255))
    brushed.fill(Rect(0, 0, 50, 50), 255)
    brushed.fill(Rect(50, 0, 50, 50), 128)
    layer = ResultLayer(name="r", variants=(Variant(tiles=one), Variant(tiles=two, brushed=brushed)))
    add(document, layer)
    picture = seen(document)
    assert (picture[10, 10] == (255, 0, 0, 255)).all()
    assert (picture[10, 60] == (128, 0, 127, 255)).all()
    assert (picture[10, 200] == (0, 0, 255, 255)).all()


def test_a_level_is_the_average_of_the_one_below(document: Document):
    add(document, PaintLayer(name="a", tiles=noise(1)))
    seen(document)
    with document.begin("Brush stroke"):
        document.active.pixels.fill(Rect(31, 33, 50, 60), (10, 20, 30, 255))
    whole = fresh(document).astype(np.float32)[:400, :400].reshape(200, 2, 200, 2, 4).mean((1, 3))
    half = view_of(document.composite.tile(0, 0, 1))[:200, :200]
    assert np.abs(half - whole).max() <= 0.5
    with document.begin("Brush stroke"):
        document.active.pixels.fill(Rect(0, 0, 9, 9), (255, 255, 255, 255))
    assert (view_of(document.composite.tile(0, 0, 1))[0, 0] == 255).all()


def test_a_blank_canvas_costs_nothing(qtbot):
    document = Document(Extent(16384, 16384))
    document.composite.image(document.canvas, 0.05)
    assert document.composite.memory_bytes() == 0
    with document.begin("Brush stroke"):
        document.active.pixels.fill(Rect(9000, 9000, 10, 10), (1, 1, 1, 255))
    document.composite.image(document.canvas, 0.05)
    assert document.composite.memory_bytes() <= 8 * TILE * TILE * 4
