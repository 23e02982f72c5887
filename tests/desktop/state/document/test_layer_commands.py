"""What one can do to layers, and back."""

import numpy as np
import pytest
from document_pictures import noise, seen

from desktop.raster.blend import Blend
from desktop.raster.rect import Rect
from desktop.raster.tile import Kind
from desktop.raster.tiles import Tiles
from desktop.state.document import layer_commands, merging, tree
from desktop.state.document.document import Document
from desktop.state.document.layers import Group, ImageLayer, PaintLayer
from engine.api.images import Extent


@pytest.fixture
def document(qtbot) -> Document:
    """From the bottom: Layer 1, a (multiply), b, c."""
    document = Document(Extent(600, 300))
    with document.begin("New layer"):
        document.insert(PaintLayer(name="a", tiles=noise(1), blend=Blend.MULTIPLY))
        document.insert(PaintLayer(name="b", tiles=noise(2, Rect(40, 40, 300, 99)), opacity=0.5))
        document.insert(PaintLayer(name="c", tiles=noise(3, Rect(0, 0, 90, 90)), offset=(11, 7)))
    return document


def names(group: Group) -> list:
    return [
        (child.name, names(child)) if isinstance(child, Group) else child.name for child in group.children
    ]


def named(document: Document, name: str):
    return next(layer for layer in document.root.walk() if layer.name == name)


def test_new_layers_go_above_the_active_one_and_count_on(document: Document):
    document.activate(named(document, "a"))
    layer_commands.add_paint_layer(document)
    assert names(document.root) == ["Layer 1", "a", "Layer 2", "b", "c"]
    assert document.active.name == "Layer 2"


def test_a_duplicate_shares_pixels_until_it_is_painted(document: Document):
    original = named(document, "b")
    copy = layer_commands.duplicate(document, original)
    assert names(document.root) == ["Layer 1", "a", "b", "b copy", "c"]
    assert copy.pixels.get((0, 0)) is original.pixels.get((0, 0))
    before = original.pixels.read(document.canvas)
    with document.begin("Brush stroke"):
        copy.pixels.fill(Rect(0, 0, 200, 200), (9, 9, 9, 255))
    assert (original.pixels.read(document.canvas) == before).all()


def test_layers_are_grouped_in_place_and_ungrouped(document: Document):
    group = merging.group_layers(document, [named(document, "b"), named(document, "a")])
    assert names(document.root) == ["Layer 1", ("Group 1", ["a", "b"]), "c"]
    before = seen(document)
    layer_commands.set_opacity(document, group, 0.5)
    assert (seen(document) != before).any()
    merging.ungroup(document, named(document, "Group 1"))
    assert names(document.root) == ["Layer 1", "a", "b", "c"]
    document.history.jump_to(1)
    assert names(document.root) == ["Layer 1", "a", "b", "c"]


def test_a_layer_steps_through_open_groups(document: Document):
    merging.group_layers(document, [named(document, "b")])
    layer_commands.step(document, named(document, "a"), 1)
    assert names(document.root) == ["Layer 1", ("Group 1", ["a", "b"]), "c"]
    layer_commands.step(document, named(document, "a"), 1)
    layer_commands.step(document, named(document, "a"), 1)
    assert names(document.root) == ["Layer 1", ("Group 1", ["b"]), "a", "c"]
    layer_commands.step(document, named(document, "Layer 1"), -1)
    assert len(document.history.entries) == 5


def test_a_group_is_not_moved_into_itself(document: Document):
    group = merging.group_layers(document, [named(document, "b")])
    layer_commands.move_layer(document, group, group, 0)
    assert names(document.root) == ["Layer 1", "a", ("Group 1", ["b"]), "c"]


@pytest.mark.parametrize("name", ["b", "c"])
def test_merging_down_keeps_the_look(document: Document, name: str):
    layer_commands.set_blend(document, named(document, "a"), Blend.NORMAL)
    before = seen(document).astype(int)
    merging.merge_down(document, named(document, name))
    assert np.abs(seen(document) - before).max() <= 1
    assert len(document.root.children) == 3
    document.history.undo()
    assert (seen(document) == before).all()


