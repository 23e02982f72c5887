"""The places with words of a picture brought into the document with its settings, to be painted on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from desktop.raster import opencv as cv2
from desktop.raster.rect import Rect
from desktop.raster.tile import Kind
from desktop.raster.tiles import Tiles
from desktop.state.document import regions
from desktop.state.document.blank import blank_state
from desktop.state.document.document import Document
from engine.api.images import Extent
from engine.api.mask import MaskInput
from engine.api.recipe import Recipe
from engine.api.regions import RegionInput

if TYPE_CHECKING:
    from desktop.state.studio import Studio

translate = QCoreApplication.translate


@dataclass(frozen=True, eq=False)
class BroughtPlace:
    """As large as the document."""

    given: RegionInput
    """Without words for the place of a reference alone."""
    coverage: Tiles


def bring_places(studio: Studio, recipe: Recipe, then: Callable[[Callable[[], object]], object]) -> None:
    """Follow the places of `recipe` from now on, those of before no more; one step of the history.

    A place whose mask is not in the recipe is said. `then` is given the way back.
    """
    document = studio.document
    is_new = studio.documents.is_pristine
    size = recipe.request.extent if is_new else document.size

    def take(brought: list[BroughtPlace]) -> None:
        if studio.document is document:
            into = studio.documents.open_state(blank_state(size)) if is_new else document
            back = _place(into, brought)
            _bind(studio, recipe, into, brought)
            then(back)
        if missing := len(_places_of(recipe)) - len(brought):
            studio.messages.warning(
                translate("Borrowing", "%n place(s) of this picture are not inside it.", "", missing)
            )

    studio.background.run(read_places, recipe, size, done=take, failed=studio.say_failed)


def read_places(recipe: Recipe, size: Extent) -> list[BroughtPlace]:
    """For the disk pool: those of the recipe's places whose masks are in it."""
    # Pillow is loaded with the first picture, not with the window
    from engine.library.masks import unpacked_masks

    masks, brought = unpacked_masks(recipe.masks), []
    for given in _places_of(recipe):
        pixels = masks.get(given.mask.sha256)
        if pixels is not None and (tiles := _fitted(replace(given.mask, pixels=pixels), size)) is not None:
            brought.append(BroughtPlace(given, tiles))
    return brought


def _places_of(recipe: Recipe) -> list[RegionInput]:
    """Those with words, then those of references that are not among them."""
    given = list(recipe.request.regions)
    for one in recipe.request.references:
        if one.place is not None and all(_key(known.mask) != _key(one.place) for known in given):
            given.append(RegionInput("", one.place))
    return given


def _key(mask: MaskInput) -> tuple[object, ...]:
    return mask.sha256, mask.width, mask.height, mask.left, mask.top


def _bind(studio: Studio, recipe: Recipe, document: Document, brought: list[BroughtPlace]) -> None:
    """The references that came along, to the places that did."""
    made = document.regions[len(document.regions) - len(brought) :]
    ids = {_key(one.given.mask): region.id for one, region in zip(brought, made, strict=True)}
    came = [one for one in recipe.request.references if one.image.pixels is not None]
    for number, one in enumerate(came[: len(studio.generation.references)]):
        if one.place is not None and _key(one.place) in ids:
            studio.references.bind(number, ids[_key(one.place)])


def _fitted(mask: MaskInput, size: Extent) -> Tiles | None:
    """What is painted of it, on a canvas of `size`; None for one that lies outside its own picture."""
    across, down = size.width / max(1, mask.width), size.height / max(1, mask.height)
    height, width = mask.pixels.shape if mask.pixels is not None else (0, 0)
    left, right = round(mask.left * across), round((mask.left + width) * across)
    top, bottom = round(mask.top * down), round((mask.top + height) * down)
    if mask.pixels is None or not (0 <= left < right <= size.width and 0 <= top < bottom <= size.height):
        return None
    tiles = Tiles(Kind.COVERAGE)
    tiles.write(Rect.between(left, top, right, bottom), cv2.resize(mask.pixels, (right - left, bottom - top)))
    return tiles


def _place(document: Document, brought: list[BroughtPlace]) -> Callable[[], object]:
    """Returns the way back, which does nothing where something else was done since."""
    regions.bring(
        document,
        [
            (translate("Borrowing", "Place {number}").format(number=number), one.coverage, one.given)
            for number, one in enumerate(brought, len(document.regions) + 1)
        ],
    )
    placed = document.regions

    def back() -> None:
        if document.regions == placed:
            document.history.undo()

    return back
