"""A document's value as JSON, its tiles by number: what the journal writes and reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from desktop.raster.blend import Blend
from desktop.raster.tile import Kind
from desktop.raster.tiles import Tiles
from desktop.state.document.document_map import maps_form, read_maps
from desktop.state.document.document_region import read_regions, regions_form
from desktop.state.document.document_state import DocumentState, MaskMode, ShelfMask
from desktop.state.document.layers import (
    Group,
    ImageLayer,
    Layer,
    MaskLayer,
    PaintLayer,
    ResultLayer,
    Variant,
    Verdict,
)
from engine.api.errors import EngineError
from engine.api.images import Extent
from engine.api.recipe import Recipe

Form = dict[str, Any]
NumberOf = Callable[[Tiles], int]
StoreAt = Callable[[int, Kind], Tiles]


def to_form(state: DocumentState, number: NumberOf) -> Form:
    """`number` names a store."""
    return {
        "size": list(state.size),
        "root": _layer_form(state.root, number),
        "active": state.active_id,
        "selection": number(state.selection) if state.selection is not None else 0,
        "mask": number(state.mask),
        "mask_mode": state.mask_mode.value,
        "shelf": [
            {"id": held.id, "name": held.name, "size": list(held.size), "tiles": number(held.coverage)}
            for held in state.shelf
        ],
        "maps": maps_form(state.maps),
        "regions": regions_form(state.regions),
        "settings": state.settings,
        "origin": list(state.origin),
    }


def from_form(form: Form, store: StoreAt) -> DocumentState:
    """Raises `KeyError`, `ValueError` or `TypeError` for what no journal of ours holds."""
    root = _layer(form["root"], store)
    if not isinstance(root, Group):
        raise ValueError("the root is no group")
    return DocumentState(
        size=Extent(*form["size"]),
        root=root,
        active_id=form["active"],
        selection=store(form["selection"], Kind.COVERAGE) if form["selection"] else None,
        mask=store(form["mask"], Kind.COVERAGE),
        mask_mode=MaskMode(form["mask_mode"]),
        shelf=tuple(
            ShelfMask(
                id=held["id"],
                name=held["name"],
                size=Extent(*held["size"]),
                coverage=store(held["tiles"], Kind.COVERAGE),
            )
            for held in form["shelf"]
        ),
        maps=read_maps(form.get("maps")),
        regions=read_regions(form.get("regions")),
        settings=form["settings"],
        origin=_place(form.get("origin", (0, 0))),
    )


def _layer_form(layer: Layer, number: NumberOf) -> Form:
    form: Form = {
        "kind": KINDS[type(layer)],
        "id": layer.id,
        "name": layer.name,
        "opacity": layer.opacity,
        "blend": layer.blend.value,
        "visible": layer.visible,
        "locked": layer.locked,
        "alpha_locked": layer.alpha_locked,
        "offset": list(layer.offset),
        "foreign": [list(attribute) for attribute in layer.foreign],
    }
    match layer:
        case Group():
            form |= {"isolated": layer.isolated, "folded": layer.is_folded}
            form["children"] = [_layer_form(child, number) for child in layer.children]
        case ResultLayer():
            form |= _result_form(layer, number)
        case MaskLayer():
            form["tiles"] = number(layer.coverage)
        case PaintLayer():
            form["tiles"] = number(layer.tiles)
            if isinstance(layer, ImageLayer):
                form["source"] = layer.source
    return form


def _result_form(layer: ResultLayer, number: NumberOf) -> Form:
    return {
        "variants": [
            {
                "id": variant.id,
                "tiles": number(variant.tiles),
                "brushed": number(variant.brushed) if variant.brushed is not None else 0,
                "recipe": variant.recipe.to_json() if variant.recipe is not None else None,
            }
            for variant in layer.variants
        ],
        "chosen": layer.chosen,
        "mask": number(layer.mask) if layer.mask is not None else 0,
        "source": number(layer.source) if layer.source is not None else 0,
        "source_hash": layer.source_hash,
        "verdict": layer.verdict.value,
        "shows_before": layer.shows_before,
    }


def _layer(form: Form, store: StoreAt) -> Layer:
    shared: Form = {
        "id": form["id"],
        "name": form["name"],
        "opacity": float(form["opacity"]),
        "blend": Blend(form["blend"]),
        "visible": form["visible"],
        "locked": form["locked"],
        "alpha_locked": form["alpha_locked"],
        "offset": _place(form["offset"]),
        "foreign": tuple((name, value) for name, value in form.get("foreign", ())),
    }
    match form["kind"]:
        case "group":
            children = tuple(_layer(child, store) for child in form["children"])
            return Group(**shared, children=children, isolated=form["isolated"], is_folded=form["folded"])
        case "result":
            return ResultLayer(**shared, **_result_fields(form, store))
        case "mask":
            return MaskLayer(**shared, coverage=store(form["tiles"], Kind.COVERAGE))
        case "image":
            return ImageLayer(**shared, tiles=store(form["tiles"], Kind.COLOUR), source=form["source"])
        case "paint":
            return PaintLayer(**shared, tiles=store(form["tiles"], Kind.COLOUR))
    raise ValueError(f"no layer is a {form['kind']}")


def _result_fields(form: Form, store: StoreAt) -> Form:
    return {
        "variants": tuple(
            Variant(
                id=variant["id"],
                tiles=store(variant["tiles"], Kind.COLOUR),
                brushed=store(variant["brushed"], Kind.COVERAGE) if variant["brushed"] else None,
                recipe=_recipe(variant["recipe"]),
            )
            for variant in form["variants"]
        ),
        "chosen": int(form["chosen"]),
        "mask": store(form["mask"], Kind.COVERAGE) if form["mask"] else None,
        "source": store(form["source"], Kind.COLOUR) if form["source"] else None,
        "source_hash": form["source_hash"],
        "verdict": Verdict(form["verdict"]),
        "shows_before": form["shows_before"],
    }


def _place(form: Any) -> tuple[int, int]:
    return int(form[0]), int(form[1])


def _recipe(form: Form | None) -> Recipe | None:
    """One that another version wrote and this one cannot read is done without: the pixels count."""
    try:
        return Recipe.from_json(form) if form is not None else None
    except EngineError:
        return None


KINDS: dict[type[Layer], str] = {
    PaintLayer: "paint",
    ImageLayer: "image",
    ResultLayer: "result",
    MaskLayer: "mask",
    Group: "group",
}
