"""What the model will see, before Generate is pressed: crops, sizes, and how much may change there."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.bridge.background import Background
from desktop.raster.rect import Rect
from desktop.raster.tile import TILE
from desktop.state.document.document_map import DocumentMap
from desktop.state.editing.canvas_request import edit_of
from desktop.state.editing.changing import Seen, changing, source_rect
from desktop.state.editing.edit_settings import EditSettings, EditValues, Intent
from desktop.state.generation import GenerationState
from engine.api.errors import BadRequest
from engine.api.images import ImageInput
from engine.api.maps import ControlInfo
from engine.api.model_info import ModelInfo
from engine.api.request import GenerationRequest

if TYPE_CHECKING:
    from desktop.state.document.document import Document
    from engine.editing.plan import EditPlan

log = logging.getLogger("canvas")

Line = tuple[tuple[int, int], ...]
MOST_OUTLINED = 16
"""Places whose masks are drawn; the others show their crops."""
REST_MS = 60
"""After so long without a change the plan is made anew; while one paints on, at most so often."""


@dataclass(frozen=True, eq=False)
class Sight:
    """One plan, in the document's pixels."""

    plan: EditPlan
    crops: tuple[Rect, ...]
    """What the network sees of each place."""
    places: tuple[Rect, ...]
    """The separate places in the order of their words, as one reads; none where there is one only."""
    denoising: tuple[Line, ...]
    """Closed lines around what the network may touch."""
    paste: tuple[Line, ...]
    """Closed lines around what is laid over the picture."""
    kept_pixels: int
    """How many pixels of the canvas must stay."""
    canvas_pixels: int
    is_again: bool = False
    """What was to be filled is filled: it is made anew, as another variant."""
    beside_bytes: int = 0
    """Memory for the networks that read the document's maps."""

    @property
    def forecast_bytes(self) -> int:
        """Memory for everything, roughly."""
        return self.plan.forecast_bytes + self.beside_bytes

    @property
    def share(self) -> float:
        """How much of all crops may change, 0 to 1."""
        seen = sum(place.crop.area for place in self.plan.places)
        return sum(place.share * place.crop.area for place in self.plan.places) / seen if seen else 0.0


def make_sight(request: GenerationRequest, info: ModelInfo, left: int, top: int, canvas_pixels: int) -> Sight:
    """For the disk pool. `left`, `top`: where the request's picture lies on the canvas."""
    # it brings OpenCV, which is not loaded with the window
    from engine.editing.plan import plan_edit

    plan = plan_edit(request, info)
    crops = [place.crop.moved(left, top) for place in plan.places]
    denoising, paste = _lines(plan, left, top)
    return Sight(
        plan,
        tuple(Rect(rect.left, rect.top, rect.width, rect.height) for rect in crops),
        _places(plan, left, top),
        denoising,
        paste,
        max(0, canvas_pixels - _count_changing(plan)),
        canvas_pixels,
    )


def _places(plan: EditPlan, left: int, top: int) -> tuple[Rect, ...]:
    found = sorted((place.top, place.left, place.width, place.height) for place in plan.separate.bounds)
    if len(found) == 1:
        return ()
    return tuple(Rect(x + left, y + top, width, height) for y, x, width, height in found)


def _lines(plan: EditPlan, left: int, top: int) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """Around what the network may touch, and around what is pasted, in the document's pixels."""
    # as above
    from engine.editing.masks import outlines, small_masks

    found: tuple[list[Line], list[Line]] = ([], [])
    for place in plan.places[:MOST_OUTLINED]:
        masks = small_masks(plan, place)
        for lines, coverage in zip(found, (masks.denoising, masks.paste), strict=True):
            for corners in outlines(coverage, place.crop):
                lines.append(tuple((x + left, y + top) for x, y in corners.tolist()))
    return tuple(found[0]), tuple(found[1])


