"""How near every pixel of a picture is, within its PNG: other programs see the picture alone.

It is a PNG of its own, of 16 bits of grey, in a private chunk that is not to be copied when the pixels change
(https://www.w3.org/TR/png-3/#5Chunk-naming-conventions).
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from engine.api.errors import UnreadableFile
from engine.api.images import Depth, Extent, Pixels
from engine.library import png_chunks
from engine.library.gate import read_source

KIND = b"lzDP"
SIXTEEN_BITS = "I;16"
"""What Pillow calls such a grey."""


def encode_depth(depth: Depth) -> bytes:
    """`depth` (H x W) as a PNG of 16 bits of grey, which other programs open as such."""
    memory = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(depth)).save(memory, "PNG", compress_level=4)
    return memory.getvalue()


def with_depth(png: bytes, depth: Depth) -> bytes:
    """`png` with the depth of its pixels behind them."""
    end = png_chunks.places(png)[-1][1] - 8
    return b"".join([png[:end], png_chunks.chunk(KIND, encode_depth(depth)), png[end:]])


def read_depth(source: Path | bytes) -> Depth | None:
    """What `with_depth` put into a file or its bytes; None for any other picture.

    Raises `UnreadableFile` where it is damaged, or not as large as the picture.
    """
    data, name = read_source(source)
    if not data.startswith(png_chunks.SIGNATURE):
        return None
    found = next((data[start:end] for kind, start, end in png_chunks.places(data) if kind == KIND), None)
    if found is None:
        return None
    damaged = UnreadableFile(f"The depth in {name} is damaged. Get the picture again.")
    size = _size(data)
    if size is None or not found.startswith(png_chunks.SIGNATURE) or _size(found) != size:
        raise damaged
    try:
        with Image.open(io.BytesIO(png_chunks.for_decoder(found)), formats=("PNG",)) as image:
            if image.mode != SIXTEEN_BITS or image.size != size:
                raise damaged
            return np.array(image).astype(np.uint16)
    except (OSError, SyntaxError, ValueError):  # as Pillow says that a file is broken
        raise damaged from None


def as_map(depth: Depth) -> Pixels:
    """`depth` as a map has it, H x W x 3: black is far, white is near; 8 bits are all that networks read."""
    grey = ((depth.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def _size(png: bytes) -> Extent | None:
    """As its header says, which no decoder has to believe yet."""
    places = png_chunks.places(png)
    if not places or places[0][0] != b"IHDR":
        return None
    start = places[0][1]
    return Extent(
        int.from_bytes(png[start : start + 4], "big"), int.from_bytes(png[start + 4 : start + 8], "big")
    )
