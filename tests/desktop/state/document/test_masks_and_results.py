"""Masks that are kept and carried elsewhere; results that are gone back to."""

import numpy as np
import pytest
from document_pictures import noise, seen

from desktop.raster.rect import Rect
from desktop.raster.tile import Kind
from desktop.raster.tiles import Tiles
from desktop.state.document import layer_commands, masks, results
from desktop.state.document.document import Document
from desktop.state.document.document_state import MaskMode
from desktop.state.document.layers import Variant, Verdict
from engine.api.images import Extent


@pytest.fixture
def document(qtbot) -> Document:
    document = Document(Extent(600, 400))
    with document.begin("Paint the mask"):
        document.mask.fill(Rect(100, 100, 200, 100), 255)
    return document


def covered(document: Document) -> int:
    return int((document.mask.read(document.canvas) > 127).sum())


def test_a_kept_mask_is_used_at_another_size(document: Document):
    held = masks.keep(document, "roof")
    other = Document(Extent(1200, 800))
    masks.add_to_shelf(other, held)
    masks.use(other, other.state.shelf[0])
    assert other.mask.read(Rect(210, 210, 380, 180)).min() == 255
    assert other.mask.read(Rect(0, 0, 190, 800)).max() == 0
    assert abs(covered(other) - 4 * 20000) < 100


def test_masks_are_joined_softly(document: Document):
    soft = Tiles(Kind.COVERAGE)
    soft.fill(Rect(0, 0, 200, 200), 100)
    held = masks.ShelfMask(name="soft", coverage=soft, size=document.size)
    masks.add(document, held)
    assert document.mask.read(Rect(0, 0, 1, 1)) == 100 and document.mask.read(Rect(150, 150, 1, 1)) == 255
    masks.subtract(document, held)
    assert document.mask.read(Rect(0, 0, 1, 1)) == 100 and document.mask.read(Rect(150, 150, 1, 1)) == 155
    masks.intersect(document, held)
    assert document.mask.read(Rect(150, 150, 1, 1)) == 100 and document.mask.read(Rect(250, 150, 1, 1)) == 0
    document.history.jump_to(1)
    assert covered(document) == 20000


def test_inverted_twice_is_the_same(document: Document):
    masks.invert(document)
    assert covered(document) == 600 * 400 - 20000
    masks.invert(document)
    assert covered(document) == 20000
    masks.clear(document)
    assert not document.mask.keys()


def test_the_mode_is_undone_too(document: Document):
    masks.set_mode(document, MaskMode.KEEP)
    document.history.undo()
    assert document.mask_mode is MaskMode.CHANGE


def test_a_mask_from_shape_and_light_of_a_moved_layer(document: Document):
    pixels = Tiles()
    pixels.fill(Rect(0, 0, 50, 50), (128, 128, 128, 255))
    layer = layer_commands.add_image(document, pixels, "grey")
    layer_commands.move_pixels(document, layer, 30, 20)
    layer = document.active
    masks.from_alpha(document, layer)
    assert document.mask.read(Rect(30, 20, 50, 50)).min() == 255 and covered(document) == 2500
    masks.from_luminance(document, layer)
    assert abs(int(document.mask.read(Rect(40, 40, 1, 1))[0, 0]) - 128) <= 1


def result_of(document: Document, count: int = 3):
    tiles = [noise(seed, Rect(0, 0, 300, 300)) for seed in range(count)]
    return results.add_result(
        document, [Variant(tiles=each) for each in tiles], mask=document.mask.snapshot(), source_hash="abc"
    )


def test_variants_are_stepped_through_round_and_round(document: Document):
    layer = result_of(document)
    pictures = []
    for _ in range(3):
        pictures.append(seen(document))
        results.step_variant(document, document.layer(layer.id), 1)
    assert (seen(document) == pictures[0]).all() and (pictures[0] != pictures[1]).any()
    assert [entry.title for entry in document.history.entries][-1] == "Choose variant"
    assert len(document.history.entries) == 3


def test_before_and_discarded_show_what_was_there(document: Document):
    before = seen(document)
    layer = result_of(document)
    after = seen(document)
    results.show_before(document, layer, True)
    assert (seen(document) == before).all()
    results.judge(document, document.layer(layer.id), Verdict.DISCARDED)
    assert (seen(document) == before).all()
    results.judge(document, document.layer(layer.id), Verdict.PROPOSED)
    assert (seen(document) == after).all()


def test_a_brushed_variant_is_undone_like_any_stroke(document: Document):
    layer = result_of(document)
    before = seen(document)
    with document.begin("Paint a variant"):
        brushed = results.brush_in(document, layer, 1)
        brushed.fill(Rect(0, 0, 100, 100), 255)
    whole = layer.variants[1].tiles.read(Rect(0, 0, 100, 100))
    assert (seen(document)[:100, :100] == whole).all()
    document.history.undo()
    assert (seen(document) == before).all()
    document.history.redo()
    with document.begin("Paint a variant"):
        results.brush_in(document, document.layer(layer.id), 1).fill(Rect(0, 0, 100, 100), 0)
    assert (seen(document) == before).all()


def test_more_variants_and_fewer(document: Document):
    layer = result_of(document, 1)
    layer = results.add_variants(document, layer, [Variant(tiles=noise(9, Rect(0, 0, 9, 9)))])
    assert layer.chosen == 1
    results.remove_variant(document, layer)
    layer = document.layer(layer.id)
    assert len(layer.variants) == 1 and layer.chosen == 0
    results.remove_variant(document, layer)
    assert len(document.layer(layer.id).variants) == 1


def test_the_mask_of_a_result_comes_back(document: Document):
    layer = result_of(document)
    masks.clear(document)
    masks.from_result(document, layer)
    assert covered(document) == 20000
    assert np.array_equal(document.mask.read(document.canvas), layer.mask.read(document.canvas))
