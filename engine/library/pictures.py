"""Pictures to bytes with their recipe inside; and the two ways back: the pixels and the words."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine import __version__
from engine.api.errors import BadRequest
from engine.api.images import read_only
from engine.api.recipe import Recipe
from engine.library import jpeg_segments, png_chunks, webp_chunks
from engine.library.exif import write_exif
from engine.library.foreign_json import compact_json
from engine.library.gate import Picture, open_picture
from engine.library.metadata import PictureMetadata, read_metadata
from engine.library.parameters import parameters_of, write_parameters
from engine.library.xmp import Xmp, write_xmp

__all__ = [
    "SUFFIXES", "Format", "Picture", "PictureMetadata",
    "encode_picture", "encode_plain", "keeps_every_pixel", "open_picture", "read_metadata", "source_type",
]  # fmt: skip

Format = Literal["png", "jpeg", "webp"]
SUFFIXES: dict[Format, str] = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}
LOSSLESS_QUALITY = 100
LEVEL, FAST_LEVEL = 4, 1
"""Of zlib: 4 is as small as the usual 6 in a third of the time, 1 takes a fifth and adds a fifth."""
SRGB_PERCEPTUAL = b"\0"


def encode_picture(
    pixels: NDArray[np.uint8], recipe: Recipe, format: Format = "png", quality: int = 92
) -> bytes:
    """A finished picture as the bytes of a file that holds its own recipe.

    Args:
        pixels: H x W x 3, sRGB, 0 to 255.
        recipe: Written three times: as A1111 text for other programs, whole as JSON for us, and as the
            IPTC digital source type for everyone.
        format: PNG keeps every pixel; WebP does at quality 100.
        quality: 1 to 100, for JPEG and WebP.

    Raises `BadRequest` for an unknown format, a quality out of range or pixels of another shape.
    """
    if format not in SUFFIXES:
        raise BadRequest("format", f"{format!r} is not one of: {', '.join(SUFFIXES)}")
    if not 1 <= quality <= 100:
        raise BadRequest("quality", f"must be 1 to 100, not {quality}")
    encode = {"png": _png, "jpeg": _jpeg, "webp": _webp}[format]
    return encode(read_only(pixels), recipe, quality)


def encode_plain(pixels: NDArray[np.uint8]) -> bytes:
    """A PNG of nothing but the pixels (H x W x 3): start pictures in the journal, previews, the clipboard."""
    data = _encoded(read_only(pixels), "PNG", compress_level=FAST_LEVEL)
    return png_chunks.with_chunks(data, [SRGB_CHUNK])


SRGB_CHUNK = png_chunks.chunk(b"sRGB", SRGB_PERCEPTUAL)


def keeps_every_pixel(path: Path) -> bool:
    """True for PNG and for the lossless kind of WebP, whose first or second chunk is `VP8L`."""
    with path.open("rb") as file:
        start = file.read(34)
    return start.startswith(png_chunks.SIGNATURE) or b"VP8L" in (start[12:16], start[30:34])


def source_type(recipe: Recipe) -> str:
    """The IPTC word for how the picture came to be."""
    if recipe.model_family == "toy":
        return "algorithmicMedia"  # a formula, nothing was learned from anyone's pictures
    origin = recipe.request
    while origin.branch is not None:
        origin = origin.branch.origin
    starts_from_picture = recipe.request.image is not None or origin.image is not None
    return "compositeWithTrainedAlgorithmicMedia" if starts_from_picture else "trainedAlgorithmicMedia"


def _png(pixels: NDArray[np.uint8], recipe: Recipe, quality: int) -> bytes:
    chunks = [
        SRGB_CHUNK,
        png_chunks.text_chunk("parameters", write_parameters(parameters_of(recipe))),
        png_chunks.international_chunk("lienzo", compact_json(recipe.to_json())),
        png_chunks.international_chunk("XML:com.adobe.xmp", write_xmp(_facts(recipe)).decode()),
    ]
    return png_chunks.with_chunks(_encoded(pixels, "PNG", compress_level=LEVEL), chunks)


def _jpeg(pixels: NDArray[np.uint8], recipe: Recipe, quality: int) -> bytes:
    sampling = 0 if quality >= 90 else 2  # 4:4:4, or 4:2:0 where size matters more than colour edges
    data = _encoded(pixels, "JPEG", quality=quality, subsampling=sampling, optimize=True)
    return jpeg_segments.with_segments(data, [_jpeg_exif(recipe), *_jpeg_xmp(recipe)])


def _jpeg_exif(recipe: Recipe) -> bytes:
    """One segment holds 64 KiB; a longer A1111 text is left out, as the XMP has everything."""
    for comment in (write_parameters(parameters_of(recipe)), ""):
        content = jpeg_segments.EXIF + write_exif(comment)
        if len(content) <= jpeg_segments.LONGEST:
            break
    return jpeg_segments.segment(jpeg_segments.APP1, content)


def _jpeg_xmp(recipe: Recipe) -> list[bytes]:
    """The packet in one segment, or continued in further ones where the recipe is long."""
    text = compact_json(recipe.to_json())
    content = jpeg_segments.XMP + write_xmp(_facts(recipe, text))
    if len(content) <= jpeg_segments.LONGEST:
        return [jpeg_segments.segment(jpeg_segments.APP1, content)]
    digest, further = jpeg_segments.extended_segments(write_xmp(Xmp(recipe=text)))
    content = jpeg_segments.XMP + write_xmp(_facts(recipe, extended=digest))
    return [jpeg_segments.segment(jpeg_segments.APP1, content), *further]


def _webp(pixels: NDArray[np.uint8], recipe: Recipe, quality: int) -> bytes:
    data = _encoded(
        pixels,
        "WEBP",
        quality=quality,
        lossless=quality == LOSSLESS_QUALITY,
        exact=True,
        method=4,
    )
    exif = write_exif(write_parameters(parameters_of(recipe)))
    packet = write_xmp(_facts(recipe, compact_json(recipe.to_json())))
    return webp_chunks.with_metadata(data, (pixels.shape[1], pixels.shape[0]), exif, packet)


def _facts(recipe: Recipe, text: str = "", extended: str = "") -> Xmp:
    return Xmp(f"Lienzo {__version__}", source_type(recipe), text, extended)


def _encoded(pixels: NDArray[np.uint8], format: str, **options: object) -> bytes:
    memory = io.BytesIO()
    Image.fromarray(pixels).save(memory, format, **options)
    return memory.getvalue()
