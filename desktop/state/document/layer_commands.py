"""What the artist can do to layers: each one entry of the history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QT_TRANSLATE_NOOP

from desktop.raster.blend import Blend
from desktop.raster.tile import Kind
from desktop.raster.tiles import Tiles
from desktop.state.document import tree
from desktop.state.document.document import Document
from desktop.state.document.layers import Group, ImageLayer, Layer, MaskLayer, PaintLayer, new_id
from desktop.state.document.names import copy_name, new_group_name, new_layer_name, new_mask_name
from desktop.state.document.waits import waits


def add_paint_layer(document: Document) -> Layer:
    """An empty one above the active layer."""
    layer = PaintLayer(name=new_layer_name(_names(document)))
    with document.begin(QT_TRANSLATE_NOOP("History", "New layer")):
        document.insert(layer)
    return layer


def add_image(document: Document, pixels: Tiles, name: str, source: str = "") -> Layer:
    """A placed picture above the active layer."""
    layer = ImageLayer(name=name, tiles=pixels, source=source or name)
    with document.begin(QT_TRANSLATE_NOOP("History", "Place picture")):
        document.insert(layer)
    return layer


def add_group(document: Document) -> Group:
    """An empty one above the active layer."""
    group = Group(name=new_group_name(_names(document)))
    with document.begin(QT_TRANSLATE_NOOP("History", "New group")):
        document.insert(group)
    return group


def add_mask_layer(document: Document) -> Layer:
    """Above the active layer; it shows the selection, or everything where nothing is selected."""
    if document.selection is not None:
        coverage = document.selection.snapshot()
    else:
        coverage = Tiles(Kind.COVERAGE)
        coverage.fill(document.canvas, 255)
    layer = MaskLayer(name=new_mask_name(_names(document)), coverage=coverage)
    with document.begin(QT_TRANSLATE_NOOP("History", "New mask layer")):
        document.insert(layer)
    return layer


def duplicate(document: Document, layer: Layer) -> Layer:
    """A copy above the layer; its pixels are shared until one of them changes."""
    copy = replace(copy_of(layer), name=copy_name(layer.name), locked=False)
    parent = _parent(document, layer)
    with document.begin(QT_TRANSLATE_NOOP("History", "Duplicate layer")):
        document.insert(copy, parent, tree.index_in(parent, layer.id) + 1)
    return copy


def copy_of(layer: Layer) -> Layer:
    """The same layer under other names, with pixels of its own."""
    copy = replace(tree.with_stores(layer, Tiles.snapshot), id=new_id())
    if isinstance(copy, Group):
        return replace(copy, children=tuple(map(copy_of, copy.children)))
    return copy


@waits
def delete(document: Document, *layers: Layer) -> None:
    """Take layers and what they hold away, unless they are locked."""
    with document.begin(QT_TRANSLATE_NOOP("History", "Delete layer")):
        for layer in layers:
            is_there = document.layer(layer.id) is not None and layer.id != document.root.id
            if is_there and not document.is_locked(layer):
                document.remove(layer)


@waits
def rename(document: Document, layer: Layer, name: str) -> None:
    name = name.strip()
    if name and name != layer.name:
        with document.begin(QT_TRANSLATE_NOOP("History", "Rename layer")):
            document.change(layer, name=name)


@waits
def set_opacity(document: Document, layer: Layer, opacity: float) -> None:
    """0 to 1. A slider that is drawn along is one entry."""
    if opacity != layer.opacity:
        title = QT_TRANSLATE_NOOP("History", "Layer opacity")
        with document.begin(title, merge=f"opacity {layer.id}"):
            document.change(layer, opacity=min(1.0, max(0.0, opacity)))


@waits
def set_blend(document: Document, layer: Layer, blend: Blend) -> None:
    if blend is not layer.blend:
        with document.begin(QT_TRANSLATE_NOOP("History", "Blend mode"), merge=f"blend {layer.id}"):
            document.change(layer, blend=blend)


@waits
def set_visible(document: Document, layer: Layer, visible: bool) -> None:
    if visible == layer.visible:
        return
    shown, hidden = QT_TRANSLATE_NOOP("History", "Show layer"), QT_TRANSLATE_NOOP("History", "Hide layer")
    with document.begin(shown if visible else hidden):
        document.change(layer, visible=visible)


@waits
def show_only(document: Document, layer: Layer) -> None:
    """Hide the other layers of its group; where they are hidden already, show them all."""
    parent = _parent(document, layer)
    others = [child for child in parent.children if child.id != layer.id]
    visible = not any(other.visible for other in others)
    with document.begin(QT_TRANSLATE_NOOP("History", "Show one layer")):
        for other in others:
            document.change(other, visible=visible)
        document.change(layer, visible=True)


@waits
def set_locked(document: Document, layer: Layer, locked: bool) -> None:
    if locked == layer.locked:
        return
    lock, free = QT_TRANSLATE_NOOP("History", "Lock layer"), QT_TRANSLATE_NOOP("History", "Unlock layer")
    with document.begin(lock if locked else free):
        document.change(layer, locked=locked)


@waits
def set_alpha_locked(document: Document, layer: Layer, locked: bool) -> None:
    """Whether painting leaves transparent what is transparent."""
    if locked != layer.alpha_locked:
        with document.begin(QT_TRANSLATE_NOOP("History", "Lock transparency")):
            document.change(layer, alpha_locked=locked)


@waits
def set_isolated(document: Document, group: Group, isolated: bool) -> None:
    if isolated != group.isolated:
        with document.begin(QT_TRANSLATE_NOOP("History", "Isolate group")):
            document.change(group, isolated=isolated)


@waits
def activate(document: Document, layer: Layer) -> None:
    """Paint on this layer from now on; not an entry of the history."""
    document.activate(layer)


@waits
def set_shown(document: Document, layer: Layer, shown: bool) -> None:
    """Show or hide what guides the picture and is no part of it; not an entry of the history."""
    document.change_unrecorded(layer, visible=shown)


@waits
def set_folded(document: Document, group: Group, folded: bool) -> None:
    """In the list of layers; not an entry of the history."""
    if folded != group.is_folded:
        document.change_unrecorded(group, is_folded=folded)


@waits
def move_layer(document: Document, layer: Layer, parent: Group, index: int) -> None:
    """To another place in the tree; `index` counts from the lowest, without the layer itself."""
    root = tree.moved(document.root, layer.id, parent.id, index)
    if tree.same_order(root, document.root):
        return
    with document.begin(QT_TRANSLATE_NOOP("History", "Move layer in the list")):
        document.set_state(replace(document.state, root=root))


@waits
def move_layers(document: Document, layers: Sequence[Layer], group: Group, above: int) -> None:
    """Several (the topmost first) into `group`, where `above` of its other layers lie over them."""
    root, ids = document.root, {layer.id for layer in layers}
    around = {group.id, *(outer.id for outer in tree.groups_above(root, group.id))}
    moving = [
        layer
        for layer in layers
        if layer.id not in around and not any(outer.id in ids for outer in tree.groups_above(root, layer.id))
    ]
    for layer in moving:
        root = tree.removed(root, layer.id)
    left = tree.find(root, group.id)
    assert isinstance(left, Group)
    for index, layer in enumerate(reversed(moving), len(left.children) - above):
        root = tree.inserted(root, layer, group.id, index)
    if not tree.same_order(root, document.root):
        with document.begin(QT_TRANSLATE_NOOP("History", "Move layer in the list")):
            document.set_state(replace(document.state, root=root))


@waits
def step(document: Document, layer: Layer, by: int) -> None:
    """Up (`by` 1) or down (-1) the list: past a neighbour, into an open group, out at the end of one."""
    place = _next_place(document, layer, by)
    if place is not None:
        move_layer(document, layer, *place)


@waits
def move_pixels(document: Document, layer: Layer, right: int, down: int) -> None:
    """Shift what the layer shows by whole pixels; a group takes its layers along, locked ones stay."""
    with document.begin(QT_TRANSLATE_NOOP("History", "Move")):
        for moved in [layer, *(layer.walk() if isinstance(layer, Group) else ())]:
            if not isinstance(moved, Group) and not moved.locked:
                left, top = moved.offset
                document.change(moved, offset=(left + right, top + down))


def _next_place(document: Document, layer: Layer, by: int) -> tuple[Group, int] | None:
    parent = _parent(document, layer)
    index = tree.index_in(parent, layer.id) + by
    if 0 <= index < len(parent.children):
        neighbour = parent.children[index]
        if isinstance(neighbour, Group) and not neighbour.is_folded:
            return neighbour, 0 if by > 0 else len(neighbour.children)
        return parent, index
    grandparent = tree.parent_of(document.root, parent.id)
    if grandparent is None:
        return None
    return grandparent, tree.index_in(grandparent, parent.id) + (1 if by > 0 else 0)


def _parent(document: Document, layer: Layer) -> Group:
    parent = tree.parent_of(document.root, layer.id)
    assert parent is not None, "the root is not moved or copied"
    return parent


def _names(document: Document) -> list[str]:
    return [layer.name for layer in document.root.walk()]
