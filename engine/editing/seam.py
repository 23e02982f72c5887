"""The seam doctor: how visible the border of what was pasted is, and the lightest cure.

Colours are compared in CIEDE2000 (https://doi.org/10.1002/col.20070), where 1 is just seen side by side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.color import deltaE_ciede2000, rgb2lab

from engine.api.edit import SeamMode, SeamReport
from engine.api.images import Pixels
from engine.api.mask import Coverage
from engine.editing.cures import Mask, blend_gradients, shift_low_frequencies, shift_mean

OUTSIDE_PX, INSIDE_PX = 2, 2
"""How far from the border colours are compared: outside it, and inside of where all is pasted."""
ALONG = 15
"""Border points that are averaged: a seam is what differs along a stretch, not the grain of the picture."""
MOST_POINTS = 4000
JUST_SEEN = 1.0
"""CIEDE2000; below nobody sees a seam, however smooth the picture."""
NEAR = 0.5
"""A cure that comes so near the best is as good, if it is lighter."""
LEAST_KEPT = 64
"""Pixels; fewer say nothing about a colour shift."""

CURES: dict[SeamMode, Callable[[Pixels, Pixels, Coverage, Mask], Pixels]] = {
    SeamMode.MEAN: shift_mean,
    SeamMode.LOW_FREQUENCY: shift_low_frequencies,
    SeamMode.POISSON: blend_gradients,
}
"""From the lightest."""


def mended(
    below: Pixels, made: Pixels, paste: Coverage, known: Mask, mode: SeamMode
) -> tuple[Pixels, SeamReport | None]:
    """`made` with colours that fit what stays, and the figures; None where nothing that stays borders on it.

    Args:
        below: H x W x 3, the picture so far.
        made: The same place as the network made it.
        paste: H x W, how much of `made` will be taken. Where it is 0, what is given back does not matter.
        known: H x W, where the source has pixels.
        mode: AUTO takes the lightest cure that brings the border near the source's own contrast.
    """
    kept = (paste == 0) & known
    border = _border(paste, kept, known)
    if border is None or int(kept.sum()) < LEAST_KEPT:
        return made, None
    own = border.own_contrast(below)
    before = border.contrast(below, made, paste)
    if mode is SeamMode.OFF or (mode is SeamMode.AUTO and before <= _target(own)):
        return made, _report(before, before, own, SeamMode.OFF)
    cures = CURES if mode is SeamMode.AUTO else {mode: CURES[mode]}
    tried = [(before, SeamMode.OFF, made)]
    for method, cure in cures.items():
        cured = cure(below, made, paste, kept)
        tried.append((border.contrast(below, cured, paste), method, cured))
        if tried[-1][0] <= _target(own):
            break
    if mode is not SeamMode.AUTO:
        tried = tried[1:]
    best = min(figure for figure, _, _ in tried)
    after, method, cured = next(entry for entry in tried if entry[0] <= best + NEAR)
    return cured, _report(before, after, own, method)


def _target(own: float) -> float:
    return max(own + NEAR / 2, JUST_SEEN)


def _report(before: float, after: float, own: float, method: SeamMode) -> SeamReport:
    return SeamReport(round(before, 3), round(after, 3), round(own, 3), method)


@dataclass(frozen=True, eq=False)
class Border:
    """Pairs of points across the border of a pasted place, in order along it."""

    outside: NDArray[np.int32]
    """N x 2 (x, y), all among what stays."""
    inside: NDArray[np.int32]
    """N x 2, where all is pasted."""
    further: NDArray[np.int32]
    """N x 2: as far on the other side of `outside`, for the source's contrast where it has no inside."""
    has_source: Mask
    """N: true where the source has pixels at `inside`."""

    def contrast(self, below: Pixels, made: Pixels, paste: Coverage) -> float:
        """CIEDE2000 across the border if `made` is pasted on `below`, the mean of stretches."""
        return _difference(_lab_at(below, self.outside), _lab_at(made, self.inside))

    def own_contrast(self, source: Pixels) -> float:
        """The same in the source as it was."""
        other = np.where(self.has_source[:, None], self.inside, self.further)
        return _difference(_lab_at(source, self.outside), _lab_at(source, other))


def _difference(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Of two rows of Lab colours, N x 3, in order along a border."""
    stretch = min(ALONG, len(one))
    kernel = np.ones(stretch) / stretch

    def smooth(colours: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack([np.convolve(colours[:, i], kernel, mode="valid") for i in range(3)], axis=1)

    return float(np.mean(deltaE_ciede2000(smooth(one), smooth(other))))


def _lab_at(picture: Pixels, points: NDArray[np.int32]) -> NDArray[np.float64]:
    """The mean colour of 3 x 3 pixels at each point, as Lab."""
    height, width = picture.shape[:2]
    around = [
        picture[np.clip(points[:, 1] + y, 0, height - 1), np.clip(points[:, 0] + x, 0, width - 1)]
        for y in (-1, 0, 1)
        for x in (-1, 0, 1)
    ]
    return rgb2lab(np.mean(around, axis=0)[None] / 255)[0]


def _border(paste: Coverage, kept: Mask, known: Mask) -> Border | None:
    """None where nowhere something stays on one side and is pasted wholly on the other."""
    pasted = (paste > 0).view(np.uint8)
    lines, _ = cv2.findContours(pasted, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    if not lines:
        return None
    points = np.concatenate([line[:, 0] for line in lines]).astype(np.int32)
    points = points[:: max(1, len(points) // MOST_POINTS)]
    normals = _outward(pasted, points)
    depth = _depth_of_full(paste) + INSIDE_PX
    outside, inside = _moved(points, normals, OUTSIDE_PX + 1), _moved(points, normals, -depth)
    further = _moved(points, normals, 2 * OUTSIDE_PX + 1 + depth)
    good = _holds(kept, outside) & _holds(pasted > 0, inside)
    # where the source has nothing inside, its own contrast needs a second point outside
    has_source = _holds(known, inside)
    good &= has_source | _holds(kept, further)
    if int(good.sum()) < 2:
        return None
    return Border(outside[good], inside[good], further[good], has_source[good])


def _depth_of_full(paste: Coverage) -> int:
    """How many pixels inside the border all is pasted, at most half of the place."""
    distance = cv2.distanceTransform((paste > 0).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    soft = distance[(paste > 0) & (paste < 250)]
    deepest = float(distance[paste > 0].max())
    return int(min(np.percentile(soft, 90) if soft.size else 0.0, max(0.0, deepest / 2 - INSIDE_PX)))


def _outward(pasted: Coverage, points: NDArray[np.int32]) -> NDArray[np.float32]:
    """N x 2 unit vectors across the border, away from what is pasted."""
    soft = cv2.GaussianBlur(pasted.astype(np.float32), (0, 0), 3)
    across = cv2.Sobel(soft, cv2.CV_32F, 1, 0)[points[:, 1], points[:, 0]]
    down = cv2.Sobel(soft, cv2.CV_32F, 0, 1)[points[:, 1], points[:, 0]]
    normals = -np.stack([across, down], axis=1)
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6)


def _moved(points: NDArray[np.int32], normals: NDArray[np.float32], by: float) -> NDArray[np.int32]:
    return np.round(points + normals * by).astype(np.int32)


def _holds(mask: Mask, points: NDArray[np.int32]) -> Mask:
    """True for the points that lie in the picture and in `mask`."""
    height, width = mask.shape
    x, y = points[:, 0], points[:, 1]
    lies_in = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    return lies_in & mask[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]
