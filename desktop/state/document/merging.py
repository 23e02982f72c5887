"""Several layers to one: groups, merging, flattening. What is not touched stays shared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from PySide6.QtCore import QT_TRANSLATE_NOOP

from desktop.raster.blend import Blend, view_of
from desktop.raster.rect import Rect
from desktop.raster.sheet import Sheet
from desktop.raster.tile import Kind, Tile
from desktop.raster.tiles import Key, Tiles, keys_of, rect_of
from desktop.state.document import tree
from desktop.state.document.document import Document
from desktop.state.document.layers import Group, Layer, MaskLayer, PaintLayer
from desktop.state.document.names import new_group_name, visible_name
from desktop.state.document.rendering import draw_layers, in_line
from desktop.state.document.waits import waits


def group_layers(document: Document, layers: Sequence[Layer]) -> Group | None:
    """Put layers into a new group, in the place of the topmost of them and in the order they have."""
    wanted = {layer.id for layer in layers}
    tops = [
        layer
        for layer in document.root.walk()
        if layer.id in wanted and not _is_inside(document, layer, wanted)
    ]
    if not tops:
        return None
    group = Group(name=new_group_name(layer.name for layer in document.root.walk()), children=tuple(tops))
    parent = tree.parent_of(document.root, tops[-1].id) or document.root
    above = parent.children[tree.index_in(parent, tops[-1].id) + 1 :]
    with document.begin(QT_TRANSLATE_NOOP("History", "Group layers")):
        root = document.root
        for layer in tops:
            root = tree.removed(root, layer.id)
        left = tree.find(root, parent.id)
        assert isinstance(left, Group)
        root = tree.inserted(root, group, left.id, len(left.children) - len(above))
        document.set_state(replace(document.state, root=root, active_id=group.id))
    return group


@waits
def ungroup(document: Document, group: Group) -> None:
    """Its layers take the place of the group."""
    parent = tree.parent_of(document.root, group.id)
    if parent is None or group.locked:
        return
    index = tree.index_in(parent, group.id)
    children = (*parent.children[:index], *group.children, *parent.children[index + 1 :])
    active = group.children[-1].id if group.children else parent.id
    with document.begin(QT_TRANSLATE_NOOP("History", "Ungroup")):
        root = tree.replaced(document.root, replace(parent, children=children))
        document.set_state(replace(document.state, root=root, active_id=active))


def layer_below(document: Document, layer: Layer) -> Layer | None:
    """The one that `merge_down` would merge it into."""
    parent = tree.parent_of(document.root, layer.id)
    if parent is None:
        return None
    index = tree.index_in(parent, layer.id)
    return parent.children[index - 1] if index else None


def can_merge_down(document: Document, layer: Layer) -> bool:
    below = layer_below(document, layer)
    return below is not None and not below.locked and not layer.locked and not isinstance(below, MaskLayer)


@waits
def merge_down(document: Document, layer: Layer) -> None:
    """Make one paint layer of this one and the one below, which keeps its blend mode."""
    below = layer_below(document, layer)
    if below is None or not can_merge_down(document, layer):
        return
    base = replace(below, blend=Blend.NORMAL, visible=True)
    merged = PaintLayer(
        id=below.id, name=below.name, blend=below.blend, visible=below.visible, offset=below.offset
    )
    both = [base, layer] if layer.visible else [base]

    def take(tiles: Tiles) -> None:
        document.remove(layer)
        root = tree.replaced(document.root, replace(merged, tiles=tiles))
        document.set_state(replace(document.state, root=root, active_id=merged.id))

    title = QT_TRANSLATE_NOOP("History", "Merge down")
    document.compute(title, lambda: composed(both, below.offset), take, document.canvas.area)


@waits
def to_paint_layer(document: Document, layer: Layer) -> None:
    """What a group, a result or a picture shows, as a layer to be painted on; with the same blending."""
    if layer.locked or isinstance(layer, MaskLayer) or type(layer) is PaintLayer or layer is document.root:
        return
    plain = replace(layer, opacity=1.0, blend=Blend.NORMAL, visible=True)
    painted = PaintLayer(
        id=layer.id,
        name=layer.name,
        opacity=layer.opacity,
        blend=layer.blend,
        visible=layer.visible,
        offset=layer.offset,
    )

    def take(tiles: Tiles) -> None:
        root = tree.replaced(document.root, replace(painted, tiles=tiles))
        document.set_state(replace(document.state, root=root))

    title = QT_TRANSLATE_NOOP("History", "Turn into a paint layer")
    document.compute(title, lambda: composed([plain], layer.offset), take, document.canvas.area)


@waits
def add_visible(document: Document) -> None:
    """A new layer on top that holds what all visible ones show together."""
    layers = document.root.children

    def take(tiles: Tiles) -> None:
        document.insert(PaintLayer(name=visible_name(), tiles=tiles), document.root)

    title = QT_TRANSLATE_NOOP("History", "New layer from the visible ones")
    document.compute(title, lambda: composed(layers), take, document.canvas.area)


@waits
def flatten(document: Document) -> None:
    """One layer of everything that is visible; what is hidden goes."""
    layers = document.root.children
    name = layers[0].name if layers else visible_name()

    def take(tiles: Tiles) -> None:
        layer = PaintLayer(name=name, tiles=tiles)
        root = replace(document.root, children=(layer,))
        document.set_state(replace(document.state, root=root, active_id=layer.id))

    title = QT_TRANSLATE_NOOP("History", "Flatten")
    document.compute(title, lambda: composed(layers), take, document.canvas.area)


def composed(layers: Iterable[Layer], offset: tuple[int, int] = (0, 0)) -> Tiles:
    """What the visible ones of `layers` show together, as tiles whose (0, 0) lies at `offset`.

    A tile that only one plain layer has is shared with it.
    """
    line = list(in_line(Group(name="", children=tuple(layers))))
    touched = [(layer, set(_keys_at(layer, offset))) for layer in line]
    can_share = not any(isinstance(layer, MaskLayer) or layer.blend.clears_outside for layer in line)
    tiles = Tiles()
    for key in set().union(*(keys for _, keys in touched)):
        here = [layer for layer, keys in touched if key in keys]
        if can_share and len(here) == 1 and _is_plain(here[0], offset):
            tile = here[0].stores[0].get(key)
        else:
            tile = _composed_tile(here if can_share else line, rect_of(key).moved(*offset))
        tiles.put(key, tile)
    return tiles


def _keys_at(layer: Layer, offset: tuple[int, int]) -> Iterable[Key]:
    """The tiles (of a store at `offset`) that the layer may show in."""
    if isinstance(layer, Group):
        return {key for child in layer.children for key in _keys_at(child, offset)}
    if isinstance(layer, MaskLayer):
        return ()
    right, down = layer.offset[0] - offset[0], layer.offset[1] - offset[1]
    own = set().union(*(store.keys() for store in layer.stores))
    if (right, down) == (0, 0):
        return own
    return {place for key in own for place in keys_of(rect_of(key).moved(right, down))}


def _is_plain(layer: Layer, offset: tuple[int, int]) -> bool:
    """Whether the layer, alone on nothing, shows just its pixels."""
    vanishes = layer.blend in (Blend.DST_OUT, Blend.SRC_ATOP)
    return isinstance(layer, PaintLayer) and layer.opacity == 1 and layer.offset == offset and not vanishes


def _composed_tile(layers: Sequence[Layer], rect: Rect) -> Tile | None:
    sheet = Sheet(rect)
    draw_layers(sheet, layers, rect)
    pixels = view_of(sheet.end())
    return Tile(Kind.COLOUR, pixels.copy()) if pixels.any() else None


def _is_inside(document: Document, layer: Layer, ids: set[str]) -> bool:
    return any(group.id in ids for group in tree.groups_above(document.root, layer.id))
