"""What the engine makes of the canvas comes back as a layer; its pictures are variants to step through."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QT_TRANSLATE_NOOP, QObject, Qt, QTimer, Signal, Slot

from desktop.bridge.background import Background
from desktop.raster.tiles import Tiles
from desktop.state.document import tree
from desktop.state.document.document_state import DocumentState
from desktop.state.document.history import WITH_LAST
from desktop.state.document.layers import Group, Layer, PaintLayer, ResultLayer, Variant
from desktop.state.document.results import was_stepped
from desktop.state.editing.changing import Seen
from desktop.state.editing.layered import group_id, group_of, layered_pixels, say_taken_apart
from desktop.state.editing.made_from import source_of
from desktop.state.editing.result_pixels import ResultPixels, result_pixels
from desktop.state.jobs import Job, JobQueue
from engine.api.canvas_place import ON_CANVAS, CanvasPlace
from engine.api.edit import SeamMode
from engine.api.events import ImageReady
from engine.api.images import Pixels, Stack
from engine.api.mask import MaskInput
from engine.api.model_info import ModelInfo
from engine.api.recipe import Recipe
from engine.api.request import GenerationRequest, random_seed
from engine.api.wire import with_pictures

if TYPE_CHECKING:
    from desktop.state.document.document import Document

log = logging.getLogger("canvas")

RESULT = QT_TRANSLATE_NOOP("History", "Result")
APART = QT_TRANSLATE_NOOP("History", "Taken apart")
Key = tuple[str, str]
"""Id of the job and hash of the pixels that it made."""
LONGEST_NAME = 40
"""Characters of the prompt that a layer is called after."""


@dataclass(frozen=True, eq=False)
class Arriving:
    """One finished picture on its way to the canvas."""

    job_id: str
    request: GenerationRequest
    """With the pixels that it saw, where they are known."""
    recipe: Recipe
    place: CanvasPlace
    layers: Stack | None = None
    """What the picture was taken apart into; None where it was not."""

    @property
    def key(self) -> Key:
        return self.job_id, self.recipe.pixels_sha256

    @property
    def layer_id(self) -> str:
        """Of what it comes in: a layer, or the group of its layers."""
        if self.layers is not None:
            return group_id(self.job_id, self.recipe.pixels_sha256)
        return self.place.layer or self.job_id[:12]


class CanvasResults(QObject):
    """Puts pictures where their requests came from, also those that come late: see `OwedResults`."""

    placed = Signal(object)
    """The `ResultLayer` that was made or got a variant."""
    taken = Signal(object)
    """`Key` of what is in the document now, or whose layer the artist has taken away meanwhile."""
    went_elsewhere = Signal(object)
    """`Key` of what belongs to a document that is not open now."""

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
        self.under_way: set[Key] = set()
        jobs.picture_made.connect(self._take_picture)

    def _take_picture(self, job: Job, event: ImageReady) -> None:
        place = CanvasPlace.of(job.request)
        if place is None:
            return
        arriving = Arriving(job.id, job.pictures, event.recipe, place, event.layers)
        if not self.arrive(arriving, event.pixels) and not job.is_live:
            self.went_elsewhere.emit(arriving.key)

    def arrive(self, arriving: Arriving, pixels: Pixels) -> bool:
        """Put a picture into its document; False where that is not open, or its model is not known."""
        document, info = self._document(), self._info_of(arriving.request.model)
        if document.identity != arriving.place.document or info is None:
            return False
        self.under_way.add(arriving.key)
        if arriving.layers is not None:
            make, args = layered_pixels, (arriving.layers, pixels, arriving.request)
        else:
            make, args = result_pixels, (pixels, arriving.request, info, _known(document, arriving.place))
        self._background.run(
            make,
            *args,
            done=lambda made: self._insert(arriving, made),
            failed=lambda error: self._give_up(arriving, error),
        )
        return True

    def _give_up(self, arriving: Arriving, error: Exception) -> None:
        self.under_way.discard(arriving.key)
        log.error("a result could not be placed", exc_info=error)

    @Slot()
    def _insert_soon(self) -> None:
        """Not at once: whoever ended the stroke is still at it."""
        QTimer.singleShot(0, self, self._insert_waiting)

    def _insert_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for arriving, made in waiting:
            self._insert(arriving, made)

    def _insert(self, arriving: Arriving, made: ResultPixels) -> None:
        document, place = self._document(), arriving.place
        if document.identity != place.document:
            self.under_way.discard(arriving.key)
            if not place.replaces:
                self.went_elsewhere.emit(arriving.key)
            return
        if not document.lets_in:
            # inside the stroke it would go with it, when that is taken back
            self._waiting.append((arriving, made))
            document.settled.connect(self._insert_soon, Qt.ConnectionType.UniqueConnection)
            return
        self.under_way.discard(arriving.key)
        layer = document.layer(arriving.layer_id)
        was_taken_away = layer is None and arriving.layer_id in self._placed
        if not was_taken_away and not _holds(layer, arriving):
            self._put(document, layer, arriving, made)
        if not place.replaces:
            self.taken.emit(arriving.key)

    def _put(self, document: Document, layer: Layer | None, arriving: Arriving, made: ResultPixels) -> None:
        if made.layers:
            self._put_group(document, arriving, made)
        elif isinstance(layer, ResultLayer) and arriving.place.replaces:
            self._replace(document, layer, arriving, made)
        elif isinstance(layer, ResultLayer):
            variant = Variant(tiles=made.tiles, recipe=arriving.recipe)
            # who asks for another one of a result wants to see it, unless another was looked at meanwhile
            shows = bool(arriving.place.layer) and not was_stepped(document, layer, arriving.place.after)
            document.slip_in(
                RESULT, lambda state: with_variant(state, layer.id, variant, shows), _merge(arriving)
            )
        else:
            self._put_layer(document, arriving, made)
        self._placed.add(arriving.layer_id)
        if not made.layers:
            self.placed.emit(document.layer(arriving.layer_id))

    def _put_group(self, document: Document, arriving: Arriving, made: ResultPixels) -> None:
        """The layers to be painted on, on top of all."""
        place, active = arriving.place, document.active
        name = _name_of(arriving.request) or say_taken_apart()
        group = group_of(arriving.layer_id, name, made.layers)
        stays = _is_painted_on(document, active, place.after)
        document.slip_in(APART, lambda state: with_group(state, group, place), _merge(arriving))
        if not stays and not document.is_busy and group.children:
            document.activate(group.children[-1])

    def _put_layer(self, document: Document, arriving: Arriving, made: ResultPixels) -> None:
        place, active = arriving.place, document.active
        layer = ResultLayer(
            id=arriving.layer_id,
            name=_name_of(arriving.request),
            variants=(Variant(tiles=made.tiles, recipe=arriving.recipe),),
            mask=made.mask,
            source=made.source,
            source_hash=_source_hash(arriving.request),
        )
        stays = place.replaces or _is_painted_on(document, active, place.after)
        document.slip_in(RESULT, lambda state: with_layer(state, layer, place), _merge(arriving))
        if not stays and not document.is_busy:
            document.activate(layer)

    def _replace(
        self, document: Document, layer: ResultLayer, arriving: Arriving, made: ResultPixels
    ) -> None:
        """A newer picture of the live layer is part of the stroke that asked for it; what was undone can
        still be redone."""
        fields: dict[str, object] = {
            "variants": (Variant(tiles=made.tiles, recipe=arriving.recipe),),
            "chosen": 0,
            "mask": made.mask,
            "source": made.source,
            "source_hash": _source_hash(arriving.request),
        }

        def with_newer(state: DocumentState) -> DocumentState:
            newer = replace(layer, offset=_here(state, arriving.place), **fields)
            return replace(state, root=tree.replaced(state.root, newer))

        if document.is_busy:  # something that lets it in: it comes before that, and stays where that goes
            document.slip_in(RESULT, with_newer, merge=WITH_LAST)
        elif document.history.can_redo:
            document.change_unrecorded(layer, offset=_here(document.state, arriving.place), **fields)
        else:
            with document.begin(RESULT, merge=WITH_LAST):
                document.set_state(with_newer(document.state))


def with_layer(state: DocumentState, layer: ResultLayer, place: CanvasPlace) -> DocumentState:
    """A new result on top of all, where it belongs on the canvas of that moment."""
    layer = replace(layer, offset=_here(state, place))
    root = tree.inserted(state.root, layer, state.root.id, len(state.root.children))
    return replace(state, root=root)


def with_group(state: DocumentState, group: Group, place: CanvasPlace) -> DocumentState:
    """The same for layers that come together."""
    offset = _here(state, place)
    group = replace(group, children=tuple(replace(layer, offset=offset) for layer in group.children))
    root = tree.inserted(state.root, group, state.root.id, len(state.root.children))
    return replace(state, root=root)


def with_variant(state: DocumentState, layer_id: str, variant: Variant, shows: bool = False) -> DocumentState:
    """A further variant, where the layer is there at that moment; it is shown where the newest was shown
    before it, or where it `shows` anyway."""
    layer = tree.find(state.root, layer_id)
    if not isinstance(layer, ResultLayer):
        return state
    variants = (*layer.variants, variant)
    shows = shows or layer.chosen == len(layer.variants) - 1
    layer = replace(layer, variants=variants, chosen=len(variants) - 1 if shows else layer.chosen)
    return replace(state, root=tree.replaced(state.root, layer))


def _holds(layer: Layer | None, arriving: Arriving) -> bool:
    """Whether the very same picture is there: a job that a kill broke off makes again what was not saved."""
    if isinstance(layer, Group):
        return True
    if not isinstance(layer, ResultLayer) or arriving.place.layer:
        return False
    hashes = {one.recipe.pixels_sha256 for one in layer.variants if one.recipe is not None}
    return arriving.recipe.pixels_sha256 in hashes


def _merge(arriving: Arriving) -> str:
    """The pictures of one request are one thing done."""
    return f"result {arriving.job_id}"


def _here(state: DocumentState, place: CanvasPlace) -> tuple[int, int]:
    """Where on the canvas, as it is at that moment."""
    left, top = state.origin
    return place.left - left, place.top - top


def _is_painted_on(document: Document, active: Layer, since: int) -> bool:
    """Whether the artist went on painting there meanwhile: then it stays the one that is painted on."""
    stores = {id(store) for store in active.stores}
    done = document.history.entries[: document.history.position]
    later = [entry for entry in done if entry.number > since]
    return any(id(delta.store) in stores for entry in later for delta in entry.deltas)


def _known(document: Document, place: CanvasPlace) -> list[tuple[Tiles, int, int]]:
    """Layers whose tiles the source may share, with where they lie in it."""
    left, top = _here(document.state, place)
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
    assert recipe is not None
    request = recipe.request
    edit = request.edit
    if edit is not None and edit.mask is not None and layer.mask is not None:
        edit = replace(edit, mask=_mask_of(layer.mask, edit.mask))
    if edit is not None and seam is not None:
        edit = replace(edit, seam=seam)
    if recipe.maps:
        # Pillow is loaded with the first picture, not with the window
        from engine.library.maps import unpacked_maps

        request = with_pictures(request, unpacked_maps(recipe.maps))
    if request.regions:
        from engine.library.masks import unpacked_masks

        request = with_pictures(request, unpacked_masks(recipe.masks))
    left, top = layer.offset[0] + seen.state.origin[0], layer.offset[1] + seen.state.origin[1]
    place = CanvasPlace(seen.identity, left, top, layer=layer.id, after=seen.after)
    sampling = replace(request.sampling, seed=random_seed()) if anew else request.sampling
    return replace(
        request,
        image=source_of(layer),
        edit=edit,
        images=images,
        sampling=sampling,
        extra={**request.extra, ON_CANVAS: place.to_json()},
    )


def _mask_of(tiles: Tiles, told: MaskInput) -> MaskInput:
    bounds = tiles.bounds()
    return MaskInput.placed(tiles.read(bounds), bounds.left, bounds.top, told.extent, told.name)
