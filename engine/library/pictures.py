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
from engine.library.colour import SRGB_PROFILE, over_white
from engine.library.exif import write_exif
from engine.library.foreign_json import compact_json
from engine.library.gate import TIFF_STARTS, LayerPicture, Picture, open_layer, open_picture
from engine.library.metadata import XMP_TAG, PictureMetadata, read_metadata
from engine.library.parameters import parameters_of, write_parameters
from engine.library.xmp import Xmp, write_xmp

__all__ = [
    "EXPORT_SUFFIXES", "SUFFIXES", "ExportFormat", "Format", "LayerPicture", "Picture", "PictureMetadata",
    "encode_image", "encode_picture", "encode_plain", "keeps_every_pixel", "open_layer", "open_picture",
    "png_head_chunks", "read_metadata", "source_type",
]  # fmt: skip

Format = Literal["png", "jpeg", "webp"]
"""Of the library."""
ExportFormat = Literal["png", "jpeg", "webp", "tiff"]
SUFFIXES: dict[Format, str] = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}
EXPORT_SUFFIXES: dict[ExportFormat, str] = {**SUFFIXES, "tiff": ".tif"}
WEBP_LONGEST = 16_383
TIFF_STRIP_ROWS = 256
LOSSLESS_QUALITY = 100
LEVEL, FAST_LEVEL = 4, 1
"""Of zlib: 4 is as small as the usual 6 in a third of the time, 1 takes a fifth and adds a fifth."""
SRGB_PERCEPTUAL = b"\0"


def encode_picture(
    pixels: NDArray[np.uint8],
    recipe: Recipe,
    format: Format = "png",
    quality: int = 92,
    alpha: NDArray[np.uint8] | None = None,
) -> bytes:
    """A finished picture as the bytes of a file that holds its own recipe.

    Args:
        pixels: H x W x 3, sRGB, 0 to 255.
        recipe: Written three times: as A1111 text for other programs, whole as JSON for us, and as the
            IPTC digital source type for everyone.
        format: PNG keeps every pixel; WebP does at quality 100.
        quality: 1 to 100, for JPEG and WebP.
        alpha: H x W where the picture has one; a JPEG is laid on white.

    Raises `BadRequest` for an unknown format, a quality out of range or pixels of another shape.
    """
    if format not in SUFFIXES:
        raise BadRequest("format", f"{format!r} is not one of: {', '.join(SUFFIXES)}")
    pixels = read_only(pixels)
    if alpha is not None:
        pixels = over_white(pixels, alpha) if format == "jpeg" else np.dstack([pixels, alpha])
    return encode_image(pixels, recipe, format, quality)


def encode_image(
    pixels: NDArray[np.uint8], recipe: Recipe | None = None, format: ExportFormat = "png", quality: int = 92
) -> bytes:
    """As `encode_picture`, with alpha where `pixels` are H x W x 4, and without a recipe where one wishes;
    also as `tiff`, which keeps every pixel.

    Raises `BadRequest` also for alpha in a JPEG and for a WebP over 16,383 pixels a side.
    """
    _check(pixels, format, quality)
    encode = {"png": _png, "jpeg": _jpeg, "webp": _webp, "tiff": _tiff}[format]
    return encode(np.ascontiguousarray(pixels), recipe, quality)


def _check(pixels: NDArray[np.uint8], format: str, quality: int) -> None:
    if format not in EXPORT_SUFFIXES:
        raise BadRequest("format", f"{format!r} is not one of: {', '.join(EXPORT_SUFFIXES)}")
    if not 1 <= quality <= 100:
        raise BadRequest("quality", f"must be 1 to 100, not {quality}")
    if pixels.ndim != 3 or pixels.shape[2] not in (3, 4) or pixels.dtype != np.uint8:
        raise BadRequest("image", f"expected H x W x 3 or 4 bytes, found {pixels.dtype} {pixels.shape}")
    if pixels.shape[2] == 4 and format == "jpeg":
        raise BadRequest("image", "JPEG holds no alpha")
    if max(pixels.shape[:2]) > WEBP_LONGEST and format == "webp":
        raise BadRequest("image", f"WebP holds at most {WEBP_LONGEST:,} pixels a side")


def encode_plain(pixels: NDArray[np.uint8]) -> bytes:
    """A PNG of nothing but the pixels (H x W x 3): start pictures in the journal, previews, the clipboard."""
    data = _encoded(read_only(pixels), "PNG", compress_level=FAST_LEVEL)
    return png_chunks.with_chunks(data, [SRGB_CHUNK])


SRGB_CHUNK = png_chunks.chunk(b"sRGB", SRGB_PERCEPTUAL)


def keeps_every_pixel(path: Path) -> bool:
    """True for PNG, TIFF, and the lossless kind of WebP, one of whose first chunks is `VP8L`."""
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith((png_chunks.SIGNATURE, *TIFF_STARTS)):
        return True
    return any(name == b"VP8L" for name in webp_chunks.names(start))


