"""A document as it is at this moment, for another thread: values are shared, tiles by snapshot."""

from __future__ import annotations

from dataclasses import replace

from desktop.raster.tiles import Tiles
from desktop.state.document.document_state import DocumentState
from desktop.state.document.layers import Group, Layer, MaskLayer, PaintLayer, ResultLayer


def captured(state: DocumentState) -> DocumentState:
    """`state` with tiles that stay when the artist paints on. No pixel is copied."""
    return replace(
        state,
        root=_group(state.root),
        selection=_shot(state.selection),
        mask=state.mask.snapshot(),
        shelf=tuple(replace(mask, coverage=mask.coverage.snapshot()) for mask in state.shelf),
    )


def _layer(layer: Layer) -> Layer:
    match layer:
        case Group():
            return _group(layer)
        case PaintLayer():
            return replace(layer, tiles=layer.tiles.snapshot())
        case MaskLayer():
            return replace(layer, coverage=layer.coverage.snapshot())
        case ResultLayer():
            variants = tuple(
                replace(variant, tiles=variant.tiles.snapshot(), brushed=_shot(variant.brushed))
                for variant in layer.variants
            )
            return replace(layer, variants=variants, mask=_shot(layer.mask), source=_shot(layer.source))
    raise AssertionError(f"a layer of an unknown kind: {type(layer).__name__}")


def _group(group: Group) -> Group:
    return replace(group, children=tuple(map(_layer, group.children)))


def _shot(tiles: Tiles | None) -> Tiles | None:
    return None if tiles is None else tiles.snapshot()
