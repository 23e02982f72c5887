"""Maps inside a recipe: with them in it, a picture's file alone makes it again."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Mapping

import numpy as np
from PIL import Image

from engine.api.errors import UnreadableFile
from engine.api.form import Json
from engine.api.images import Pixels, pixels_hash, read_only
from engine.api.request import GenerationRequest
from engine.api.wire import maps_of
from engine.library.gate import open_picture

LARGEST_IN_RECIPE = 3 << 20
"""Bytes of one packed map. A larger one (a photograph as a tile map, say) is only told by its hash."""


def packed_maps(request: GenerationRequest) -> dict[str, Json]:
    """The maps of `request` by their hash, as base64 of their PNG, for its recipe."""
    packed: dict[str, Json] = {}
    for image in maps_of(request):
        if image.pixels is not None and image.sha256 not in packed:
            text = base64.b64encode(_encoded(image.pixels)).decode()
            if len(text) <= LARGEST_IN_RECIPE:
                packed[image.sha256] = text
    return packed


def unpacked_maps(maps: Mapping[str, Json]) -> dict[str, Pixels]:
    """The maps that a recipe holds, by their hash; what is damaged is left out."""
    found = {}
    for sha256, text in maps.items():
        try:
            png = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
            pixels = read_only(np.ascontiguousarray(open_picture(png).pixels)) if png else None
        except (binascii.Error, ValueError, UnreadableFile):
            continue
        if pixels is not None and pixels_hash(pixels) == sha256:
            found[sha256] = pixels
    return found


def _encoded(pixels: Pixels) -> bytes:
    """Most maps are grey, and a grey PNG is a third of a coloured one."""
    is_grey = (pixels[..., :1] == pixels).all()
    memory = io.BytesIO()
    Image.fromarray(pixels[..., 0].copy() if is_grey else pixels).save(memory, "PNG", optimize=True)
    return memory.getvalue()