def source_type(recipe: Recipe) -> str:
    """The IPTC word for how the picture came to be."""
    if recipe.model_family == "toy":
        return "algorithmicMedia"  # a formula, nothing was learned from anyone's pictures
    origin = recipe.request
    while origin.branch is not None:
        origin = origin.branch.origin
    starts_from_picture = recipe.request.image is not None or origin.image is not None
    return "compositeWithTrainedAlgorithmicMedia" if starts_from_picture else "trainedAlgorithmicMedia"


def _png(pixels: NDArray[np.uint8], recipe: Recipe | None, quality: int) -> bytes:
    return png_chunks.with_chunks(_encoded(pixels, "PNG", compress_level=LEVEL), png_head_chunks(recipe))


def png_head_chunks(recipe: Recipe | None) -> list[bytes]:
    """What stands before the pixels of a PNG: that it is sRGB, and its recipe."""
    if recipe is None:
        return [SRGB_CHUNK]
    return [
        SRGB_CHUNK,
        png_chunks.text_chunk("parameters", write_parameters(parameters_of(recipe))),
        png_chunks.international_chunk("lienzo", compact_json(recipe.to_json())),
        png_chunks.international_chunk("XML:com.adobe.xmp", write_xmp(_facts(recipe)).decode()),
    ]


def _jpeg(pixels: NDArray[np.uint8], recipe: Recipe | None, quality: int) -> bytes:
    sampling = 0 if quality >= 90 else 2  # 4:4:4, or 4:2:0 where size matters more than colour edges
    data = _encoded(
        pixels, "JPEG", quality=quality, subsampling=sampling, optimize=True, icc_profile=SRGB_PROFILE
    )
    return jpeg_segments.with_segments(data, [_jpeg_exif(recipe), *_jpeg_xmp(recipe)])


def _jpeg_exif(recipe: Recipe | None) -> bytes:
    """One segment holds 64 KiB; a longer A1111 text is left out, as the XMP has everything."""
    for comment in (_comment(recipe), ""):
        content = jpeg_segments.EXIF + write_exif(comment)
        if len(content) <= jpeg_segments.LONGEST:
            break
    return jpeg_segments.segment(jpeg_segments.APP1, content)


def _comment(recipe: Recipe | None) -> str:
    return "" if recipe is None else write_parameters(parameters_of(recipe))


def _jpeg_xmp(recipe: Recipe | None) -> list[bytes]:
    """The packet in one segment, or continued in further ones where the recipe is long."""
    if recipe is None:
        return []
    text = compact_json(recipe.to_json())
    content = jpeg_segments.XMP + write_xmp(_facts(recipe, text))
    if len(content) <= jpeg_segments.LONGEST:
        return [jpeg_segments.segment(jpeg_segments.APP1, content)]
    digest, further = jpeg_segments.extended_segments(write_xmp(Xmp(recipe=text)))
    content = jpeg_segments.XMP + write_xmp(_facts(recipe, extended=digest))
    return [jpeg_segments.segment(jpeg_segments.APP1, content), *further]


def _webp(pixels: NDArray[np.uint8], recipe: Recipe | None, quality: int) -> bytes:
    data = _encoded(
        pixels,
        "WEBP",
        quality=quality,
        lossless=quality == LOSSLESS_QUALITY,
        exact=True,
        method=4,
    )
    size = (pixels.shape[1], pixels.shape[0])
    return webp_chunks.with_metadata(
        data, size, write_exif(_comment(recipe)), _packet(recipe), SRGB_PROFILE, pixels.shape[2] == 4
    )


def _tiff(pixels: NDArray[np.uint8], recipe: Recipe | None, quality: int) -> bytes:
    """Deflated; by a writer in Python, as libtiff's has had holes (CVE-2026-112393)."""
    # loaded with the first TIFF that is written
    import tifffile

    memory = io.BytesIO()
    packet = _packet(recipe)
    tifffile.imwrite(
        memory,
        pixels,
        photometric="rgb",
        extrasamples=["unassalpha"] if pixels.shape[2] == 4 else None,
        compression="zlib",
        compressionargs={"level": LEVEL},
        rowsperstrip=TIFF_STRIP_ROWS,
        iccprofile=SRGB_PROFILE,
        software=f"Lienzo {__version__}" if recipe is not None else False,  # else not even tifffile's name
        metadata=None,
        extratags=[(XMP_TAG, "B", len(packet), packet, True)] if packet else [],
    )
    return memory.getvalue()


def _packet(recipe: Recipe | None) -> bytes:
    return b"" if recipe is None else write_xmp(_facts(recipe, compact_json(recipe.to_json())))


def _facts(recipe: Recipe, text: str = "", extended: str = "") -> Xmp:
    return Xmp(f"Lienzo {__version__}", source_type(recipe), text, extended)


def _encoded(pixels: NDArray[np.uint8], format: str, **options: object) -> bytes:
    memory = io.BytesIO()
    Image.fromarray(pixels).save(memory, format, **options)
    return memory.getvalue()
