"""The tree of layers as a value: each function returns a new root that shares what did not change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import TypeVar

from desktop.raster.tiles import Tiles
from desktop.state.document.layers import Group, Layer, Variant

V = TypeVar("V", Layer, Variant)


def find(root: Group, id: str) -> Layer | None:
    """The layer (or the root itself) with that id."""
    if root.id == id:
        return root
    return next((layer for layer in root.walk() if layer.id == id), None)


def parent_of(root: Group, id: str) -> Group | None:
    """The group that holds the layer; None for the root and for strangers."""
    groups = [root, *(layer for layer in root.walk() if isinstance(layer, Group))]
    return next((group for group in groups if any(child.id == id for child in group.children)), None)


def groups_above(root: Group, id: str) -> list[Group]:
    """The groups that hold the layer, from the root down."""
    path: list[Group] = []
    parent = parent_of(root, id)
    while parent is not None:
        path.insert(0, parent)
        parent = parent_of(root, parent.id)
    return path


def index_in(group: Group, id: str) -> int:
    """The layer's place among the children of its group. Raises `ValueError` for a stranger."""
    return [child.id for child in group.children].index(id)


def replaced(root: Group, layer: Layer) -> Group:
    """With `layer` in the place of the one that has its id."""
    if root.id == layer.id:
        assert isinstance(layer, Group)
        return layer
    return _with_children(root, tuple(_replaced_below(child, layer) for child in root.children))


def _replaced_below(child: Layer, layer: Layer) -> Layer:
    if child.id == layer.id:
        return layer
    return replaced(child, layer) if isinstance(child, Group) else child


def removed(root: Group, id: str) -> Group:
    """Without the layer and what it holds."""
    children = tuple(
        removed(child, id) if isinstance(child, Group) else child for child in root.children if child.id != id
    )
    return _with_children(root, children)


def inserted(root: Group, layer: Layer, parent_id: str, index: int) -> Group:
    """With `layer` among the children of a group, `index` counted from the lowest."""
    parent = find(root, parent_id)
    assert isinstance(parent, Group), "only a group holds layers"
    children = (*parent.children[:index], layer, *parent.children[index:])
    return replaced(root, replace(parent, children=children))


def moved(root: Group, id: str, parent_id: str, index: int) -> Group:
    """With the layer in another place, at `index` afterwards. A group does not go into itself."""
    layer = find(root, id)
    assert layer is not None
    inside = {layer.id, *(below.id for below in layer.walk())} if isinstance(layer, Group) else {layer.id}
    if parent_id in inside:
        return root
    return inserted(removed(root, id), layer, parent_id, index)


def stores_of(root: Group) -> Iterator[Tiles]:
    """All tiles of all layers."""
    for layer in root.walk():
        yield from layer.stores


def with_stores(layer: Layer, swap: Callable[[Tiles], Tiles]) -> Layer:
    """The layer (not what a group holds) with `swap(tiles)` in the place of each of its tiles."""
    return _with_swapped(layer, swap)


def all_with_stores(root: Group, swap: Callable[[Tiles], Tiles]) -> Group:
    """The whole tree with other tiles."""
    children = (
        all_with_stores(child, swap) if isinstance(child, Group) else with_stores(child, swap)
        for child in root.children
    )
    return replace(root, children=tuple(children))


def _with_swapped(held: V, swap: Callable[[Tiles], Tiles]) -> V:
    changes = {}
    for field in fields(held):
        match value := getattr(held, field.name):
            case Tiles():
                changes[field.name] = swap(value)
            case (Variant(), *_):
                changes[field.name] = tuple(_with_swapped(variant, swap) for variant in value)
    return replace(held, **changes) if changes else held


def same_order(one: Group, other: Group) -> bool:
    """Whether both hold the same layers in the same places."""
    return len(one.children) == len(other.children) and all(
        mine.id == theirs.id
        and (not isinstance(mine, Group) or (isinstance(theirs, Group) and same_order(mine, theirs)))
        for mine, theirs in zip(one.children, other.children, strict=True)
    )


def _with_children(group: Group, children: tuple[Layer, ...]) -> Group:
    same = len(children) == len(group.children) and all(
        one is other for one, other in zip(children, group.children, strict=True)
    )
    return group if same else replace(group, children=children)
