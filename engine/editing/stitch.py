"""From a canvas to what the network sees, and from what it made back into the canvas, pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.api.edit import EditMode, EditReport, PlaceReport, SeamMode, SeamReport
from engine.api.images import Extent, Pixels, read_only
from engine.api.mask import Coverage
from engine.api.rect import Rect
from engine.editing.fill import filled, mixed
from engine.editing.masks import PlaceMasks, continued, place_masks
from engine.editing.plan import EditPlan, PlannedPlace
from engine.editing.seam import mended

BAND_ROWS = 512
"""Rows that are compared at a time."""


@dataclass(frozen=True, eq=False)
class Workpiece:
    """One place as the network gets it."""

    place: PlannedPlace
    start: Pixels
    """Working size; what may change is filled."""
    denoising: Coverage
    """Working size: how much the network may touch each pixel."""
    masks: PlaceMasks


class Canvas:
    """The picture of an edit while its places are made, one after the other."""

    def __init__(self, plan: EditPlan, source: Pixels) -> None:
        """`source`: H x W x 3, as large as the plan says."""
        self.plan, self.source = plan, source
        self.pixels = _extended(source, plan)
        self._pasted = np.zeros(self.pixels.shape[:2], bool)
        self._reports: list[PlaceReport] = []

    def workpiece(self, place: PlannedPlace, seed: int) -> Workpiece:
        """What the network gets for `place`, with what the places before it have become."""
        crop, inside = place.crop, place.crop & self.plan.canvas
        masks = place_masks(self.plan, place)
        seen = continued(self.pixels[inside.within(self.plan.canvas)], crop, inside)
        start = filled(seen, masks.change, self.plan.edit.fill, seed)
        return Workpiece(
            place,
            read_only(resized(start, place.working)),
            resized(masks.denoising, place.working),
            masks,
        )

    def put(self, piece: Workpiece, made: Pixels, prompt: str) -> None:
        """Paste what the network `made` of `piece` (working size), its colours brought to the seam's."""
        crop, inside = piece.place.crop, piece.place.crop & self.plan.canvas
        here, there = inside.within(crop), inside.within(self.plan.canvas)
        result = resized(made, crop.extent)[here]
        paste, below = piece.masks.paste[here], self.pixels[there]
        result, seam = mended(below, result, paste, self._is_known(inside), self._seam_mode())
        self.pixels[there] = mixed(below, result, paste)
        self._pasted[there] |= paste > 0
        self._report(piece.place, prompt, seam)

    def _seam_mode(self) -> SeamMode:
        edit = self.plan.edit
        keeps = edit.mask is not None and edit.mode is EditMode.KEEP
        return SeamMode.OFF if keeps and edit.seam is SeamMode.AUTO else edit.seam

    def _report(self, place: PlannedPlace, prompt: str, seam: SeamReport | None) -> None:
        self._reports.append(PlaceReport(place.crop, place.working, prompt, seam))

    def _is_known(self, rect: Rect) -> NDArray[np.bool_]:
        """Where in `rect` the source has pixels."""
        known = np.zeros((rect.height, rect.width), bool)
        shared = rect & self.plan.change.source
        if shared:
            known[shared.within(rect)] = True
        return known

    def finished(self) -> Pixels:
        return read_only(self.pixels)

    def report(self) -> EditReport:
        """Counted in the pixels as they are, not taken for granted."""
        kept = changed = differing = 0
        whole = self.plan.change.source.within(self.plan.canvas)
        result, pasted = self.pixels[whole], self._pasted[whole]
        for top in range(0, result.shape[0], BAND_ROWS):
            band = slice(top, top + BAND_ROWS)
            differs = (result[band] != self.source[band]).any(axis=2)
            stays = ~pasted[band]
            kept += int(stays.sum())
            changed += int((differs & stays).sum())
            differing += int((differs & ~stays).sum())
        new = self._pasted.sum() - pasted.sum()
        return EditReport(kept, changed, differing + int(new), tuple(self._reports))


def _extended(source: Pixels, plan: EditPlan) -> NDArray[np.uint8]:
    """The source on its canvas, its edges continued into what is new; a copy."""
    return continued(source, plan.canvas, plan.change.source).copy()


def resized(picture: NDArray[np.uint8], extent: Extent) -> NDArray[np.uint8]:
    """`picture` (H x W, or H x W x 3) at another size: averaged down, Lanczos up, else untouched."""
    height, width = picture.shape[:2]
    if (width, height) == extent:
        return picture
    smaller = extent.width * extent.height < width * height
    method = cv2.INTER_AREA if smaller else cv2.INTER_LANCZOS4
    if picture.ndim == 2 and not smaller:
        method = cv2.INTER_LINEAR  # a mask must not ring
    return cv2.resize(picture, extent, interpolation=method).astype(np.uint8, copy=False)
