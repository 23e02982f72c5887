"""What a network that selects things is shown of a large document, and its answer at the document's size."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from desktop.raster import opencv as cv2
from desktop.raster import region
from desktop.raster.rect import Rect
from desktop.raster.tiles import Tiles
from engine.api.images import ImageInput
from engine.api.rect import Rect as EngineRect
from engine.api.segment import PromptPoint, SegmentRequest

Read = Callable[[Rect], NDArray[np.uint8]]
"""H x W x 4, BGRA premultiplied."""

LEAST_WINDOW_PX = 1024
"""What the networks see at once: less of a picture shows them no more of it."""
AROUND_LOOP = 2.0
"""So much larger than the loop is what they see: they tell a thing by what is around it."""
BACKDROP = 255
"""Behind what is transparent, as behind a sheet of paper."""


def window_for(loop: Rect, canvas: Rect) -> Rect:
    """A square of the canvas around `loop`, in steps: loops near each other mostly have the same, so that the
    network need not look again."""
    wanted = max(LEAST_WINDOW_PX, round(max(loop.width, loop.height) * AROUND_LOOP))
    side = 2 ** math.ceil(math.log2(wanted))
    if side >= max(canvas.width, canvas.height):
        return canvas
    step = side // 4
    middle_x, middle_y = loop.left + loop.width / 2, loop.top + loop.height / 2
    left = round((middle_x - side / 2) / step) * step
    top = round((middle_y - side / 2) / step) * step
    left = max(canvas.left, min(left, canvas.right - side))
    top = max(canvas.top, min(top, canvas.bottom - side))
    return Rect(left, top, side, side).intersected(canvas)


def request_for(read: Read, loop: Tiles, window: Rect, model: str, side: int) -> SegmentRequest:
    """The picture in `window`, no larger than the network sees it, and the loop as its box and points."""
    pixels = on_paper(read(window))
    scale = min(1.0, side / max(window.width, window.height))
    size = (max(1, round(window.width * scale)), max(1, round(window.height * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    within = cv2.resize(loop.read(window), size, interpolation=cv2.INTER_AREA)
    x, y, width, height = cv2.boundingRect((within >= 128).astype(np.uint8))
    image = ImageInput.of(np.ascontiguousarray(small[..., ::-1]))
    box = EngineRect(x, y, max(1, width), max(1, height))
    return SegmentRequest(image, box, points_of(within, box), model)


def points_of(within: NDArray[np.uint8], box: EngineRect) -> tuple[PromptPoint, ...]:
    """The middle of the loop is of the thing; the middles of what its box holds outside the loop are not."""
    x, y = box.left, box.top
    part = (within[y : box.bottom, x : box.right] >= 128).astype(np.uint8)
    points = [PromptPoint(x + column + 0.5, y + row + 0.5) for column, row in _deepest(part, 1)]
    outside = [PromptPoint(x + column + 0.5, y + row + 0.5, False) for column, row in _deepest(1 - part, 3)]
    return (*points, *outside)


def _deepest(part: NDArray[np.uint8], most: int) -> list[tuple[int, int]]:
    """Column and row of what lies farthest from the edge of `part`, in its `most` largest pieces."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(part), connectivity=4)
    largest = sorted(range(1, count), key=lambda label: -int(stats[label, cv2.CC_STAT_AREA]))[:most]
    found = []
    for label in largest:
        piece = np.pad((labels == label).astype(np.uint8), 1)
        depth = cv2.distanceTransform(piece, cv2.DIST_L2, 3)
        row, column = np.unravel_index(int(depth.argmax()), depth.shape)
        if depth[row, column] >= 2:  # less is the loop's own edge
            found.append((int(column) - 1, int(row) - 1))
    return found


def on_paper(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """BGRA premultiplied over white, as BGR."""
    behind = BACKDROP - pixels[..., 3:]
    return pixels[..., :3] + behind


def answer_at_size(
    coverage: NDArray[np.uint8],
    read: Read,
    loop: Tiles,
    window: Rect,
    refine: Callable[[NDArray[np.uint8], NDArray[np.uint8]], NDArray[np.uint8]],
) -> Tiles:
    """What the network found (h x w of `window`), in the document's pixels and inside the loop.

    Where the network saw it smaller, `refine` draws its edge (H x W) to the picture's (H x W x 3, BGR).
    """
    box = region.extent_of(loop).intersected(window)
    if box.is_empty:
        return Tiles(loop.kind)
    size = (window.width, window.height)
    found = np.asarray(cv2.resize(coverage, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    found = found[box.top - window.top :, box.left - window.left :][: box.height, : box.width]
    found = np.ascontiguousarray(found)
    if max(size) > max(coverage.shape):
        found = refine(found, np.ascontiguousarray(on_paper(read(box))))
    return region.written(box, np.minimum(found, loop.read(box)))
