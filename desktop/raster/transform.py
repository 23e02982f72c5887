"""Pixels moved, scaled, turned and sheared. What can be done without a new value is done without one."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from desktop.raster import opencv as cv2
from desktop.raster.rect import EMPTY, Rect
from desktop.raster.tile import Kind
from desktop.raster.tiles import Key, Tiles, rect_of

LARGEST_PX = 32767
"""A side that OpenCV can warp."""
Matrix = NDArray[np.float64]
"""2 x 3: document pixels before to document pixels after."""


@dataclass(frozen=True)
class Affine:
    """Scale, then turn, around `center`; then move. Reads as an artist does it with handles."""

    center_x: float
    center_y: float
    move_x: float = 0.0
    move_y: float = 0.0
    scale_x: float = 1.0
    """Negative mirrors."""
    scale_y: float = 1.0
    angle_deg: float = 0.0
    """Clockwise, as y goes down."""

    @property
    def matrix(self) -> Matrix:
        angle = math.radians(self.angle_deg)
        cos, sin = exact_cos(angle), exact_cos(angle - math.pi / 2)
        a, b = cos * self.scale_x, -sin * self.scale_y
        c, d = sin * self.scale_x, cos * self.scale_y
        return np.array(
            [
                [a, b, self.center_x + self.move_x - a * self.center_x - b * self.center_y],
                [c, d, self.center_y + self.move_y - c * self.center_x - d * self.center_y],
            ]
        )

    @property
    def is_nothing(self) -> bool:
        return bool(np.array_equal(self.matrix, [[1, 0, 0], [0, 1, 0]]))

    def moved(self, dx: float, dy: float) -> Affine:
        return replace(self, move_x=self.move_x + dx, move_y=self.move_y + dy)

    def map(self, x: float, y: float) -> tuple[float, float]:
        """Where a point goes."""
        mapped = self.matrix @ [x, y, 1]
        return float(mapped[0]), float(mapped[1])

    def unmap(self, x: float, y: float) -> tuple[float, float]:
        """Where a point comes from."""
        mapped = cv2.invertAffineTransform(self.matrix) @ [x, y, 1]
        return float(mapped[0]), float(mapped[1])

    def bounds(self, rect: Rect) -> Rect:
        """The whole pixels that `rect` reaches."""
        corners = [self.map(x, y) for x in (rect.left, rect.right) for y in (rect.top, rect.bottom)]
        xs, ys = zip(*corners, strict=True)
        return Rect.between(
            math.floor(min(xs) + 1e-6), math.floor(min(ys) + 1e-6),
            math.ceil(max(xs) - 1e-6), math.ceil(max(ys) - 1e-6),
        )  # fmt: skip


def exact_cos(angle: float) -> float:
    """Cosine that is whole at quarter turns, so that they can be done without a new value."""
    cos = math.cos(angle)
    return float(round(cos)) if abs(cos - round(cos)) < 1e-12 else cos


def transformed(tiles: Tiles, affine: Affine, is_draft: bool = False) -> Tiles:
    """The pixels of `tiles` under `affine`.

    Moves by whole pixels, mirrors and quarter turns keep every pixel as it is. All else is sampled once:
    bicubic, from averages where it gets smaller; `is_draft` is bilinear, for a look while one drags.
    Raises ValueError where a side would be larger than `LARGEST_PX`.
    """
    source = content_of(tiles)
    if source.is_empty:
        return Tiles(tiles.kind)
    target = affine.bounds(source)
    if max(target.width, target.height) > LARGEST_PX:
        raise ValueError("too large")
    result = Tiles(tiles.kind)
    if target.is_empty:
        return result
    pixels = tiles.read(source)
    exact = without_sampling(pixels, affine, source, target)
    result.write(target, sampled(pixels, affine, source, target, is_draft) if exact is None else exact)
    result.prune(result.keys())
    return result


def content_of(tiles: Tiles, cover: Tiles | None = None, offset: tuple[int, int] = (0, 0)) -> Rect:
    """The smallest rectangle around every pixel that is not transparent (0), where `cover` (whose (0, 0) lies
    at minus `offset`) covers it at all. What lies inside what was found already is not read."""
    box = EMPTY
    for key in from_outside(tiles.keys()):
        corner = rect_of(key)
        if box.contains(corner):
            continue
        pixels = tiles.read(corner)
        shown = np.ascontiguousarray(pixels[..., 3]) if tiles.kind is Kind.COLOUR else pixels
        if cover is not None:
            shown = cv2.min(shown, cover.read(corner.moved(*offset)))
        x, y, width, height = cv2.boundingRect(shown)
        if width and height:
            box = box.united(Rect(corner.left + x, corner.top + y, width, height))
    return box


def from_outside(keys: set[Key]) -> list[Key]:
    """Those on the outermost columns and rows first."""
    if not keys:
        return []
    columns, rows = zip(*keys, strict=True)
    left, right, top, bottom = min(columns), max(columns), min(rows), max(rows)

    def depth(key: Key) -> tuple[int, Key]:
        return min(key[0] - left, right - key[0], key[1] - top, bottom - key[1]), key

    return sorted(keys, key=depth)


def without_sampling(
    pixels: NDArray[np.uint8], affine: Affine, source: Rect, target: Rect
) -> NDArray[np.uint8] | None:
    """The same pixels in another order, where the matrix does no more than that; else None."""
    matrix = affine.matrix
    turn = matrix[:, :2]
    corners = np.array([[source.left, source.top, 1], [source.right, source.bottom, 1]])
    is_whole = np.allclose(corners @ matrix.T, np.round(corners @ matrix.T), atol=1e-6)
    if not is_whole or not np.array_equal(np.sort(np.abs(turn).ravel()), [0, 0, 1, 1]):
        return None
    if turn[0, 0] == 0:
        pixels = pixels.swapaxes(0, 1)
    across, down = turn[0].sum(), turn[1].sum()
    ordered = pixels[:: int(down), :: int(across)]
    return ordered if ordered.shape[:2] == (target.height, target.width) else None


def sampled(
    pixels: NDArray[np.uint8], affine: Affine, source: Rect, target: Rect, is_draft: bool
) -> NDArray[np.uint8]:
    """`pixels` of `source` seen at `target`."""
    pixels, source_scale = smaller_first(pixels, affine)
    # from pixel centres to pixel centres
    to_document = np.array(
        [[1 / source_scale[0], 0, source.left], [0, 1 / source_scale[1], source.top], [0, 0, 1]]
    )
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    to_target = np.array([[1, 0, -target.left - 0.5], [0, 1, -target.top - 0.5], [0, 0, 1]])
    whole = to_target @ np.vstack([affine.matrix, [0, 0, 1]]) @ to_document @ half
    flags = cv2.INTER_LINEAR if is_draft else cv2.INTER_CUBIC
    size = (target.width, target.height)
    warped = np.asarray(
        cv2.warpAffine(pixels, whole[:2], size, flags=flags, borderMode=cv2.BORDER_CONSTANT), np.uint8
    )
    if warped.ndim == 3:
        np.minimum(warped[..., :3], warped[..., 3:], out=warped[..., :3])  # cubic overshoots beyond alpha
    return warped


def smaller_first(pixels: NDArray[np.uint8], affine: Affine) -> tuple[NDArray[np.uint8], tuple[float, float]]:
    """Averages where less than half of the size is left: a look at 4 x 4 pixels would miss the others."""
    height, width = pixels.shape[:2]
    wide = width if abs(affine.scale_x) >= 0.5 else max(1, math.ceil(width * abs(affine.scale_x)))
    high = height if abs(affine.scale_y) >= 0.5 else max(1, math.ceil(height * abs(affine.scale_y)))
    if (wide, high) != (width, height):
        pixels = np.asarray(cv2.resize(pixels, (wide, high), interpolation=cv2.INTER_AREA), np.uint8)
    return pixels, (wide / width, high / height)