def test_flattening_keeps_the_look_and_is_undone(document: Document):
    layer_commands.set_visible(document, named(document, "c"), False)
    before = seen(document)
    merging.flatten(document)
    assert len(document.root.children) == 1
    assert (seen(document) == before).all()
    document.history.undo()
    assert names(document.root) == ["Layer 1", "a", "b", "c"]


def test_what_lies_alone_is_shared_when_merged(document: Document):
    alone = Tiles()
    alone.fill(Rect(5120, 5120, 256, 256), (1, 2, 3, 255))
    layer_commands.add_image(document, alone, "far")
    merging.merge_down(document, document.active)
    assert document.active.pixels.get((20, 20)) is not None


def test_the_visible_ones_become_a_new_layer(document: Document):
    before = seen(document)
    merging.add_visible(document)
    layer_commands.show_only(document, document.active)
    assert (seen(document) == before).all()
    layer_commands.show_only(document, document.active)
    assert all(layer.visible for layer in document.root.children)


def test_a_group_becomes_a_paint_layer(document: Document):
    group = merging.group_layers(document, [named(document, "b"), named(document, "c")])
    layer_commands.set_opacity(document, group, 0.4)
    before = seen(document).astype(int)
    merging.to_paint_layer(document, named(document, "Group 1"))
    assert type(document.active) is PaintLayer
    assert np.abs(seen(document) - before).max() <= 1


def test_locked_layers_stay(document: Document):
    layer_commands.set_locked(document, named(document, "b"), True)
    locked = named(document, "b")
    layer_commands.delete(document, locked)
    merging.merge_down(document, named(document, "c"))
    document.activate(locked)
    assert not document.can_paint
    assert names(document.root) == ["Layer 1", "a", "b", "c"]


def test_what_a_locked_group_holds_cannot_be_painted(document: Document):
    group = merging.group_layers(document, [named(document, "b")])
    layer_commands.set_locked(document, group, True)
    document.activate(named(document, "b"))
    assert not document.can_paint


def test_a_slider_is_one_entry(document: Document):
    for opacity in (0.9, 0.5, 0.2):
        layer_commands.set_opacity(document, named(document, "a"), opacity)
    assert len(document.history.entries) == 2
    document.history.undo()
    assert named(document, "a").opacity == 1.0


def test_deleting_makes_the_neighbour_active_and_the_last_one_can_go(document: Document):
    for _ in range(4):
        layer_commands.delete(document, document.active)
    assert document.active is document.root
    assert not document.can_paint
    layer_commands.add_paint_layer(document)
    assert document.can_paint


def test_a_moved_group_takes_its_layers_along(document: Document):
    group = merging.group_layers(document, [named(document, "b"), named(document, "c")])
    layer_commands.move_pixels(document, group, 5, -3)
    assert named(document, "c").offset == (16, 4)


def test_a_mask_layer_starts_as_the_selection(document: Document):
    selection = Tiles(Kind.COVERAGE)
    selection.fill(Rect(0, 0, 10, 10), 200)
    with document.begin("Select"):
        document.set_selection(selection)
    mask = layer_commands.add_mask_layer(document)
    assert mask.pixels.read(Rect(0, 0, 10, 10)).min() == 200
    assert not seen(document)[20:, 20:].any()


def test_a_copy_for_another_thread_shares_pixels_and_stays(document: Document):
    copy = document.state.copy()
    with document.begin("Brush stroke"):
        document.active.pixels.fill(document.canvas, (0, 0, 0, 255))
    here, there = document.active.pixels, tree.find(copy.root, document.active.id).pixels
    assert there is not here
    assert (there.read(document.canvas) != here.read(document.canvas)).any()
    assert isinstance(layer_commands.add_image(document, Tiles(), "p"), ImageLayer)
