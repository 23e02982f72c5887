"""A selection or a mask: one byte a pixel, soft, in tiles. What one can make of it, and make it from.

Every function gives new coverage and leaves its arguments alone. `canvas` is the document's rectangle: beyond
it nothing is selected, and its edge is no edge (shrinking does not eat in from there).
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from desktop.raster import opencv as cv2
from desktop.raster.rect import EMPTY, Rect
from desktop.raster.tile import Kind
from desktop.raster.tiles import Tiles, keys_of, rect_of

Coverage8 = NDArray[np.uint8]
STRIP_PX = 1024
"""Rows worked on at once where a whole canvas is read: no dense copy of it in four channels."""
SUBPIXEL = 16
"""OpenCV draws at sixteenths of a pixel."""
LEVELS_SOFT, LEVELS_SHARP = 32, 4
EDGE_SHARE = 0.25
"""Where less than this of what is covered is half covered, the soft pixels are only a smooth edge."""
BOX_FROM_PX = 12.0
"""From this standard deviation on, three box blurs pass for a Gaussian, at the same cost for any width."""


class Combine(enum.Enum):
    """What a new selection does with the one there is."""

    REPLACE = "replace"
    ADD = "add"
    SUBTRACT = "subtract"
    INTERSECT = "intersect"


def from_array(pixels: Coverage8, left: int = 0, top: int = 0) -> Tiles:
    """Coverage of H x W bytes whose corner lies at (left, top)."""
    return written(Rect(left, top, pixels.shape[1], pixels.shape[0]), pixels)


def written(rect: Rect, pixels: Coverage8) -> Tiles:
    region = Tiles(Kind.COVERAGE)
    region.write(rect, pixels)
    region.prune(region.keys())
    return region


def everything(canvas: Rect) -> Tiles:
    region = Tiles(Kind.COVERAGE)
    region.fill(canvas, 255)
    return region


def is_nothing(region: Tiles | None) -> bool:
    return region is None or not any(tile.any() for _, tile in covered_tiles(region))


def extent_of(region: Tiles) -> Rect:
    """The smallest rectangle around every pixel that is covered at all."""
    box = EMPTY
    for rect, tile in covered_tiles(region):
        x, y, width, height = cv2.boundingRect(tile)
        if width and height:
            box = box.united(Rect(rect.left + x, rect.top + y, width, height))
    return box


def covered_tiles(region: Tiles) -> Iterator[tuple[Rect, Coverage8]]:
    for key in sorted(region.keys()):
        yield rect_of(key), region.read(rect_of(key))


# shapes


def rectangle(rect: Rect) -> Tiles:
    region = Tiles(Kind.COVERAGE)
    region.fill(rect, 255)
    return region


def ellipse(left: float, top: float, width: float, height: float) -> Tiles:
    """Smooth at its edge."""
    if width <= 0 or height <= 0:
        return Tiles(Kind.COVERAGE)
    angle = np.linspace(0, 2 * np.pi, max(64, min(2048, int(width + height))), endpoint=False)
    x = left + width / 2 + np.cos(angle) * width / 2
    y = top + height / 2 + np.sin(angle) * height / 2
    return polygon(list(zip(x.tolist(), y.tolist(), strict=True)))


def polygon(points: Sequence[tuple[float, float]]) -> Tiles:
    """What a closed line encloses (odd-even where it crosses itself), smooth at its edge."""
    if len(points) < 3:
        return Tiles(Kind.COVERAGE)
    place = np.array(points, np.float64)
    region = Tiles(Kind.COVERAGE)
    for strip in strips(box_around(points)):
        # at four times the size, then averaged: sixteen levels at the edge, and exact areas
        fine = np.zeros((strip.height * 4, strip.width * 4), np.uint8)
        corner = np.array([strip.left, strip.top])
        ring = np.round(((place - corner) * 4 - 0.5) * SUBPIXEL).astype(np.int32)
        cv2.fillPoly(fine, [ring], 255, lineType=cv2.LINE_8, shift=4)
        smooth = cv2.resize(fine, (strip.width, strip.height), interpolation=cv2.INTER_AREA)
        region.write(strip, np.asarray(smooth, np.uint8))
    region.prune(region.keys())
    return region


def box_around(points: Sequence[tuple[float, float]]) -> Rect:
    """The whole pixels that a line through `points` may touch."""
    xs, ys = zip(*points, strict=True)
    return Rect.between(
        math.floor(min(xs)) - 1, math.floor(min(ys)) - 1, math.ceil(max(xs)) + 1, math.ceil(max(ys)) + 1
    )


def strips(rect: Rect, rows: int = STRIP_PX) -> Iterator[Rect]:
    """`rect` in pieces of whole rows."""
    for top in range(rect.top, rect.bottom, rows):
        yield Rect.between(rect.left, top, rect.right, min(top + rows, rect.bottom))


# two become one


def combined(old: Tiles | None, new: Tiles, how: Combine) -> Tiles:
    """The fuzzy union, difference or intersection: by maximum and minimum, so that edges stay as soft."""
    if old is None or how is Combine.REPLACE:
        return new if how in (Combine.REPLACE, Combine.ADD) else Tiles(Kind.COVERAGE)
    result = old.snapshot()
    if how is Combine.INTERSECT:
        for key in old.keys() - new.keys():
            result.put(key, None)
    for key in new.keys() if how is not Combine.INTERSECT else old.keys() & new.keys():
        rect = rect_of(key)
        one, other = old.read(rect), new.read(rect)
        match how:
            case Combine.ADD:
                one = np.maximum(one, other)
            case Combine.SUBTRACT:
                one = np.minimum(one, 255 - other)
            case Combine.INTERSECT:
                one = np.minimum(one, other)
        result.write(rect, one)
    result.prune(new.keys())
    return result


def inverted(region: Tiles | None, canvas: Rect) -> Tiles:
    """Within the canvas, what was not covered."""
    result = everything(canvas)
    if region is None:
        return result
    for key in set(keys_of(canvas)) & region.keys():
        part = rect_of(key).intersected(canvas)
        result.write(part, 255 - region.read(part))
    result.prune(region.keys())
    return result


def clipped(region: Tiles, canvas: Rect) -> Tiles:
    """Without what lies beyond the canvas."""
    bounds = region.bounds()
    if canvas.contains(bounds):
        return region
    result = region.snapshot()
    for key in sorted(region.keys()):
        part = rect_of(key).intersected(canvas)
        if part.is_empty:
            result.put(key, None)
        elif part != rect_of(key):
            kept = region.read(part)
            result.fill(rect_of(key), 0)
            result.write(part, kept)
    return result


# larger, smaller, softer


def grown(region: Tiles, by_px: float, canvas: Rect) -> Tiles:
    """Every edge moved outwards by `by_px` (inwards where negative), round at corners."""
    if by_px == 0 or not region.keys():
        return region
    if by_px < 0:
        return _shrunk(region, -by_px, canvas)
    margin = int(np.ceil(by_px)) + 2
    box = extent_of(region).grown(margin).intersected(canvas.grown(margin))
    if box.is_empty:
        return region
    return clipped(written(box, dilated(region.read(box), by_px)), canvas)


def _shrunk(region: Tiles, by_px: float, canvas: Rect) -> Tiles:
    margin = int(np.ceil(by_px)) + 2
    box = extent_of(region).grown(2).intersected(canvas)
    if box.is_empty:
        return region
    # outside the canvas it goes on as at the edge; elsewhere around the box there is nothing
    pads = [
        margin if box.top == canvas.top else 0,
        margin if box.bottom == canvas.bottom else 0,
        margin if box.left == canvas.left else 0,
        margin if box.right == canvas.right else 0,
    ]
    padded = np.asarray(
        cv2.copyMakeBorder(region.read(box), *pads, borderType=cv2.BORDER_REPLICATE), np.uint8
    )
    smaller = 255 - dilated(255 - padded, by_px)
    return written(box, smaller[pads[0] : pads[0] + box.height, pads[2] : pads[2] + box.width])


def dilated(pixels: Coverage8, by_px: float) -> Coverage8:
    """The grey dilation by a disc: each level's outline moved outwards, and the levels laid together again.

    By distances, so that its cost does not grow with `by_px`.
    """
    soft = cv2.countNonZero(cv2.inRange(pixels, 1, 254))
    wide = cv2.countNonZero(pixels)
    count = 1 if soft == 0 else LEVELS_SHARP if soft < EDGE_SHARE * max(wide, 1) else LEVELS_SOFT
    total = np.zeros(pixels.shape, np.float32)
    for level in range(count):
        threshold = 255 * (level + 0.5) / count
        _, outside = cv2.threshold(pixels, int(threshold), 255, cv2.THRESH_BINARY_INV)
        distance = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        # the outline runs half a pixel before the first pixel outside
        total += np.clip(by_px + 0.5 - (distance - 0.5), 0, 1)
    if count == LEVELS_SOFT:
        total = cv2.GaussianBlur(total, (0, 0), 1.5)  # from level to level without a step
    return np.maximum(pixels, cv2.convertScaleAbs(total, alpha=255 / count))


def feathered(region: Tiles, radius_px: float, canvas: Rect) -> Tiles:
    """Soft over about `radius_px` to both sides of each edge: a Gaussian of half that standard deviation."""
    if radius_px <= 0 or not region.keys():
        return region
    sigma = radius_px / 2
    margin = int(np.ceil(3 * sigma)) + 1
    reach = extent_of(region).grown(margin)
    box = reach.intersected(canvas)
    if box.is_empty:
        return region
    pads = [
        min(margin, box.top - reach.top + margin), min(margin, reach.bottom - box.bottom + margin),
        min(margin, box.left - reach.left + margin), min(margin, reach.right - box.right + margin),
    ]  # fmt: skip
    padded = np.asarray(
        cv2.copyMakeBorder(region.read(box), *pads, borderType=cv2.BORDER_REPLICATE), np.uint8
    )
    soft = blurred(padded, sigma)
    return written(box, soft[pads[0] : pads[0] + box.height, pads[2] : pads[2] + box.width])


def blurred(pixels: Coverage8, sigma_px: float) -> Coverage8:
    """A Gaussian blur; three running means stand for a wide one."""
    if sigma_px < BOX_FROM_PX:
        return np.asarray(
            cv2.GaussianBlur(pixels, (0, 0), sigma_px, borderType=cv2.BORDER_REPLICATE), np.uint8
        )
    # the variance of three boxes of width w is (w^2 - 1) / 4
    width = round(float(np.sqrt(4 * sigma_px * sigma_px + 1))) | 1
    soft = pixels.astype(np.float32)
    for _ in range(3):
        soft = cv2.blur(soft, (width, width), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.convertScaleAbs(soft), np.uint8)


# from pixels


def from_alpha(source: Tiles) -> Tiles:
    """What is there at all, by how opaque it is."""
    return _from_tiles(source, lambda pixels: pixels[..., 3])


def from_luminance(source: Tiles) -> Tiles:
    """By how light it is (Rec. 709 on the sRGB values, as Krita and Photoshop do it), times its alpha."""
    weights = np.array([[0.0722, 0.7152, 0.2126, 0]], np.float32)
    return _from_tiles(source, lambda pixels: np.asarray(cv2.transform(pixels, weights), np.uint8))


def from_colour(
    read: Callable[[Rect], NDArray[np.uint8]],
    canvas: Rect,
    color: NDArray[np.uint8],
    tolerance: int,
    softness: int = 8,
) -> Coverage8:
    """H x W of the canvas: where pixels are like `color` (BGRA premultiplied), all four within `tolerance`.

    Over `softness` more steps it fades out, so that smooth edges of what is drawn stay smooth.
    """
    alike = np.empty((canvas.height, canvas.width), np.uint8)
    steps = likeness_steps(tolerance, softness)
    away = np.abs(np.arange(256)[:, None] - color.astype(int))
    likeness = steps[away].reshape(1, 256, 4)
    for strip in strips(canvas):
        # the least alike of the four says; as planes they are quicker to go through
        b, g, r, a = cv2.split(cv2.LUT(read(strip), likeness))
        alike[strip.top - canvas.top : strip.bottom - canvas.top] = cv2.min(cv2.min(b, g), cv2.min(r, a))
    return alike


def likeness_steps(tolerance: int, softness: int) -> NDArray[np.uint8]:
    """255 up to `tolerance` away, then falling to 0."""
    away = np.arange(256, dtype=np.float32)
    return np.clip(255 * (1 - (away - tolerance) / (softness + 1)), 0, 255).round().astype(np.uint8)


def _from_tiles(source: Tiles, measure: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]) -> Tiles:
    region = Tiles(Kind.COVERAGE)
    for key in sorted(source.keys()):
        pixels = measure(source.read(rect_of(key)))
        if pixels.any():
            region.write(rect_of(key), pixels)
    return region
