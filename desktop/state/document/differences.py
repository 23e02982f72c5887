"""Where two versions of a document look different, so that only that is composed again."""

from __future__ import annotations

from dataclasses import fields

from desktop.raster.rect import EMPTY, Rect
from desktop.state.document.layers import Group, Layer, MaskLayer

NOT_SEEN = ("id", "name", "locked", "alpha_locked", "children", "is_folded", "source", "source_hash")
"""Fields whose change shows nowhere on the canvas (children are compared one by one)."""


def dirty_between(before: Group, after: Group, canvas: Rect) -> Rect:
    """A rectangle of the canvas around everything that may look different."""
    olds, news = dict(_places(before)), dict(_places(after))
    dirty, everything = EMPTY, before.bounds().united(after.bounds()).united(canvas)
    for id in _changed(olds, news):
        for layer, _ in filter(None, (olds.get(id), news.get(id))):
            if isinstance(layer, MaskLayer) or layer.blend.clears_outside:
                return everything
            dirty = dirty.united(layer.bounds())
    return dirty


def _places(group: Group) -> list[tuple[str, tuple[Layer, str]]]:
    """Every layer by id with the id of its group, the lowest first."""
    places = []
    for child in group.children:
        places.append((child.id, (child, group.id)))
        if isinstance(child, Group):
            places += _places(child)
    return places


def _changed(olds: dict[str, tuple[Layer, str]], news: dict[str, tuple[Layer, str]]) -> set[str]:
    """The ids of layers that came, went, moved or look different."""
    changed = set(olds) ^ set(news)
    for id in set(olds) & set(news):
        (old, old_parent), (new, new_parent) = olds[id], news[id]
        if old_parent != new_parent or (old is not new and _looks(old) != _looks(new)):
            changed.add(id)
    order = [id for id in olds if id not in changed], [id for id in news if id not in changed]
    apart = [at for at, (one, other) in enumerate(zip(*order, strict=True)) if one != other]
    if apart:
        changed.update(order[0][apart[0] : apart[-1] + 1])
    return changed


def _looks(layer: Layer) -> tuple[object, ...]:
    seen = (getattr(layer, field.name) for field in fields(layer) if field.name not in NOT_SEEN)
    return (*seen, layer.stands_alone) if isinstance(layer, Group) else tuple(seen)
