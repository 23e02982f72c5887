"""What the artist can do to a document's regions: each one entry of the history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QT_TRANSLATE_NOOP

from desktop.raster.rect import Rect
from desktop.raster.tiles import Tiles, rect_of
from desktop.state.document import rendering, tree
from desktop.state.document.document import Document
from desktop.state.document.document_region import DocumentRegion, find_region
from desktop.state.document.document_state import DocumentState
from desktop.state.document.layers import Group, PaintLayer
from desktop.state.document.waits import waits
from engine.api.mask import Coverage
from engine.api.regions import RegionInput

ADD = QT_TRANSLATE_NOOP("History", "Add a place with words")
REMOVE = QT_TRANSLATE_NOOP("History", "Remove a place with words")
CHANGE = QT_TRANSLATE_NOOP("History", "Change a place with words")
OPACITY = 0.45
"""The picture is seen through it."""
COLOURS = ("#e5484d", "#3b82f6", "#46a758", "#f5b642", "#a35bd6", "#16a3a3", "#e07a3f", "#8a8f98")
"""Told apart on any picture; the first that no region has is the next one's."""


def add(document: Document, name: str, coverage: Tiles | None = None) -> DocumentRegion:
    """A region, its layer on top and active; it covers what `coverage` does."""
    layer, region = _made(document.regions, name, coverage)
    with document.begin(ADD):
        document.insert(layer, document.root)
        document.set_regions((*document.regions, region))
    return region


def bring(document: Document, given: Sequence[tuple[str, Tiles, RegionInput]]) -> None:
    """Regions of another picture (names, coverage, words), each on a layer; those of before are off."""
    found = tuple(replace(region, is_on=False) for region in document.regions)
    with document.begin(ADD):
        active = document.active
        for name, coverage, told in given:
            layer, region = _made(found, name, coverage)
            document.insert(layer, document.root)
            found = (*found, replace(region, prompt=told.prompt, weight=told.weight))
        document.activate(active)  # one paints on where one was
        document.set_regions(found)


def _made(
    present: Sequence[DocumentRegion], name: str, coverage: Tiles | None
) -> tuple[PaintLayer, DocumentRegion]:
    """A region in a colour that none of the present ones has, where there is one left."""
    used = {region.colour for region in present}
    colour = next((one for one in COLOURS if one not in used), COLOURS[len(used) % len(COLOURS)])
    layer = PaintLayer(name=name, opacity=OPACITY)
    if coverage is not None:
        for key in coverage.keys():  # noqa: SIM118  # tiles are no mapping
            layer.tiles.write(rect_of(key), painted(coverage.read(rect_of(key)), colour))
    return layer, DocumentRegion(layer.id, colour)


@waits
def change(document: Document, id: str, **fields: Any) -> None:
    """Other settings of the region `id`. What is typed or dragged along is one entry."""
    regions = tuple(replace(region, **fields) if region.id == id else region for region in document.regions)
    if regions != document.regions:
        with document.begin(CHANGE, merge=f"region {id} {' '.join(fields)}"):
            document.set_regions(regions)


@waits
def remove(document: Document, id: str) -> None:
    """And its layer, which was there only for it."""
    gone = find_region(document.regions, id)
    if gone is None:
        return
    layer = document.layer(gone.layer)
    with document.begin(REMOVE):
        document.set_regions(tuple(region for region in document.regions if region.id != id))
        if layer is not None and not document.is_locked(layer):
            document.remove(layer)


def coverage_of(state: DocumentState, region: DocumentRegion, rect: Rect) -> Coverage | None:
    """How much of `rect` is painted on its layer, H x W, whether one sees it or not; None without any."""
    layer = tree.find(state.root, region.layer)
    if layer is None:
        return None
    alone = Group(name="", children=(replace(layer, visible=True, opacity=1.0),))
    coverage = np.ascontiguousarray(rendering.flattened(alone, rect)[..., 3])
    return coverage if coverage.any() else None


def painted(coverage: Coverage, colour: str) -> np.ndarray:
    """`coverage` in `colour`: H x W x 4, as tiles hold it (blue, green, red, alpha, premultiplied)."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    opaque = np.array([blue, green, red, 255], np.uint16)
    return ((coverage[..., None].astype(np.uint16) * opaque + 127) // 255).astype(np.uint8)
