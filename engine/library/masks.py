"""Masks as files: inside a recipe, beside a picture, from another program."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from engine.api.errors import UnreadableFile
from engine.api.form import Json
from engine.api.images import pixels_hash
from engine.api.mask import Coverage, MaskInput
from engine.api.request import GenerationRequest
from engine.api.wire import masks_of
from engine.library import png_chunks
from engine.library.gate import open_picture, read_source

LARGEST_IN_RECIPE = 2 << 20
"""Bytes of one packed mask. A larger one (noise, or a painting for a mask) is only told by its hash."""


def encode_mask(coverage: Coverage) -> bytes:
    """A grey PNG of `coverage`, H x W."""
    memory = io.BytesIO()
    Image.fromarray(coverage).save(memory, "PNG")
    return memory.getvalue()


def decode_mask(png: bytes) -> Coverage | None:
    """The coverage that `encode_mask` packed; None where the bytes are no picture."""
    try:
        return np.ascontiguousarray(open_picture(png).pixels[..., 0])
    except UnreadableFile:
        return None


def packed_masks(request: GenerationRequest) -> dict[str, Json]:
    """The masks of `request` by their hash, as base64 of their PNG, for its recipe."""
    packed: dict[str, Json] = {}
    for mask in masks_of(request):
        if mask.pixels is not None:
            text = base64.b64encode(encode_mask(mask.pixels)).decode()
            if len(text) <= LARGEST_IN_RECIPE:
                packed[mask.sha256] = text
    return packed


def unpacked_masks(masks: Mapping[str, Json]) -> dict[str, Coverage]:
    """The masks that a recipe holds, by their hash; what is damaged is left out."""
    found = {}
    for sha256, text in masks.items():
        try:
            png = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
        except (binascii.Error, ValueError):
            continue
        coverage = decode_mask(png) if png else None
        if coverage is not None and pixels_hash(coverage) == sha256:
            found[sha256] = coverage
    return found


def open_mask(source: Path | str | bytes) -> MaskInput:
    """The mask in a picture file: its alpha where it has any that is not opaque, else how light it is.

    A mask is numbers, not a colour: grey is taken as it is, whatever profile the file names. Raises
    `UnreadableFile` as `open_picture` does.
    """
    data, name = read_source(source)
    picture = open_picture(source)  # every limit and refusal is the gate's
    alpha = _alpha(data) if picture.format in ("png", "webp") else None
    if alpha is not None and alpha.shape == (picture.height, picture.width) and (alpha < 255).any():
        return MaskInput.of(alpha, name)
    return MaskInput.of(_luminance(picture.pixels), name)


def _alpha(data: bytes) -> Coverage | None:
    clean = png_chunks.for_decoder(data) if data.startswith(png_chunks.SIGNATURE) else data
    with Image.open(io.BytesIO(clean), formats=("PNG", "WEBP")) as image:
        if not image.has_transparency_data:
            return None
        return np.array(image.convert("RGBA").getchannel("A"))


def _luminance(pixels: np.ndarray) -> Coverage:
    """Of grey pixels their grey, of colours Rec. 709's mixture."""
    red, green, blue = np.moveaxis(pixels, 2, 0)
    if np.array_equal(red, green) and np.array_equal(red, blue):
        return np.ascontiguousarray(red)
    return np.round(pixels @ np.array([0.2126, 0.7152, 0.0722])).astype(np.uint8)
