"""The picture that a request starts from, brought to the size of the canvas."""

from __future__ import annotations

import numpy as np
from PIL import Image

from engine.api.images import Extent, Pixels, read_only


def cover(pixels: Pixels, extent: Extent) -> Pixels:
    """`pixels` scaled until they cover `extent`, the overhang cut off evenly on both sides.

    Nothing is stretched and no bars appear, which is what artists know as *crop to fill*. Averaging
    is done in linear light: in sRGB numbers fine bright detail would come out too dark
    (http://www.ericbrasseur.org/gamma.html). Pixels of the right size are given back untouched.
    """
    height, width = pixels.shape[:2]
    if (width, height) == extent:
        return read_only(pixels)
    scale = max(extent.width / width, extent.height / height)
    part_width, part_height = extent.width / scale, extent.height / scale
    left, top = (width - part_width) / 2, (height - part_height) / 2
    box = (left, top, left + part_width, top + part_height)
    channels = [_resize(channel, extent, box) for channel in np.moveaxis(_linear(pixels), 2, 0)]
    return read_only(_srgb(np.stack(channels, axis=2)))


def stretched(pixels: Pixels, extent: Extent) -> Pixels:
    """All of `pixels` in `extent`, as the stock pipelines bring pictures to their size."""
    if (pixels.shape[1], pixels.shape[0]) == extent:
        return read_only(pixels)
    return read_only(np.asarray(Image.fromarray(pixels).resize(extent, Image.Resampling.LANCZOS)))


def within(pixels: Pixels, area: int = 1024 * 1024) -> Pixels:
    """`pixels` in their proportions, of `area` pixels at most; a smaller picture is given back untouched."""
    height, width = pixels.shape[:2]
    scale = (area / (width * height)) ** 0.5
    if scale >= 1:
        return read_only(pixels)
    return cover(pixels, Extent(max(1, int(width * scale)), max(1, int(height * scale))))


def _resize(channel: np.ndarray, extent: Extent, box: tuple[float, float, float, float]) -> np.ndarray:
    return np.asarray(Image.fromarray(channel).resize(extent, Image.Resampling.LANCZOS, box=box))


def _linear(pixels: Pixels) -> np.ndarray:
    """0 to 1 in linear light, float32, from sRGB bytes (IEC 61966-2-1)."""
    levels = np.arange(256) / 255
    table = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    return table.astype(np.float32)[pixels]


def _srgb(linear: np.ndarray) -> np.ndarray:
    linear = np.clip(linear, 0, 1)
    encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(encoded * 255).astype(np.uint8)
