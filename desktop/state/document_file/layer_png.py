"""Tiles to PNG and back, a row of tiles at a time: what is empty costs nothing, and nothing is ever dense."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from desktop.raster.rect import EMPTY, Rect
from desktop.raster.tile import TILE, Kind
from desktop.raster.tiles import Tiles, parts, rect_of
from desktop.state.document_file.work import Work, in_order
from engine.library.png_writer import Band, pack_band, pack_empty, png_pieces

Format = QImage.Format


def content_bounds(tiles: Tiles) -> Rect:
    """The smallest rectangle around all that is not transparent (or 0), to the pixel."""
    whole = EMPTY
    for key in tiles.keys():  # noqa: SIM118  tiles are no mapping
        tile = rect_of(key)
        if whole.contains(tile):
            continue
        held = tiles.get(key)
        assert held is not None
        pixels = held.pixels[..., 3] if tiles.kind is Kind.COLOUR else held.pixels
        rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
        if len(rows):
            left, top = tile.left + int(columns[0]), tile.top + int(rows[0])
            right, bottom = tile.left + int(columns[-1]) + 1, tile.top + int(rows[-1]) + 1
            whole = whole.united(Rect.between(left, top, right, bottom))
    return whole


def band_rects(rect: Rect) -> list[Rect]:
    """`rect` cut where rows of tiles meet."""
    edges = [rect.top, *range((rect.top // TILE + 1) * TILE, rect.bottom, TILE), rect.bottom]
    return [Rect(rect.left, top, rect.width, bottom - top) for top, bottom in itertools.pairwise(edges)]


def tiles_to_png(tiles: Tiles, rect: Rect, threads: ThreadPoolExecutor, work: Work) -> Iterator[bytes]:
    """`rect` of `tiles` as the pieces of a PNG: RGBA, alpha not multiplied in, or grey for coverage.

    One step of `work` for each of `band_rects`.
    """
    channels = 4 if tiles.kind is Kind.COLOUR else 1
    present = {row for _, row in tiles.keys()}  # noqa: SIM118  as above
    return png_of_bands(
        rect, channels, threads, work, partial(_band_of_tiles, tiles, present=present, channels=channels)
    )


def png_of_bands(
    rect: Rect,
    channels: int,
    threads: ThreadPoolExecutor,
    work: Work,
    band: Callable[[Rect], Band],
    chunks: Iterable[bytes] = (),
) -> Iterator[bytes]:
    """A PNG of `rect` whose bands come from `band(rect of the band)`, made by all threads.

    `chunks` stand before the pixels.
    """

    def counted() -> Iterator[Band]:
        for packed in in_order(threads, band, band_rects(rect)):
            work.step()
            yield packed

    return png_pieces(rect.width, rect.height, channels, counted(), chunks)


def _band_of_tiles(tiles: Tiles, rect: Rect, present: set[int], channels: int) -> Band:
    if rect.top // TILE not in present:
        return pack_empty(rect.width * channels, rect.height)
    pixels = tiles.read(rect)
    return pack_band(to_straight(pixels) if channels == 4 else pixels)


def to_straight(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """H x W x 4, BGRA premultiplied (as tiles have it) to RGBA with the alpha not multiplied in.

    `to_premultiplied` brings back the very same bytes.
    """
    return _converted(pixels, Format.Format_ARGB32_Premultiplied, Format.Format_RGBA8888)


def to_premultiplied(pixels: NDArray[np.uint8], is_bgra: bool = False) -> NDArray[np.uint8]:
    """H x W x 4, RGBA (or BGRA) with the alpha not multiplied in, to what tiles hold."""
    source = Format.Format_ARGB32 if is_bgra else Format.Format_RGBA8888
    return _converted(pixels, source, Format.Format_ARGB32_Premultiplied)


def _converted(pixels: NDArray[np.uint8], source: QImage.Format, target: QImage.Format) -> NDArray[np.uint8]:
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape[:2]
    image = QImage(pixels.data, width, height, 4 * width, source).convertToFormat(target)
    # copied: numpy's view of a QImage does not keep it alive
    return np.frombuffer(image.constBits(), np.uint8).reshape(height, width, 4).copy()


def put(tiles: Tiles, left: int, top: int, pixels: NDArray[np.uint8]) -> None:
    """Write `pixels` (premultiplied BGRA, or coverage) where they are not empty; no other tile is made."""
    height, width = pixels.shape[:2]
    for _, part, _ in parts(Rect(left, top, width, height)):
        piece = pixels[part.top - top : part.bottom - top, part.left - left : part.right - left]
        if piece.any():
            tiles.write(part, piece)
