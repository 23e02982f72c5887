"""What the engine makes of the canvas comes back as a layer; its pictures are variants to step through."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QT_TRANSLATE_NOOP, QObject, Qt, QTimer, Signal, Slot

from desktop.bridge.background import Background
from desktop.raster.rect import Rect
from desktop.raster.tiles import Tiles
from desktop.state.document.history import WITH_LAST
from desktop.state.document.layers import Layer, PaintLayer, ResultLayer, Variant
from desktop.state.editing.canvas_request import ON_CANVAS, Place, Seen
from desktop.state.editing.result_pixels import ResultPixels, result_pixels, rgb_of
from desktop.state.jobs import Job, JobQueue
from engine.api.edit import SeamMode
from engine.api.events import ImageReady
from engine.api.images import Extent, ImageInput
from engine.api.mask import MaskInput
from engine.api.model_info import ModelInfo
from engine.api.request import GenerationRequest, random_seed

if TYPE_CHECKING:
    from desktop.state.document.document import Document

log = logging.getLogger("canvas")

RESULT = QT_TRANSLATE_NOOP("History", "Result")
LONGEST_NAME = 40
"""Characters of the prompt that a layer is called after."""


@dataclass(frozen=True, eq=False)
class Arriving:
    """One finished picture on its way to the canvas."""

    job: Job
    event: ImageReady
    place: Place


class CanvasResults(QObject):
    """Puts pictures where their requests came from; where that document is gone, the library has them."""

    placed = Signal(object)
    """The `ResultLayer` that was made or got a variant."""
    went_elsewhere = Signal(object)
    """`Job` whose document is not open any more."""

    def __init__(
        self,
        document: Callable[[], Document],
        jobs: JobQueue,
        info_of: Callable[[str], ModelInfo | None],
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._info_of, self._background = document, info_of, background
        self._waiting: list[tuple[Arriving, ResultPixels]] = []
        """They come when the stroke that is being made is over."""
        self._placed: set[str] = set()
        """Layers that were there once: the artist who took one away does not want it back."""
        jobs.picture_made.connect(self._take_picture)

    def _take_picture(self, job: Job, event: ImageReady) -> None:
        place = Place.of(job.request)
        info = self._info_of(job.pictures.model) if place is not None else None
        if place is None:
            return
        document = self._document()
        if document.id != place.document or info is None:
            self.went_elsewhere.emit(job)
            return
        arriving = Arriving(job, event, place)
        self._background.run(
            result_pixels,
            event.pixels,
            job.pictures,
            info,
            _known(document, place),
            done=lambda made: self._insert(arriving, made),
            failed=lambda error: log.error("a result could not be placed", exc_info=error),
        )

    @Slot()
    def _insert_soon(self) -> None:
        """Not at once: whoever ended the stroke is still at it."""
        QTimer.singleShot(0, self, self._insert_waiting)

    def _insert_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for arriving, made in waiting:
            self._insert(arriving, made)

    def _insert(self, arriving: Arriving, made: ResultPixels) -> None:
        document, job, place = self._document(), arriving.job, arriving.place
        if document.id != place.document:
            self.went_elsewhere.emit(job)
            return
        if document.is_busy:
            # inside the stroke it would go with it, when that is taken back
            self._waiting.append((arriving, made))
            document.settled.connect(self._insert_soon, Qt.ConnectionType.UniqueConnection)
            return
        id = place.layer or job.id[:12]
        layer = document.layer(id)
        if layer is None and id in self._placed:
            return
        variant = Variant(tiles=made.tiles, recipe=arriving.event.recipe)
        if isinstance(layer, ResultLayer) and place.replaces:
            self._replace(document, layer, arriving, made)
            return
        active = document.active
        stays = place.replaces or _is_painted_on(document, active, place.after)
        with document.begin(RESULT, merge=f"result {job.id}"):
            if isinstance(layer, ResultLayer):
                layer = document.change(layer, **_with(layer, variant))
            else:
                layer = ResultLayer(
                    id=id,
                    name=_name_of(job.pictures),
                    offset=_here(document, place),
                    variants=(variant,),
                    mask=made.mask,
                    source=made.source,
                    source_hash=_source_hash(job.pictures),
                )
                document.insert(layer, document.root, len(document.root.children))
                if stays:
                    document.activate(active)
        self._placed.add(id)
        self.placed.emit(layer)

    def _replace(
        self, document: Document, layer: ResultLayer, arriving: Arriving, made: ResultPixels
    ) -> None:
        """A newer picture of the live layer is part of the stroke that asked for it."""
        fields: dict[str, object] = {
            "variants": (Variant(tiles=made.tiles, recipe=arriving.event.recipe),),
            "chosen": 0,
            "offset": _here(document, arriving.place),
            "mask": made.mask,
            "source": made.source,
            "source_hash": _source_hash(arriving.job.pictures),
        }
        if document.history.can_redo:
            document.change_unrecorded(layer, **fields)  # what was undone can still be redone
        else:
            with document.begin(RESULT, merge=WITH_LAST):
                layer = document.change(layer, **fields)
        self.placed.emit(document.layer(layer.id))


def _here(document: Document, place: Place) -> tuple[int, int]:
    """Where on the canvas, as it is now."""
    left, top = document.state.origin
    return place.left - left, place.top - top


def _is_painted_on(document: Document, active: Layer, since: int) -> bool:
    """Whether the artist went on painting there meanwhile: then it stays the one that is painted on."""
    stores = {id(store) for store in active.stores}
    done = document.history.entries[: document.history.position]
    later = [entry for entry in done if entry.number > since]
    return any(id(delta.store) in stores for entry in later for delta in entry.deltas)


def _with(layer: ResultLayer, variant: Variant) -> dict[str, object]:
    """A further variant; it is shown where the newest was shown before it."""
    variants = (*layer.variants, variant)
    was_newest = layer.chosen == len(layer.variants) - 1
    return {"variants": variants, "chosen": len(variants) - 1 if was_newest else layer.chosen}


def _known(document: Document, place: Place) -> list[tuple[Tiles, int, int]]:
    """Layers whose tiles the source may share, with where they lie in it."""
    left, top = _here(document, place)
    return [
        (layer.pixels.snapshot(), layer.offset[0] - left, layer.offset[1] - top)
        for layer in document.root.walk()
        if isinstance(layer, PaintLayer)
    ]


def _source_hash(request: GenerationRequest) -> str:
    origin = request.edited
    return origin.image.sha256 if origin is not None and origin.image is not None else ""


def _name_of(request: GenerationRequest) -> str:
    """The beginning of the prompt."""
    words = " ".join(request.prompt.split())
    return words if len(words) <= LONGEST_NAME else f"{words[: LONGEST_NAME - 1].rstrip()}…"


def can_be_made_again(layer: ResultLayer) -> bool:
    """Whether it knows how it was made, and from what."""
    recipe = layer.variant.recipe
    # a branch knows its source only through what it branched from
    return recipe is not None and layer.source is not None and recipe.request.image is not None


def request_again(
    layer: ResultLayer,
    seen: Seen,
    images: int = 1,
    anew: bool = False,
    seam: SeamMode | None = None,
) -> GenerationRequest:
    """The request that made the layer's chosen picture, to be run again into the same layer.

    Only for a layer that `can_be_made_again`. For the disk pool.

    `anew` rolls another seed; `seam` corrects the border in another way, or not at all.
    """
    recipe = layer.variant.recipe
    assert recipe is not None and recipe.request.image is not None and layer.source is not None
    request, image = recipe.request, recipe.request.image
    size = Extent(image.width, image.height)
    source = ImageInput.of(rgb_of(layer.source, Rect.whole(size)), image.name)
    edit = request.edit
    if edit is not None and edit.mask is not None and layer.mask is not None:
        edit = replace(edit, mask=_mask_of(layer.mask, edit.mask))
    if edit is not None and seam is not None:
        edit = replace(edit, seam=seam)
    left, top = layer.offset[0] + seen.state.origin[0], layer.offset[1] + seen.state.origin[1]
    place = Place(seen.id, left, top, layer=layer.id, after=seen.after)
    sampling = replace(request.sampling, seed=random_seed()) if anew else request.sampling
    return replace(
        request,
        image=source,
        edit=edit,
        images=images,
        sampling=sampling,
        extra={**request.extra, ON_CANVAS: place.to_json()},
    )


def _mask_of(tiles: Tiles, told: MaskInput) -> MaskInput:
    bounds = tiles.bounds()
    return MaskInput.placed(tiles.read(bounds), bounds.left, bounds.top, told.extent, told.name)
