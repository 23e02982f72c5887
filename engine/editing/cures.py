"""Three ways to take a colour shift off, from the lightest: each gives the whole place with other colours.

What the network made of the pixels that stay differs from them by its own shift alone; that difference is
what is carried into the place.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csc_matrix, diags
from scipy.sparse.linalg import spsolve

from engine.api.images import Pixels
from engine.api.mask import Coverage

Field = NDArray[np.float32]
"""H x W x 3: what is added to each colour, in units of 255."""
Mask = NDArray[np.bool_]

GAIN, SHIFT = (0.85, 1.18), 40.0
"""The most that the mean cure may do to contrast, and to red, green, blue."""
REACH_OF_SIDE = 6
"""The low-frequency cure fades within this part of the crop's side."""
GRID_SIDE = 96
"""Cells along the longer side, for what varies slowly."""


def shift_mean(below: Pixels, made: Pixels, paste: Coverage, kept: Mask) -> Pixels:
    """Brightness and contrast of each colour as they are in what stays (Reinhard's colour transfer)."""
    where = kept.view(np.uint8)
    (mean, spread), (their_mean, their_spread) = (_moments(picture, where) for picture in (made, below))
    gain = np.clip((their_spread + 1) / (spread + 1), *GAIN)
    shift = np.clip(their_mean - mean, -SHIFT, SHIFT)
    levels = np.arange(256)[:, None]
    table = _pixels((levels - mean) * gain + mean + shift)
    return cv2.LUT(made, table[None]).astype(np.uint8, copy=False)


def _moments(picture: Pixels, where: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of each colour."""
    mean, spread = cv2.meanStdDev(picture, mask=where)
    return mean[:, 0].astype(np.float64), spread[:, 0].astype(np.float64)


def shift_low_frequencies(below: Pixels, made: Pixels, paste: Coverage, kept: Mask) -> Pixels:
    """The difference at the border, spread inside ever more blurred, fading with the distance from it."""
    error, weight = _on_grid(below, made, kept)
    depth = cv2.distanceTransform((weight <= 0.5).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    fade = np.exp(-depth * REACH_OF_SIDE / min(weight.shape)).astype(np.float32)
    return _added(made, _spread(error, weight) * fade[..., None])


def blend_gradients(below: Pixels, made: Pixels, paste: Coverage, kept: Mask) -> Pixels:
    """Poisson blending: `made` keeps its gradients and takes the border's colours.

    What is added is the membrane through the differences at the border, which solves Laplace's equation.
    """
    error, weight = _on_grid(below, made, kept)
    fixed = weight > 0.5
    return _added(made, _membrane(error, fixed)) if fixed.any() else made


def _on_grid(below: Pixels, made: Pixels, kept: Mask) -> tuple[Field, NDArray[np.float32]]:
    """The mean difference in each cell of a coarse grid, and which share of the cell stays.

    A colour shift varies slowly; what varies faster is the network's own drawing and none of ours to mend.
    """
    height, width = kept.shape
    factor = max(1, -(-max(height, width) // GRID_SIDE))
    size = (max(2, width // factor), max(2, height // factor))
    stays = kept.astype(np.float32)
    error = (below.astype(np.float32) - made) * stays[..., None]
    weight = cv2.resize(stays, size, interpolation=cv2.INTER_AREA)
    sums = cv2.resize(error, size, interpolation=cv2.INTER_AREA)
    return (sums / np.maximum(weight, 1e-6)[..., None]).astype(np.float32), weight.astype(np.float32)


def _spread(field: Field, weight: NDArray[np.float32]) -> Field:
    """`field` where it is known, carried on into the rest from ever coarser means: pull and push."""
    known = np.minimum(weight * 2, 1)[..., None]
    if min(weight.shape) < 2 or (known == 1).all():
        return field
    height, width = weight.shape
    size = (-(-width // 2), -(-height // 2))
    coarse_weight = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
    sums = cv2.resize(field * weight[..., None], size, interpolation=cv2.INTER_AREA)
    coarse = (sums / np.maximum(coarse_weight, 1e-6)[..., None]).astype(np.float32)
    below = _spread(coarse, np.minimum(coarse_weight * 4, 1).astype(np.float32))
    return field * known + cv2.resize(below, (width, height), interpolation=cv2.INTER_LINEAR) * (1 - known)


def _membrane(field: Field, fixed: Mask) -> Field:
    """`field` where `fixed`, and between as smooth as a soap film; free at the picture's edge."""
    free = ~fixed
    count = int(free.sum())
    numbers = np.full(fixed.shape, -1)
    numbers[free] = np.arange(count)
    diagonal, known = np.zeros(count), np.zeros((count, 3))
    entries: list[tuple[NDArray[np.intp], NDArray[np.intp]]] = []
    for here, there in NEIGHBOURS:
        own, other = numbers[here], numbers[there]
        wanted = own >= 0
        diagonal += np.bincount(own[wanted], minlength=count)
        inner = wanted & (other >= 0)
        entries.append((own[inner], other[inner]))
        outer = wanted & (other < 0)
        np.add.at(known, own[outer], field[there][outer])
    rows = np.concatenate([own for own, _ in entries])
    columns = np.concatenate([other for _, other in entries])
    off = coo_matrix((np.full(len(rows), -1.0), (rows, columns)), shape=(count, count))
    # a lone pixel without neighbours would make the matrix singular
    matrix = csc_matrix(off + diags(np.maximum(diagonal, 1)))
    solved = field.copy()
    solved[free] = np.asarray(spsolve(matrix, known)).reshape(count, 3)
    return solved


ALL, FIRST, LAST = slice(None), slice(None, -1), slice(1, None)
NEIGHBOURS = (
    ((LAST, ALL), (FIRST, ALL)),
    ((FIRST, ALL), (LAST, ALL)),
    ((ALL, LAST), (ALL, FIRST)),
    ((ALL, FIRST), (ALL, LAST)),
)
"""Each pixel and the one above, below, left and right of it."""


def _added(made: Pixels, field: Field) -> Pixels:
    """`made` with the coarse `field` laid on it smoothly."""
    size = (made.shape[1], made.shape[0])
    return _pixels(made + cv2.resize(field, size, interpolation=cv2.INTER_CUBIC))


def _pixels(values: NDArray[np.floating]) -> Pixels:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)
