"""The gate that every foreign picture comes through: only good pixels pass, and always the same way.

PNG, JPEG, WebP and TIFF by content, whatever the name says. The decoder sees nothing but what it needs for
the pixels, so no metadata, however damaged or hostile, keeps a picture from opening. TIFF, where the two
cannot be told apart, is decoded in a process of its own.
"""

from __future__ import annotations

import io
import os
import stat
import struct
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.api.errors import UnreadableFile
from engine.api.images import Pixels, read_only
from engine.library import jpeg_segments, png_chunks, webp_chunks
from engine.library.colour import Srgb, from_16_bit, to_srgb
from engine.library.disks import FILE_S, FILES
from engine.library.exif import read_exif
from engine.library.tiff_decoder import CannotDecode, decode_tiff

LONGEST_SIDE = 16_384
MOST_PIXELS = 178_000_000
MOST_LAYER_PIXELS = LONGEST_SIDE * LONGEST_SIDE
"""A layer may be as large as the largest document."""
LARGEST_FILE = 1 << 30
TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
FORMATS = {"png": "PNG", "jpeg": "JPEG", "webp": "WEBP"}

TURNS = {
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: a[::-1].swapaxes(0, 1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: a.swapaxes(0, 1)[::-1],
}
"""EXIF orientation -> how the stored pixels are turned upright."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture from a file, upright, sRGB, without alpha (white stands behind it)."""

    pixels: Pixels
    width: int
    height: int
    format: str
    """`png`, `jpeg`, `webp` or `tiff`: what the file is, not what it is called."""
    name: str
    """The file name for people; empty for bytes. Never a path."""
    notes: tuple[str, ...] = ()
    """What was left out or repaired: `first_frame`, `first_page`, `broken_profile`; `no_profile`: CMYK."""


@dataclass(frozen=True, eq=False)
class LayerPicture:
    """A picture from a file, upright, sRGB, with what is transparent in it."""

    rgb: NDArray[np.uint8]
    """H x W x 3, alpha not multiplied in."""
    alpha: NDArray[np.uint8] | None
    """H x W; None where nothing is transparent."""
    format: str
    name: str
    notes: tuple[str, ...] = ()
    """The last three as `Picture` has them."""


def open_picture(source: Path | str | bytes) -> Picture:
    """The picture in a file or in bytes.

    16-bit is reduced to 8, CMYK and embedded profiles become sRGB, EXIF orientation is applied, of an
    animation the first frame is taken. Raises `UnreadableFile` naming the file, the cause and the next
    step: another format, truncated, damaged, over 16,384 pixels a side or 178 million in all.
    """
    srgb, format, name = _open(source, MOST_PIXELS)
    pixels = read_only(np.ascontiguousarray(srgb.over_white))
    return Picture(pixels, pixels.shape[1], pixels.shape[0], format, name, srgb.notes)


def open_layer(source: Path | str | bytes) -> LayerPicture:
    """As `open_picture`, with the alpha apart from the colours and up to 16,384 x 16,384 pixels."""
    srgb, format, name = _open(source, MOST_LAYER_PIXELS)
    return LayerPicture(srgb.rgb, srgb.alpha, format, name, srgb.notes)


def _open(source: Path | str | bytes, most_pixels: int) -> tuple[Srgb, str, str]:
    """Upright pixels, the format, the name."""
    data, name = read_source(source)
    format = sniff(data)
    if format is None:
        raise refused(
            name, "it is not a PNG, JPEG, WebP or TIFF picture", "Save it as one of these and try again"
        )
    if format == "tiff":
        return _decode_apart(data, name, most_pixels), format, name
    clean, profile, exif = _parts(data, format)
    srgb = _decode(clean, format, profile, name, most_pixels)
    if format == "png" and png_chunks.is_animated(data):
        srgb = srgb._replace(notes=("first_frame", *srgb.notes))
    turn = TURNS.get(read_exif(exif).orientation)
    if turn is not None:
        srgb = srgb._replace(rgb=turn(srgb.rgb), alpha=None if srgb.alpha is None else turn(srgb.alpha))
    return srgb, format, name


def read_source(source: Path | str | bytes) -> tuple[bytes, str]:
    """The bytes and the name to say; only of regular files, as a pipe would keep us waiting. A disk that
    hangs is not waited for longer than `FILE_S`, and hardly where the window is to close."""
    if isinstance(source, bytes):
        return source, ""
    path = Path(source)
    name = path.name.encode("utf-8", "replace").decode()
    return FILES.ask(os.fsencode(path.parent), lambda: _read(path, name), FILE_S), name


def _read(path: Path, name: str) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            facts = os.fstat(descriptor)
            if not stat.S_ISREG(facts.st_mode):
                raise refused(name, "it is not an ordinary file", "Choose a picture file")
            if facts.st_size > LARGEST_FILE:
                raise refused(name, "the file is larger than 1 GiB", "Save it smaller and try again")
            return file.read()
    except FileNotFoundError:
        raise refused(name, "there is no such file", "Look whether it was moved or renamed") from None
    except (OSError, ValueError) as error:
        raise refused(name, str(getattr(error, "strerror", None) or error), "Check its permissions") from None


def sniff(data: bytes) -> str | None:
    """`png`, `jpeg`, `webp`, `tiff`, or None for all else."""
    if data.startswith(png_chunks.SIGNATURE):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[:4] in TIFF_STARTS:
        return "tiff"
    return None


def refused(name: str, cause: str, advice: str) -> UnreadableFile:
    return UnreadableFile(
        f"{name or 'The picture'} cannot be opened: {cause}. {advice}.", path=name, cause=cause
    )


def _parts(data: bytes, format: str) -> tuple[bytes, bytes, bytes]:
    """What the decoder gets, the ICC profile and the EXIF block."""
    if format == "png":
        return png_chunks.for_decoder(data), png_chunks.icc_profile(data), png_chunks.exif_block(data)
    if format == "jpeg":
        return (
            jpeg_segments.for_decoder(data),
            jpeg_segments.icc_profile(data),
            jpeg_segments.exif_block(data),
        )
    return (
        webp_chunks.for_decoder(data),
        webp_chunks.metadata(data, b"ICCP"),
        webp_chunks.metadata(data, b"EXIF"),
    )


def _decode(data: bytes, format: str, profile: bytes, name: str, most_pixels: int) -> Srgb:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limits below are ours
            with _opened(data, FORMATS[format]) as image:
                _check_size(image.size, name, most_pixels)
                deep = _deep_png(data) if format == "png" else None
                if deep is not None:
                    return _from_deep(*deep, profile)
                image.load()
                frames = ("first_frame",) if getattr(image, "n_frames", 1) > 1 else ()
                srgb = to_srgb(image, profile)
                return srgb._replace(notes=frames + srgb.notes)
    except UnreadableFile:
        raise
    except Image.DecompressionBombError:
        raise refused(name, f"it has more than {MOST_PIXELS // 10**6} million pixels", SMALLER) from None
    except MemoryError:
        raise refused(name, "there is not enough memory for it", SMALLER) from None
    except Exception as error:  # a decoder that is fed damaged bytes raises whatever comes to it
        truncated = "truncated" in str(error) or "not enough" in str(error)
        cause = "the file ends too early" if truncated else f"the file is damaged ({type(error).__name__})"
        raise refused(name, cause, WHOLE_COPY) from None


def _opened(data: bytes, format: str) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=(format,))