def _count_changing(plan: EditPlan) -> int:
    """Pixels that may change at all, read in strips: no dense copy of a huge mask."""
    # as above
    import numpy as np

    from engine.api.rect import Rect as EngineRect

    domain, count = plan.change.domain(), 0
    for strip in range(domain.top, domain.bottom, TILE):
        bottom = min(strip + TILE, domain.bottom)
        part = plan.change.read(EngineRect.between(domain.left, strip, domain.right, bottom))
        count += int(np.count_nonzero(part))
    return count


class SightMaker(QObject):
    """Follows the document, the settings and the model; `sight` is None where nothing would change."""

    changed = Signal()

    def __init__(
        self,
        document: Callable[[], Document],
        settings: EditSettings,
        generation: GenerationState,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.sight: Sight | None = None
        self.problem: BadRequest | None = None
        """Why nothing would change, e.g. that nothing is painted yet."""
        self._document, self._settings, self._generation = document, settings, generation
        self._background = background
        self._is_making = self._is_stale = False
        self._timer = QTimer(self, singleShot=True, interval=REST_MS)
        self._timer.timeout.connect(self._make)
        settings.changed.connect(self.look_again)
        generation.changed.connect(self._follow_generation)
        generation.info_known.connect(self.look_again)

    @property
    def is_filled(self) -> bool:
        """What was empty is filled, as far as one knows."""
        if self.problem is not None:
            return self.problem.data.get("problem") == "none_empty"
        return self.sight is not None and self.sight.is_again

    def look_again(self, *_: object) -> None:
        """Something changed; it is looked at soon, and at most so often."""
        if not self._timer.isActive():
            self._timer.start()

    def _follow_generation(self, name: str) -> None:
        if name in ("model", "width", "height"):
            self.look_again()

    def _make(self) -> None:
        if self._is_making:
            self._is_stale = True
            return
        if self._document().errand is not None:  # the window does not stand still for a look
            self._timer.start()
            return
        info = self._generation.info
        intent = self._settings.intent
        if (
            intent is Intent.NEW
            or info is None
            or (intent is Intent.WHOLE and info.capabilities.whole_pictures)
        ):
            self._show(None)
            return
        self._is_making = True
        beside = bytes_beside(self._document().maps, self._generation.controls)
        self._background.run(
            look,
            self._settings.now(),
            Seen.of(self._document(), with_layers=self._settings.intent is Intent.EMPTY),
            info,
            done=lambda sight: self._made(replace(sight, beside_bytes=beside), None),
            failed=self._not_made,
        )

    def _made(self, sight: Sight | None, problem: BadRequest | None) -> None:
        self._is_making = False
        self._show(sight, problem)
        if self._is_stale:
            self._is_stale = False
            self.look_again()

    def _not_made(self, error: Exception) -> None:
        if not isinstance(error, BadRequest):
            log.error("no plan", exc_info=error)
        self._made(None, error if isinstance(error, BadRequest) else None)

    def _show(self, sight: Sight | None, problem: BadRequest | None = None) -> None:
        if sight is not None or self.sight is not None or problem is not self.problem:
            self.sight, self.problem = sight, problem
            self.changed.emit()


def bytes_beside(maps: Sequence[DocumentMap], controls: Sequence[ControlInfo]) -> int:
    """Memory for the networks that read what is switched on of `maps`, each once."""
    reading = {
        info.name: info.parameters
        for given in maps
        if given.is_on and given.weight > 0
        for info in controls
        if info.name == given.network or (not given.network and given.kind in info.kinds)
    }
    return sum(reading.values()) * 4


def look(settings: EditValues, seen: Seen, info: ModelInfo) -> Sight:
    """The plan for what is painted; the picture's own pixels are not needed. For the disk pool.

    Raises `BadRequest` where nothing would change.
    """
    info.check_can_edit()
    change = changing(seen, settings.intent)
    rect = source_rect(seen, change, settings)
    edit = edit_of(settings, change, rect)
    image = ImageInput("", rect.width, rect.height)
    request = GenerationRequest(model=info.name).with_edit(image, edit)
    sight = make_sight(request, info, rect.left, rect.top, seen.canvas.area)
    return replace(sight, is_again=change.again is not None)
