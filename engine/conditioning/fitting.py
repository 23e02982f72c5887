"""Maps brought to what the network works on: the whole canvas, or a place of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

from engine.api.images import Extent, Pixels, read_only
from engine.api.maps import LABELLED, MapInput, MapKind
from engine.api.mask import Coverage, MaskInput
from engine.api.rect import Rect

if TYPE_CHECKING:
    import torch


def fitted(pixels: Pixels, extent: Extent, kind: MapKind) -> Pixels:
    """`pixels` scaled until they cover `extent`, the overhang cut off evenly; of that size, untouched."""
    canvas = Rect.of(extent)
    return cut(pixels, canvas, canvas, extent, kind)


def unit_of(given: MapInput, extent: Extent) -> torch.Tensor:
    """A map as networks read it, 1 x 3 x H x W in 0 to 1.

    Laid out as the pipelines hand it on, colours innermost: another layout rounds otherwise.
    """
    import torch

    assert given.image.pixels is not None
    pixels = fitted(given.image.pixels, extent, given.kind)
    return torch.from_numpy((pixels[None].astype("float32") / 255.0).transpose(0, 3, 1, 2))


def fitted_mask(mask: MaskInput, extent: Extent) -> Coverage:
    """`mask` as a picture of `extent` has it, H x W: fitted as a map is."""
    canvas = Rect.of(extent)
    return cut_mask(mask, canvas, canvas, extent)


def cut_mask(mask: MaskInput, canvas: Rect, crop: Rect, working: Extent) -> Coverage:
    """The part `crop` of a mask that covers `canvas`, at `working` size."""
    whole = mask.read(Rect.of(mask.extent))
    return cut(np.repeat(whole[..., None], 3, axis=2), canvas, crop, working, MapKind.DEPTH)[..., 0].copy()


def cut(pixels: Pixels, canvas: Rect, crop: Rect, working: Extent, kind: MapKind) -> Pixels:
    """The part `crop` of a map that covers `canvas`, at `working` size; beyond the canvas its edge goes on.

    Numbers, not light: nothing is linearised. Colours that are names (`LABELLED`) are not mixed.
    """
    height, width = pixels.shape[:2]
    if crop == canvas and working == (width, height):
        return read_only(pixels)
    inside = crop & canvas
    scale = max(canvas.width / width, canvas.height / height)
    left, top = (width - canvas.width / scale) / 2, (height - canvas.height / scale) / 2
    box = (
        max(0.0, left + (inside.left - canvas.left) / scale),
        max(0.0, top + (inside.top - canvas.top) / scale),
        min(float(width), left + (inside.right - canvas.left) / scale),
        min(float(height), top + (inside.bottom - canvas.top) / scale),
    )
    to_working = (working.width / crop.width, working.height / crop.height)
    shown = Rect.between(
        *(
            round((edge - corner) * factor)
            for edge, corner, factor in (
                (inside.left, crop.left, to_working[0]),
                (inside.top, crop.top, to_working[1]),
                (inside.right, crop.left, to_working[0]),
                (inside.bottom, crop.top, to_working[1]),
            )
        )
    )
    how = Image.Resampling.NEAREST if kind in LABELLED else Image.Resampling.LANCZOS
    part = np.asarray(Image.fromarray(pixels).resize(shown.extent, how, box=box))
    return read_only(_continued(part, shown, working))


def _continued(part: np.ndarray, shown: Rect, working: Extent) -> np.ndarray:
    if shown.extent == working:
        return part
    right, bottom = working.width - shown.right, working.height - shown.bottom
    return cv2.copyMakeBorder(part, shown.top, bottom, shown.left, right, cv2.BORDER_REPLICATE)
