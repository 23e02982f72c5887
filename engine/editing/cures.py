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
SOLVE_SIDE_PX = 96
"""The Poisson cure varies slowly, so it is solved at this size."""


def shift_mean(below: Pixels, made: Pixels, paste: Coverage, kept: Mask) -> Pixels:
    """Brightness and contrast of each colour as they are in what stays (Reinhard's colour transfer)."""
    theirs, ours = below[kept].astype(np.float32), made[kept].astype(np.float32)
    gain = np.clip((theirs.std(axis=0) + 1) / (ours.std(axis=0) + 1), *GAIN)
    shift = np.clip(theirs.mean(axis=0) - ours.mean(axis=0), -SHIFT, SHIFT)
    mean = ours.mean(axis=0)
    return _pixels((made - mean) * gain + mean + shift)


def shift_low_frequencies(below: Pixels, made: Pixels, paste: Coverage, kept: Mask) -> Pixels:
    """The difference at the border, spread inside ever more blurred, fading with the distance from it."""
    side = min(kept.shape)
    depth = cv2.distanceTransform((~kept).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    fade = np.exp(-depth / max(8.0, side / REACH_OF_SIDE)).astype(np.float32)
    field = _spread(_error(below, made), kept, max(4.0, side / 24))
    return _added(made, field * fade[..., None])


def blend_gradients(below: Pixels, made: Pixels, paste: Coverage, kept: Mask) -> Pixels:
    """Poisson blending: `made` keeps its gradients and takes the border's colours.

    What is added is the membrane through the differences at the border, which solves Laplace's equation.
    """
    height, width = kept.shape
    factor = max(1, -(-max(height, width) // SOLVE_SIDE_PX))
    size = (max(2, width // factor), max(2, height // factor))
    error = _spread(_error(below, made), kept, float(factor))
    small = cv2.resize(error, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    fixed = cv2.resize(kept.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5
    if not fixed.any():
        return made
    field = cv2.resize(_membrane(small, fixed), (width, height), interpolation=cv2.INTER_LINEAR)
    return _added(made, field.astype(np.float32))


def _error(below: Pixels, made: Pixels) -> Field:
    return below.astype(np.float32) - made


def _spread(field: Field, kept: Mask, sigma: float) -> Field:
    """`field` blurred over `kept` alone and carried on into the rest, from the finest blur that reaches."""
    weight, values = kept.astype(np.float32), field * kept[..., None]
    result, missing = np.zeros_like(field), np.ones(kept.shape, np.float32)
    while missing.any():
        share = cv2.GaussianBlur(weight, (0, 0), sigma)
        blurred = cv2.GaussianBlur(values, (0, 0), sigma) / np.maximum(share, 1e-6)[..., None]
        reach = np.clip(share * 8, 0, 1) * missing
        result += blurred * reach[..., None]
        missing = missing - reach
        missing[missing < 1e-3] = 0
        if sigma > 2 * max(kept.shape):
            break
        # wider blurs see so little detail that they are made of a smaller picture
        sigma *= 2
        if sigma > 8 and min(kept.shape) > 64:
            rest = _spread_small(values, weight, sigma)
            result += rest * missing[..., None]
            break
    return result


def _spread_small(values: Field, weight: NDArray[np.float32], sigma: float) -> Field:
    height, width = weight.shape
    size = (width // 4, height // 4)
    small = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
    sums = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    mean = sums / np.maximum(small, 1e-6)[..., None]
    there = small > 0.02
    spread = _spread(mean.astype(np.float32), there, sigma / 4) if there.any() else np.zeros_like(sums)
    return cv2.resize(spread, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32)


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
    return _pixels(made + field)


def _pixels(values: NDArray[np.floating]) -> Pixels:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)
