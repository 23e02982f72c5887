"""The maps of a picture brought into the document with its settings: each a hidden layer that is the map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from desktop.bridge.pixels import premultiplied
from desktop.raster.rect import Rect
from desktop.raster.tile import Kind
from desktop.raster.tiles import Tiles
from desktop.state.document import maps
from desktop.state.document.blank import blank_state
from desktop.state.document.document import Document
from desktop.state.document.document_map import DocumentMap, MapSource
from desktop.state.document.layers import ImageLayer
from engine.api.images import Extent
from engine.api.maps import MapInput
from engine.api.recipe import Recipe

if TYPE_CHECKING:
    from desktop.state.studio import Studio
    from engine.library.journal import Journal

translate = QCoreApplication.translate


@dataclass(frozen=True, eq=False)
class BroughtMap:
    """As large as the document."""

    given: MapInput
    tiles: Tiles | None
    """None of what is made of the document's own mask."""


def bring_maps(studio: Studio, recipe: Recipe, then: Callable[[Callable[[], object]], object]) -> None:
    """Follow the maps of `recipe` from now on, those of before no more; one step of the document's history.

    A map that is neither in the recipe nor known here is said. `then` is given the way back.
    """
    document = studio.document
    is_new = studio.documents.is_pristine
    size = recipe.request.extent if is_new else document.size

    def take(brought: list[BroughtMap]) -> None:
        if studio.document is document:
            into = studio.documents.open_state(blank_state(size)) if is_new else document
            then(_place(into, brought))
        if missing := len(recipe.request.maps) - len(brought):
            studio.messages.warning(
                translate("Borrowing", "%n map(s) of this picture are not inside it.", "", missing)
            )

    studio.background.run(
        read_maps, recipe, studio.journal, size, done=take, failed=studio.say_failed
    )  # fmt: skip


def read_maps(recipe: Recipe, journal: Journal | None, size: Extent) -> list[BroughtMap]:
    """For the disk pool: those of the recipe's maps whose pixels are in it or in the journal."""
    # Pillow and OpenCV are loaded with the first picture, not with the window
    from engine.conditioning.fitting import fitted
    from engine.library.maps import unpacked_maps

    pictures, brought = unpacked_maps(recipe.maps), []
    for given in recipe.request.maps:
        if given.is_of_mask:
            brought.append(BroughtMap(given, None))
            continue
        pixels = pictures.get(given.image.sha256)
        if pixels is None and journal is not None:
            pixels = journal.get_input(given.image.sha256)
        if pixels is not None:
            tiles = Tiles(Kind.COLOUR)
            tiles.write(Rect.whole(size), premultiplied(fitted(pixels, size, given.kind)))
            brought.append(BroughtMap(given, tiles))
    return brought


def _place(document: Document, brought: list[BroughtMap]) -> Callable[[], object]:
    """Returns the way back, which does nothing where something else was done since."""
    others = tuple(replace(given, is_on=False) for given in document.maps)
    with document.begin(maps.ADD):
        active = document.active
        made = []
        for one in brought:
            if one.tiles is None:
                made.append(_document_map(one.given, "", MapSource.MASK))
                continue
            name = one.given.image.name or translate("Borrowing", "Map")
            layer = ImageLayer(name=name, tiles=one.tiles, source=name, visible=False)
            document.insert(layer, document.root)
            made.append(_document_map(one.given, layer.id, MapSource.READY))
        document.activate(active)  # one paints on where one was
        document.set_maps((*others, *made))
    placed = document.maps

    def back() -> None:
        if document.maps == placed:
            document.history.undo()

    return back


def _document_map(given: MapInput, layer: str, source: MapSource) -> DocumentMap:
    return DocumentMap(
        given.kind,
        source,
        layer=layer,
        network=given.network,
        weight=given.weight,
        start=given.start,
        end=given.end,
    )