def _deep_png(data: bytes) -> tuple[NDArray[np.uint16], tuple[int, ...]] | None:
    """The pixels (H x W x 3 or 4, RGB order) and the transparent colour of a PNG with 16 bits a channel and
    more than grey, of which Pillow would cut the low bytes off; None for all else."""
    found = dict((kind, bytes(content)) for kind, content, _ in png_chunks.walk(data) if kind != b"IDAT")
    head = found.get(b"IHDR", b"")
    if len(head) != 13 or head[8] != 16 or head[9] not in (2, 4, 6):
        return None
    # OpenCV is loaded with the first such picture
    import cv2

    plain = png_chunks.for_decoder(data, without=(b"tRNS",))
    values = cv2.imdecode(np.frombuffer(plain, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None or values.dtype != np.uint16 or values.ndim != 3:
        raise ValueError("truncated or damaged")
    key = found.get(b"tRNS", b"") if head[9] == 2 else b""
    colour = struct.unpack(">HHH", key) if len(key) == 6 else ()
    return np.asarray(values, np.uint16)[..., [2, 1, 0, 3][: values.shape[2]]], colour


def _from_deep(values: NDArray[np.uint16], key: tuple[int, ...], profile: bytes) -> Srgb:
    reduced = from_16_bit(values)
    alpha = reduced[..., 3] if reduced.shape[2] == 4 else None
    if key:
        alpha = np.where((values == np.array(key, np.uint16)).all(2), 0, 255).astype(np.uint8)
    srgb = to_srgb(Image.fromarray(np.ascontiguousarray(reduced[..., :3])), profile)
    return srgb._replace(alpha=alpha)


def _decode_apart(data: bytes, name: str, most_pixels: int) -> Srgb:
    try:
        return decode_tiff(data, most_pixels, LONGEST_SIDE)
    except CannotDecode as error:
        if error.size is not None:
            raise _too_large(error.size, name, most_pixels) from None
        raise refused(name, str(error), WHOLE_COPY) from None


WHOLE_COPY = "Get a whole copy of it and try again"
SMALLER = "Make it smaller in another program and try again"


def _check_size(size: tuple[int, int], name: str, most_pixels: int) -> None:
    width, height = size
    if max(size) > LONGEST_SIDE or width * height > most_pixels or min(size) < 1:
        raise _too_large(size, name, most_pixels)


def _too_large(size: tuple[int, int], name: str, most_pixels: int) -> UnreadableFile:
    limit = f"{LONGEST_SIDE:,} a side and {most_pixels // 10**6} million in all are the limit"
    return refused(name, f"it has {size[0]:,} x {size[1]:,} pixels; {limit}", SMALLER)
