"""Pictures to bytes with their recipe inside; and the two ways back: the pixels and the words."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine import __version__
from engine.api.errors import BadRequest, UnreadableFile
from engine.api.images import Depth, Stack, read_only
from engine.api.recipe import Recipe
from engine.library import jpeg_segments, png_chunks, webp_chunks
from engine.library.colour import SRGB_PROFILE, over_white
from engine.library.depth import with_depth
from engine.library.exif import write_exif
from engine.library.foreign_json import compact_json
from engine.library.gate import TIFF_STARTS, LayerPicture, Picture, open_layer, open_picture
from engine.library.layers import with_layers
from engine.library.metadata import PictureMetadata, read_metadata
from engine.library.packets import TIFF_ROOM, TIFF_XMP
from engine.library.parameters import parameters_of, write_parameters
from engine.library.xmp import Xmp, write_xmp
from engine.library.xmp_edit import edited, padded

__all__ = [
    "EXPORT_SUFFIXES", "SUFFIXES", "ExportFormat", "Format", "Kept", "LayerPicture", "Picture",
    "PictureMetadata",
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
    layers: Stack | None = None,
    depth: Depth | None = None,
) -> bytes:
    """A finished picture as the bytes of a file that holds its own recipe.

    Args:
        pixels: H x W x 3, sRGB, 0 to 255.
        recipe: Written three times: as A1111 text for other programs, whole as JSON for us, and as the
            IPTC digital source type for everyone.
        format: PNG keeps every pixel; WebP does at quality 100.
        quality: 1 to 100, for JPEG and WebP.
        alpha: H x W where the picture has one; a JPEG is laid on white.
        layers: What it was taken apart into, which a PNG alone keeps.
        depth: How near its pixels are, H x W, which a PNG alone keeps, too.

    Raises `BadRequest` for an unknown format, a quality out of range or pixels of another shape.
    """
    if format not in SUFFIXES:
        raise BadRequest("format", f"{format!r} is not one of: {', '.join(SUFFIXES)}")
    pixels = read_only(pixels)
    if alpha is not None:
        pixels = over_white(pixels, alpha) if format == "jpeg" else np.dstack([pixels, alpha])
    data = encode_image(pixels, recipe, format, quality)
    if layers is None and depth is None:
        return data
    if format != "png":
        raise BadRequest("format", "must be png where there are layers or a depth to keep")
    data = data if layers is None else with_layers(data, layers, pixels.shape[0])
    return data if depth is None else with_depth(data, depth)


@dataclass(frozen=True)
class Kept:
    """What the artist or another program wrote into a picture, which goes along when it is saved again."""

    packet: bytes = b""
    """Its XMP."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Its text blocks by their keywords; not those that tell our own recipe."""


NOTHING_KEPT = Kept()


def encode_image(
    pixels: NDArray[np.uint8],
    recipe: Recipe | None = None,
    format: ExportFormat = "png",
    quality: int = 92,
    kept: Kept = NOTHING_KEPT,
) -> bytes:
    """As `encode_picture`, with alpha where `pixels` are H x W x 4, and without a recipe where one wishes;
    also as `tiff`, which keeps every pixel. What is `kept` is in the file as `read_metadata` reads it.

    Raises `BadRequest` also for alpha in a JPEG and for a WebP over 16,383 pixels a side.
    """
    _check(pixels, format, quality)
    encode = {"png": _png, "jpeg": _jpeg, "webp": _webp, "tiff": _tiff}[format]
    return encode(np.ascontiguousarray(pixels), recipe, quality, kept)


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


def _png(pixels: NDArray[np.uint8], recipe: Recipe | None, quality: int, kept: Kept) -> bytes:
    texts = [png_chunks.text_chunk(key, text) for key, text in kept.texts.items()]
    chunks = png_head_chunks(recipe, kept.packet) + texts
    return png_chunks.with_chunks(_encoded(pixels, "PNG", compress_level=LEVEL), chunks)


def png_head_chunks(recipe: Recipe | None, packet: bytes = b"") -> list[bytes]:
    """What stands before the pixels of a PNG: that it is sRGB, its recipe, and its XMP `packet` of before."""
    chunks = [SRGB_CHUNK]
    if recipe is not None:
        chunks += [
            png_chunks.text_chunk("parameters", write_parameters(parameters_of(recipe))),
            png_chunks.international_chunk("lienzo", compact_json(recipe.to_json())),
        ]
    if told := _packet(_facts(recipe), packet):
        chunks.append(png_chunks.international_chunk("XML:com.adobe.xmp", told.decode("utf-8", "replace")))
    return chunks


