"""The three masks of a place: what may change, what the network may touch, what is pasted."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.api.edit import EditMode
from engine.api.mask import Coverage
from engine.api.rect import Rect
from engine.editing.plan import EditPlan, PlannedPlace

FEATHER_OF_PLACE, MOST_FEATHER_PX = 10, 64
"""Chosen feather for the network: this part of the place's mean side, within bounds."""
PASTE_OF_PLACE, PASTE_PX = 48, (2, 8)
"""Chosen feather for pasting, the same."""
PASTE_AROUND_KEPT_PX = 1
FREE = 128
"""From this value on a pixel draws what is around it into the feather."""
FULLY_PASTED = 16
"""Of 255: from here on the network's pixel is taken; what changes less fades into the source, which has
not gone through the decoder."""
LATENT_PX = 8
"""Working pixels of a latent cell; the feather spans at least one."""
LONGEST_LOOK = 256


@dataclass(frozen=True, eq=False)
class PlaceMasks:
    """All of the crop's size, H x W."""

    change: Coverage
    """What may change, as painted and grown. Beyond the canvas its edge is continued."""
    denoising: Coverage
    """What the network may touch: `change`, eased out into what stays."""
    paste: Coverage
    """How much of the network's pixel is taken: 0 exactly where `change` is, and beyond the canvas."""


def place_masks(plan: EditPlan, place: PlannedPlace) -> PlaceMasks:
    """The masks of `place`, pixel for pixel."""
    return _masks(plan, place, _change(plan, place), 1)


def small_masks(plan: EditPlan, place: PlannedPlace, longest: int = LONGEST_LOOK) -> PlaceMasks:
    """The same, so much smaller that no side exceeds `longest`: quick enough to be shown while one paints."""
    factor = max(1, -(-max(place.crop.extent) // longest))
    size = (-(-place.crop.width // factor), -(-place.crop.height // factor))
    change = _change(plan, place)
    if factor > 1:
        change = cv2.resize(change, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return _masks(plan, place, change, factor)


def _change(plan: EditPlan, place: PlannedPlace) -> Coverage:
    """What may change of the place's crop, its edge continued beyond the canvas."""
    inside = place.crop & plan.canvas
    own = plan.separate.only(plan.change.read(inside), inside, place.numbers)
    return continued(own, place.crop, inside)


def _masks(plan: EditPlan, place: PlannedPlace, change: Coverage, factor: int) -> PlaceMasks:
    """The masks for `change`, which is the crop's at a `factor`-th of its size."""
    denoising = _eased_out(change, -(-_feather(plan, place) // factor))
    new = None
    if plan.change.has_new_canvas:
        new = ~_covers(plan.change.source, place.crop, change.shape)
    paste = _paste(change, new, _paste_feather(plan, place) // factor)
    if not plan.canvas.holds(place.crop):
        paste[~_covers(plan.canvas, place.crop, change.shape)] = 0
    return PlaceMasks(change, denoising, paste)


def outlines(coverage: Coverage, rect: Rect) -> list[NDArray[np.int32]]:
    """Closed lines around all of `coverage` that is not 0, each N x 2 (x, y) where `rect` lies."""
    contours, _ = cv2.findContours(coverage, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    scale = np.array([rect.width / coverage.shape[1], rect.height / coverage.shape[0]])
    corner = np.array([rect.left, rect.top])
    return [np.round(line[:, 0] * scale + corner).astype(np.int32) for line in contours]


def continued(part: NDArray[np.uint8], crop: Rect, inside: Rect) -> NDArray[np.uint8]:
    """`part` (what of `crop` lies on the canvas) with its edge continued to fill the crop."""
    if crop == inside:
        return part
    return cv2.copyMakeBorder(
        part,
        inside.top - crop.top,
        crop.bottom - inside.bottom,
        inside.left - crop.left,
        crop.right - inside.right,
        cv2.BORDER_REPLICATE,
    ).astype(np.uint8, copy=False)


def _feather(plan: EditPlan, place: PlannedPlace) -> int:
    if plan.edit.feather_px is not None:
        return plan.edit.feather_px
    cell = round(LATENT_PX / place.scale)
    if _keeps(plan):
        return cell  # what comes around a thing should see it up to its edge
    return max(cell, min(_mean_side(place.bounds) // FEATHER_OF_PLACE, MOST_FEATHER_PX))


def _paste_feather(plan: EditPlan, place: PlannedPlace) -> int:
    if plan.edit.paste_feather_px is not None:
        return plan.edit.paste_feather_px
    if _keeps(plan):
        return PASTE_AROUND_KEPT_PX  # more would be a rim of the surroundings that go
    return min(max(_mean_side(place.bounds) // PASTE_OF_PLACE, PASTE_PX[0]), PASTE_PX[1])


def _keeps(plan: EditPlan) -> bool:
    return plan.edit.mask is not None and plan.edit.mode is EditMode.KEEP


def _mean_side(rect: Rect) -> int:
    return (rect.width + rect.height) // 2


def _covers(rect: Rect, crop: Rect, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Where `rect` lies in an array of `shape` that shows `crop`."""
    y = crop.top + (np.arange(shape[0]) + 0.5) * (crop.height / shape[0])
    x = crop.left + (np.arange(shape[1]) + 0.5) * (crop.width / shape[1])
    rows, columns = (y > rect.top) & (y < rect.bottom), (x > rect.left) & (x < rect.right)
    return rows[:, None] & columns


def _eased_out(change: Coverage, feather: int) -> Coverage:
    """`change`, falling off to 0 within `feather` pixels outside of what is free to change."""
    fixed = (change < FREE).view(np.uint8)
    if feather < 1 or fixed.all():
        return change
    distance = cv2.distanceTransform(fixed, cv2.DIST_L2, cv2.DIST_MASK_5)
    slope = np.clip(int(change.max()) * (1 - distance / (feather + 1)), 0, 255).astype(np.uint8)
    return np.where(fixed, np.maximum(change, slope), change)


def _paste(change: Coverage, new: NDArray[np.bool_] | None, feather: int) -> Coverage:
    """How much is taken: 0 exactly where nothing changes, all from `feather` pixels inside on.

    A place that is narrower than its feather would allow is taken whole in its middle.
    """
    changing = (change > 0).view(np.uint8)
    taken = np.minimum(change.astype(np.uint16) * 255 // FULLY_PASTED, 255).astype(np.uint8)
    taken = np.maximum(taken, changing)
    if feather >= 1 and not changing.all():
        distance = cv2.distanceTransform(changing, cv2.DIST_L2, cv2.DIST_MASK_5)
        widest = float(distance.max())
        slope = np.clip(distance / max(min(feather + 1.0, widest), 1.0), 0, 1) * 255
        taken = np.minimum(taken, np.maximum(np.round(slope).astype(np.uint8), changing))
    if new is not None:
        taken[new & (change > 0)] = 255
    return taken
