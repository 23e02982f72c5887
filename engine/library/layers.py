"""The layers that a picture was taken apart into, within its PNG: other programs see the picture alone.

Each is a PNG of its own in a private chunk, which is not to be copied when the pixels change
(https://www.w3.org/TR/png-3/#5Chunk-naming-conventions).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.api.errors import UnreadableFile
from engine.api.images import Stack, layers_in
from engine.library import png_chunks
from engine.library.gate import open_layer, read_source

KIND = b"lzLR"
MOST_LAYERS = 64


def with_layers(png: bytes, stack: Stack, height: int) -> bytes:
    """`png` with the layers of `stack`, each so high, behind its pixels."""
    from engine.library.pictures import encode_image

    end = png_chunks.places(png)[-1][1] - 8
    chunks = [png_chunks.chunk(KIND, encode_image(layer)) for layer in layers_in(stack, height)]
    return b"".join([png[:end], *chunks, png[end:]])


def read_layers(source: Path | bytes) -> Stack | None:
    """What `with_layers` put into a file or its bytes; None for any other picture.

    Raises `UnreadableFile` where they are damaged, or not as large as one another.
    """
    data, name = read_source(source)
    if not data.startswith(png_chunks.SIGNATURE):
        return None
    found = [data[start:end] for kind, start, end in png_chunks.places(data) if kind == KIND][:MOST_LAYERS]
    pictures = [open_layer(one) for one in found]
    if len({picture.rgb.shape for picture in pictures}) > 1:
        raise UnreadableFile(f"{name} holds layers of several sizes, so it is damaged. Get it again.")
    if not pictures:
        return None
    opaque = np.full(pictures[0].rgb.shape[:2], 255, np.uint8)
    return np.concatenate(
        [np.dstack([one.rgb, opaque if one.alpha is None else one.alpha]) for one in pictures]
    )
