"""A picture on its way, where on the canvas it comes: blended by its mask, while one paints on elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from desktop.bridge.background import Background
from desktop.raster.rect import Rect
from desktop.state.editing.layered import start_of
from desktop.state.job import Job, JobState, KeptStep
from desktop.state.jobs import JobQueue
from engine.api.canvas_place import CanvasPlace
from engine.api.images import Pixels
from engine.api.mask import Coverage
from engine.api.model_info import ModelInfo
from engine.api.request import GenerationRequest

if TYPE_CHECKING:
    from desktop.state.document.document import Document

log = logging.getLogger("canvas")


@dataclass(frozen=True, eq=False)
class Arriving:
    """One step's estimate, in the document's pixels."""

    image: QImage
    """Transparent where the picture stays."""
    rect: Rect


class CanvasStream(QObject):
    """`arriving` is what the running job makes on the open document now; None: nothing."""

    changed = Signal()

    def __init__(
        self,
        document: Callable[[], Document],
        jobs: JobQueue,
        info_of: Callable[[str], ModelInfo | None],
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.arriving: Arriving | None = None
        self._document, self._info_of, self._background = document, info_of, background
        self._job_id = ""
        self._masks: list[Coverage] = []
        """Of each place of the job, small; empty while they are made."""
        jobs.changed.connect(self._on_job)
        jobs.step_arrived.connect(self._on_step)
        jobs.picture_made.connect(lambda job, _event: self._clear_of(job))

    def _on_job(self, job: Job) -> None:
        if job.state is not JobState.RUNNING:  # over, or lost with its engine and waiting again
            self._clear_of(job)
        elif job.loading is not None and self._is_here(job) and job.id != self._job_id:
            self._prepare(job)

    def _is_here(self, job: Job) -> bool:
        place = CanvasPlace.of(job.request)
        return place is not None and place.document == self._document().identity

    def _prepare(self, job: Job) -> None:
        self._job_id, self._masks = job.id, []
        info = self._info_of(job.pictures.model)
        if info is None or job.pictures.edited is None:
            return
        self._background.run(
            place_coverages,
            job.pictures,
            info,
            done=lambda masks: self._take_masks(job.id, masks),
            failed=lambda error: log.error("no masks for the stream", exc_info=error),
        )

    def _take_masks(self, job_id: str, masks: list[Coverage]) -> None:
        if job_id == self._job_id:
            self._masks = masks

    def _on_step(self, job: Job, kept: KeptStep) -> None:
        place = CanvasPlace.of(job.request)
        if not self._is_here(job) or place is None or kept.preview is None:
            return
        if kept.rect is None:
            self._show_whole(job, place, kept.preview)
            return
        if job.id != self._job_id:
            self._prepare(job)
        if kept.place_index >= len(self._masks):
            return  # they come in a moment; nothing wrong is shown meanwhile
        origin = self._document().state.origin
        rect = kept.rect.moved(place.left - origin[0], place.top - origin[1])
        image = masked(kept.preview, self._masks[kept.place_index])
        self.arriving = Arriving(image, Rect(rect.left, rect.top, rect.width, rect.height))
        self.changed.emit()

    def _show_whole(self, job: Job, place: CanvasPlace, preview: Pixels) -> None:
        """What is made of all that was seen, as a picture that is taken apart is."""
        given = start_of(job.pictures)
        if given is None:
            return
        self._job_id, origin = job.id, self._document().state.origin
        rect = Rect(place.left - origin[0], place.top - origin[1], given.width, given.height)
        self.arriving = Arriving(masked(preview, np.full((1, 1), 255, np.uint8)), rect)
        self.changed.emit()

    def _clear_of(self, job: Job) -> None:
        if job.id == self._job_id:
            self.clear()

    def clear(self) -> None:
        """Nothing is on its way to the document that is open now."""
        if self.arriving is not None:
            self.arriving = None
            self.changed.emit()


def place_coverages(request: GenerationRequest, info: ModelInfo) -> list[Coverage]:
    """How much of each place is pasted, small. For the disk pool."""
    # it brings OpenCV, which is not loaded with the window
    from engine.editing.masks import small_masks
    from engine.editing.plan import plan_edit

    plan = plan_edit(request, info)
    return [small_masks(plan, place).paste for place in plan.places]


def masked(preview: Pixels, coverage: Coverage) -> QImage:
    """`preview` (h x w x 3) as an image that is as opaque as `coverage`, scaled to it."""
    # as above
    import cv2

    height, width = preview.shape[:2]
    alpha: NDArray[np.uint8] = np.asarray(
        cv2.resize(coverage, (width, height), interpolation=cv2.INTER_AREA), np.uint8
    )
    pixels = np.empty((height, width, 4), np.uint8)
    pixels[..., :3], pixels[..., 3] = preview, alpha
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888)
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