def _jpeg(pixels: NDArray[np.uint8], recipe: Recipe | None, quality: int, kept: Kept) -> bytes:
    sampling = 0 if quality >= 90 else 2  # 4:4:4, or 4:2:0 where size matters more than colour edges
    data = _encoded(
        pixels, "JPEG", quality=quality, subsampling=sampling, optimize=True, icc_profile=SRGB_PROFILE
    )
    exif, texts = write_exif(_comment(recipe, kept)), _without_comment(kept.texts)
    if len(jpeg_segments.EXIF + exif) > jpeg_segments.LONGEST:
        exif, texts = write_exif(""), kept.texts  # one segment holds 64 KiB; the XMP has everything
    segment = jpeg_segments.segment(jpeg_segments.APP1, jpeg_segments.EXIF + exif)
    return jpeg_segments.with_segments(data, [segment, *_jpeg_xmp(recipe, kept.packet, texts)])


def _comment(recipe: Recipe | None, kept: Kept) -> str:
    """A1111's text, which has a place of its own in EXIF."""
    return kept.texts.get("parameters", "") if recipe is None else write_parameters(parameters_of(recipe))


def _without_comment(texts: Mapping[str, str]) -> dict[str, str]:
    return {key: text for key, text in texts.items() if key != "parameters"}


def _jpeg_xmp(recipe: Recipe | None, packet: bytes, texts: Mapping[str, str]) -> list[bytes]:
    """The packet in one segment, or continued in further ones where recipe and texts are long."""
    facts = _facts(recipe, _whole(recipe), _json(texts))
    content = _packet(facts, packet)
    if not content:
        return []
    if len(jpeg_segments.XMP + content) <= jpeg_segments.LONGEST:
        return [jpeg_segments.segment(jpeg_segments.APP1, jpeg_segments.XMP + content)]
    further = write_xmp(Xmp(recipe=facts.recipe, texts=facts.texts))
    digest, segments = jpeg_segments.extended_segments(further)
    content = jpeg_segments.XMP + _packet(replace(facts, recipe="", texts="", extended=digest), packet)
    if len(content) > jpeg_segments.LONGEST:  # what was kept is itself too long for a JPEG
        content = jpeg_segments.XMP + write_xmp(replace(facts, recipe="", texts="", extended=digest))
    return [jpeg_segments.segment(jpeg_segments.APP1, content), *segments]


def _webp(pixels: NDArray[np.uint8], recipe: Recipe | None, quality: int, kept: Kept) -> bytes:
    data = _encoded(
        pixels,
        "WEBP",
        quality=quality,
        lossless=quality == LOSSLESS_QUALITY,
        exact=True,
        method=4,
    )
    size, has_alpha = (pixels.shape[1], pixels.shape[0]), pixels.shape[2] == 4
    packet = _packet(_facts(recipe, _whole(recipe), _json(_without_comment(kept.texts))), kept.packet)
    exif = write_exif(_comment(recipe, kept))
    return webp_chunks.with_metadata(data, size, exif, packet, SRGB_PROFILE, has_alpha)


def _tiff(pixels: NDArray[np.uint8], recipe: Recipe | None, quality: int, kept: Kept) -> bytes:
    """Deflated; by a writer in Python, as libtiff's has had holes (CVE-2026-112393)."""
    # loaded with the first TIFF that is written
    import tifffile

    memory = io.BytesIO()
    packet = padded(_packet(_facts(recipe, _whole(recipe), _json(kept.texts)), kept.packet), TIFF_ROOM)
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
        extratags=[(TIFF_XMP, "B", len(packet), packet, True)] if packet else [],
    )
    return memory.getvalue()


def _packet(facts: Xmp, before: bytes) -> bytes:
    """`facts` in the packet of before, so that ratings and what others wrote stay; b"" for nothing at all."""
    if before:
        try:
            return edited(before, facts)
        except UnreadableFile:
            pass  # it is damaged: nothing can be kept of it
    return b"" if facts == Xmp() else write_xmp(facts)


def _facts(recipe: Recipe | None, whole: str = "", texts: str = "") -> Xmp:
    if recipe is None:
        return Xmp(texts=texts)
    return Xmp(f"Lienzo {__version__}", source_type(recipe), whole, texts=texts)


def _whole(recipe: Recipe | None) -> str:
    return "" if recipe is None else compact_json(recipe.to_json())


def _json(texts: Mapping[str, str]) -> str:
    return compact_json(dict(texts)) if texts else ""


def _encoded(pixels: NDArray[np.uint8], format: str, **options: object) -> bytes:
    memory = io.BytesIO()
    Image.fromarray(pixels).save(memory, format, **options)
    return memory.getvalue()
