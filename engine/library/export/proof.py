"""The proof that a file holds pixels and nothing else: it is read back by every reader there is."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator

from PIL import Image

from engine.library import jpeg_segments, png_chunks, webp_chunks
from engine.library.colour import SRGB_PROFILE
from engine.library.exif import write_exif
from engine.library.export.stealth import hides_text
from engine.library.gate import open_layer, sniff
from engine.library.metadata import read_metadata

PNG_KINDS = {b"IHDR", b"PLTE", b"tRNS", b"sRGB", b"IDAT", b"IEND"}
WEBP_CHUNKS = {b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ICCP", b"EXIF"}
BARE_EXIF = write_exif("")
"""It says that the picture is sRGB, and nothing else."""
PILLOW_FACTS = {
    "jfif", "jfif_version", "jfif_unit", "jfif_density", "icc_profile", "srgb", "exif", "dpi", "compression",
    "loop", "background", "timestamp", "duration", "gamma", "transparency", "progression", "progressive",
}  # fmt: skip
"""Of `Image.info`: how the pixels are packed, not how they were made."""
TIFF_TAGS = {
    254, 256, 257, 258, 259, 262, 273, 274, 277, 278, 279, 282, 283, 284, 296, 317, 338, 339, 34675,
}  # fmt: skip
"""Size, packing, places of the pixels, resolution, alpha, colour profile."""
EXIF_TAGS = {0x8769}
"""The pointer to the bare block; what stands in that is compared byte by byte."""


def what_is_left(data: bytes) -> tuple[str, ...]:
    """Names of everything in the file that is not needed to show its pixels; none where it is bare.

    Asked are: our own reader of recipes and texts (which asks A1111's and sd-parsers'), the file's chunks one
    by one with what stands behind its end, Pillow, and the lowest bits of the pixels.
    """
    format = sniff(data) or ""
    container = {"png": _in_png, "jpeg": _in_jpeg, "webp": _in_webp}.get(format)
    found = [*_by_our_reader(data), *_by_pillow(data, format), *_in_pixels(data)]
    found += container(data) if container else []
    return tuple(dict.fromkeys(found))


def _by_our_reader(data: bytes) -> Iterator[str]:
    metadata = read_metadata(data)
    if metadata.recipe is not None:
        yield "recipe"
    if metadata.parameters is not None or metadata.program:
        yield f"parameters of {metadata.program or 'another program'}"
    if metadata.source_type:
        yield "source type"
    yield from metadata.texts
    yield from metadata.skipped


def _in_png(data: bytes) -> Iterator[str]:
    end = len(png_chunks.SIGNATURE)
    for kind, content, _ in png_chunks.walk(data):
        end += 12 + len(content)
        if kind not in PNG_KINDS:
            yield kind.decode("latin-1")
    if end != len(data):
        yield "bytes behind the end"


def _in_jpeg(data: bytes) -> Iterator[str]:
    for marker, content in jpeg_segments.walk(data):
        is_metadata = jpeg_segments.APP1 <= marker <= 0xEF or marker == jpeg_segments.COM
        is_ours = content == jpeg_segments.EXIF + BARE_EXIF or (
            marker == jpeg_segments.APP2 and content.startswith(jpeg_segments.ICC)
        )
        if is_metadata and not is_ours and marker != jpeg_segments.APP14:
            yield f"segment {marker:X}"
    if jpeg_segments.icc_profile(data) not in (b"", SRGB_PROFILE):
        yield "colour profile"
    # a marker cannot stand inside the picture's data, so the first end is the end
    if data.find(b"\xff\xd9", data.find(b"\xff\xda")) != len(data) - 2:
        yield "bytes behind the end"


def _in_webp(data: bytes) -> Iterator[str]:
    allowed = {b"ICCP": SRGB_PROFILE, b"EXIF": BARE_EXIF}
    for name, content in webp_chunks.walk(data):
        if name not in WEBP_CHUNKS or content != allowed.get(name, content):
            yield name.decode("latin-1").strip()
    if struct.unpack_from("<I", data, 4)[0] + 8 != len(data):
        yield "bytes behind the end"


def _by_pillow(data: bytes, format: str) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what is damaged: it is found all the same
        with Image.open(io.BytesIO(data), formats=[format.upper()]) as image:
            tags = [
                tag for tag in image.getexif() if tag not in (TIFF_TAGS if format == "tiff" else EXIF_TAGS)
            ]
            facts = [] if format == "tiff" else [name for name in image.info if name not in PILLOW_FACTS]
            return [f"tag {tag:#06x}" for tag in tags] + [str(name) for name in facts]


def _in_pixels(data: bytes) -> Iterator[str]:
    picture = open_layer(data)
    if hides_text(picture.rgb, picture.alpha):
        yield "text hidden in the pixels"
