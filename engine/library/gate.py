"""The gate that every foreign picture comes through: only good pixels pass, and always the same way.

PNG, JPEG and WebP by content, whatever the name says. The decoder sees nothing but what it needs for the
pixels, so no metadata, however damaged or hostile, keeps a picture from opening.
"""

from __future__ import annotations

import io
import os
import stat
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from engine.api.errors import UnreadableFile
from engine.api.images import Pixels, read_only
from engine.library import jpeg_segments, png_chunks, webp_chunks
from engine.library.colour import to_srgb_pixels
from engine.library.exif import read_exif

LONGEST_SIDE = 16_384
MOST_PIXELS = 178_000_000
LARGEST_FILE = 1 << 30
FORMATS = {"png": "PNG", "jpeg": "JPEG", "webp": "WEBP"}

TURNS = {
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: a[::-1].transpose(1, 0, 2),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: a.transpose(1, 0, 2)[::-1],
}
"""EXIF orientation -> how the stored pixels are turned upright."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture from a file, upright, sRGB, without alpha (white stands behind it)."""

    pixels: Pixels
    width: int
    height: int
    format: str
    """`png`, `jpeg` or `webp`: what the file is, not what it is called."""
    name: str
    """The file name for people; empty for bytes. Never a path."""
    notes: tuple[str, ...] = ()
    """What was left out or repaired: `first_frame`, `broken_profile`."""


def open_picture(source: Path | str | bytes) -> Picture:
    """The picture in a file or in bytes.

    16-bit is reduced to 8, CMYK and embedded profiles become sRGB, EXIF orientation is applied, of an
    animation the first frame is taken. Raises `UnreadableFile` naming the file, the cause and the next
    step: another format, truncated, damaged, over 16,384 pixels a side or 178 million in all.
    """
    data, name = read_source(source)
    format = sniff(data)
    if format is None:
        raise refused(name, "it is not a PNG, JPEG or WebP picture", "Save it as one of these and try again")
    clean, profile, exif = _parts(data, format)
    pixels, notes = _decode(clean, format, profile, name)
    if format == "png" and png_chunks.is_animated(data):
        notes = ("first_frame", *notes)
    orientation = read_exif(exif).orientation
    if orientation in TURNS:
        pixels = TURNS[orientation](pixels)
    pixels = read_only(np.ascontiguousarray(pixels))
    return Picture(pixels, pixels.shape[1], pixels.shape[0], format, name, notes)


def read_source(source: Path | str | bytes) -> tuple[bytes, str]:
    """The bytes and the name to say; only of regular files, as a pipe would keep us waiting."""
    if isinstance(source, bytes):
        return source, ""
    path = Path(source)
    name = path.name.encode("utf-8", "replace").decode()
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            facts = os.fstat(descriptor)
            if not stat.S_ISREG(facts.st_mode):
                raise refused(name, "it is not an ordinary file", "Choose a picture file")
            if facts.st_size > LARGEST_FILE:
                raise refused(name, "the file is larger than 1 GiB", "Save it smaller and try again")
            return file.read(), name
    except FileNotFoundError:
        raise refused(name, "there is no such file", "Look whether it was moved or renamed") from None
    except (OSError, ValueError) as error:
        raise refused(name, str(getattr(error, "strerror", None) or error), "Check its permissions") from None


def sniff(data: bytes) -> str | None:
    """`png`, `jpeg`, `webp`, or None for all else."""
    if data.startswith(png_chunks.SIGNATURE):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
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


def _decode(data: bytes, format: str, profile: bytes, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limits below are ours
            with Image.open(io.BytesIO(data), formats=(FORMATS[format],)) as image:
                _check_size(image.size, name)
                image.load()
                frames = ("first_frame",) if getattr(image, "n_frames", 1) > 1 else ()
                pixels, notes = to_srgb_pixels(image, profile)
                return pixels, frames + notes
    except UnreadableFile:
        raise
    except Image.DecompressionBombError:
        raise refused(name, f"it has more than {MOST_PIXELS // 10**6} million pixels", SMALLER) from None
    except MemoryError:
        raise refused(name, "there is not enough memory for it", SMALLER) from None
    except Exception as error:  # a decoder that is fed damaged bytes raises whatever comes to it
        truncated = "truncated" in str(error) or "not enough" in str(error)
        cause = "the file ends too early" if truncated else f"the file is damaged ({type(error).__name__})"
        raise refused(name, cause, "Get a whole copy of it and try again") from None


SMALLER = "Make it smaller in another program and try again"


def _check_size(size: tuple[int, int], name: str) -> None:
    width, height = size
    if max(size) > LONGEST_SIDE or width * height > MOST_PIXELS or min(size) < 1:
        limit = f"{LONGEST_SIDE:,} a side and {MOST_PIXELS // 10**6} million in all are the limit"
        raise refused(name, f"it has {width:,} x {height:,} pixels; {limit}", SMALLER)
