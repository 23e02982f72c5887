"""Masks in and out: grey PNGs, the alpha of a picture, its brightness. For the disk pool."""

from __future__ import annotations

import enum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from desktop.raster.rect import Rect
from desktop.raster.tile import Kind
from desktop.raster.tiles import Tiles
from desktop.state.document.layers import Group
from desktop.state.document.rendering import flattened
from desktop.state.document_file.layer_png import put, to_straight
from engine.api.images import Extent
from engine.library.gate import open_layer
from engine.library.pictures import png_head_chunks
from engine.library.png_writer import encode_png
from engine.library.save import save_bytes

WEIGHTS = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""Of red, green and blue in luminance (ITU-R BT.709), on the values as they are stored."""


class MaskSource(enum.StrEnum):
    """What of a picture is the mask."""

    AUTOMATIC = "automatic"
    """Its alpha where anything is transparent, else its brightness."""
    ALPHA = "alpha"
    LUMINANCE = "luminance"


def read_mask(path: Path, source: MaskSource = MaskSource.AUTOMATIC) -> tuple[Tiles, Extent]:
    """Coverage, its corner at (0, 0), and the size of the picture. Raises `UnreadableFile`."""
    picture = open_layer(path)
    is_transparent = picture.alpha is not None and bool((picture.alpha < 255).any())
    if source is MaskSource.ALPHA or (source is MaskSource.AUTOMATIC and is_transparent):
        opaque = np.full(picture.rgb.shape[:2], 255, np.uint8)
        coverage = opaque if picture.alpha is None else picture.alpha
    else:
        coverage = luminance(picture.rgb)
    tiles = Tiles(Kind.COVERAGE)
    put(tiles, 0, 0, coverage)
    height, width, _ = picture.rgb.shape
    return tiles, Extent(width, height)


def luminance(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Brightness of H x W x 3 in RGB order: grey stays what it is, to the value."""
    values = np.empty(rgb.shape[:2], np.uint8)
    for top in range(0, len(rgb), ROWS):
        values[top : top + ROWS] = rgb[top : top + ROWS] @ WEIGHTS + np.float32(0.5)
    return values


ROWS = 1024


def save_mask(path: Path, coverage: Tiles, size: Extent) -> None:
    """A PNG of 8-bit grey: white is covered wholly. Raises `CannotSave`."""
    save_bytes(path, encode_png(coverage.read(Rect(0, 0, size.width, size.height))))


def save_as_alpha(path: Path, root: Group, coverage: Tiles, size: Extent) -> None:
    """A PNG of what the layers show, whose alpha is the mask. Raises `CannotSave`."""
    canvas = Rect(0, 0, size.width, size.height)
    rgba = to_straight(flattened(root, canvas))
    rgba[..., 3] = coverage.read(canvas)
    save_bytes(path, encode_png(rgba, png_head_chunks(None)))
