"""Foreign pictures: every kind that artists have, each against pixels that are known."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from engine.api.errors import UnreadableFile
from engine.library.exif import write_exif
from engine.library.gate import LONGEST_SIDE, open_picture
from engine.library.png_chunks import SIGNATURE, chunk

RGB = np.random.default_rng(1).integers(0, 256, (24, 31, 3), dtype=np.uint8)


def encoded(image: Image.Image, format: str = "PNG", **options: object) -> bytes:
    memory = io.BytesIO()
    image.save(memory, format, **options)
    return memory.getvalue()


def raw_png(width: int, height: int, depth: int, colour: int, rows: bytes, extra: bytes = b"") -> bytes:
    """A PNG written by hand: `rows` without filter bytes."""
    stride = len(rows) // height
    filtered = b"".join(b"\0" + rows[at : at + stride] for at in range(0, len(rows), stride))
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"".join(
        [SIGNATURE, chunk(b"IHDR", head), extra, chunk(b"IDAT", zlib.compress(filtered)), chunk(b"IEND", b"")]
    )


def blocks() -> np.ndarray:
    """A picture whose four quarters survive lossy coding: red, green / blue, grey."""
    pixels = np.zeros((32, 48, 3), np.uint8)
    pixels[:16, :24], pixels[:16, 24:] = (200, 30, 40), (20, 180, 60)
    pixels[16:, :24], pixels[16:, 24:] = (30, 50, 210), (120, 120, 120)
    return pixels


@pytest.mark.parametrize(("format", "options"), [("PNG", {}), ("WEBP", {"lossless": True, "exact": True})])
def test_lossless_formats_keep_every_pixel(format: str, options: dict[str, object]):
    picture = open_picture(encoded(Image.fromarray(RGB), format, **options))
    assert np.array_equal(picture.pixels, RGB)
    assert (picture.width, picture.height, picture.format) == (31, 24, format.lower())
    assert not picture.pixels.flags.writeable


def test_jpeg_is_read_and_named_by_its_content(tmp_path: Path):
    path = tmp_path / "really a jpeg.png"
    path.write_bytes(encoded(Image.fromarray(blocks()), "JPEG", quality=95, subsampling=0))
    picture = open_picture(path)
    assert (picture.format, picture.name) == ("jpeg", "really a jpeg.png")
    assert np.abs(picture.pixels.astype(int) - blocks()).max() < 8


def test_one_pixel_is_a_picture():
    assert open_picture(encoded(Image.new("RGB", (1, 1), (1, 2, 3)))).pixels.tolist() == [[[1, 2, 3]]]


def test_sixteen_bit_grey_is_rounded_not_clipped():
    values = np.array([0, 128, 129, 255, 40000, 65535], ">u2")
    picture = open_picture(raw_png(6, 1, 16, 0, values.tobytes()))
    assert picture.pixels[0, :, 0].tolist() == [0, 0, 1, 1, 156, 255]
    assert (picture.pixels[..., 0] == picture.pixels[..., 2]).all()


def test_sixteen_bit_colour_keeps_its_high_bytes():
    values = np.array([0, 40000, 65535, 300, 1000, 257], ">u2")
    pixels = open_picture(raw_png(2, 1, 16, 2, values.tobytes())).pixels
    assert np.abs(pixels.reshape(-1).astype(float) - values / 257).max() < 1


def test_sixteen_bit_grey_with_a_transparent_key_is_white_there():
    values = np.array([1000, 2000], ">u2")
    data = raw_png(2, 1, 16, 0, values.tobytes(), chunk(b"tRNS", struct.pack(">H", 1000)))
    assert open_picture(data).pixels[0, :, 0].tolist() == [255, 8]


def test_sixteen_bit_colour_with_a_transparent_key_opens():
    values = np.array([40000, 1, 2], ">u2")
    data = raw_png(1, 1, 16, 2, values.tobytes(), chunk(b"tRNS", struct.pack(">HHH", 40000, 1, 2)))
    assert open_picture(data).pixels.tolist() == [[[255, 255, 255]]]


def test_alpha_stands_over_white():
    rgba = np.dstack([RGB, np.tile(np.linspace(0, 255, 31).astype(np.uint8), (24, 1))])
    share = rgba[..., 3:].astype(float) / 255
    wanted = RGB * share + 255 * (1 - share)
    for data in (
        encoded(Image.fromarray(rgba)),
        encoded(Image.fromarray(rgba), "WEBP", lossless=True, exact=True),
    ):
        assert np.abs(open_picture(data).pixels - wanted).max() <= 0.5


def test_grey_with_alpha_stands_over_white():
    data = encoded(Image.merge("LA", (Image.new("L", (2, 2), 100), Image.new("L", (2, 2), 0))))
    assert (open_picture(data).pixels == 255).all()


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_few_colours_are_exact(mode: str):
    image = Image.fromarray(RGB).convert(mode)
    wanted = np.asarray(image.convert("RGB"))
    assert np.array_equal(open_picture(encoded(image)).pixels, wanted)


def test_a_palette_with_transparency_stands_over_white():
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putdata([0, 1])
    assert open_picture(encoded(image, transparency=0)).pixels.tolist() == [[[255] * 3, [40, 50, 60]]]


def test_a_transparent_key_colour_stands_over_white():
    image = Image.new("RGB", (2, 1), (1, 2, 3))
    image.putpixel((1, 0), (9, 9, 9))
    assert open_picture(encoded(image, transparency=(1, 2, 3))).pixels.tolist() == [[[255] * 3, [9] * 3]]


def test_an_interlaced_png_opens_exactly():
    rng = np.random.default_rng(3).integers(0, 256, (1, 1, 3), dtype=np.uint8)
    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 1)
    idat = zlib.compress(b"\0" + rng.tobytes())
    data = b"".join([SIGNATURE, chunk(b"IHDR", head), chunk(b"IDAT", idat), chunk(b"IEND", b"")])
    assert np.array_equal(open_picture(data).pixels, rng)


def test_cmyk_from_photoshop_has_its_colours_and_not_their_negatives():
    """Adobe writes CMYK JPEGs inverted; Pillow does too, with Adobe's mark."""
    image = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    data = encoded(image, "JPEG", quality=100)
    assert b"Adobe" in data
    red, green, blue = open_picture(data).pixels[8, 8]
    assert red > 230 and green < 25 and blue < 25


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_every_exif_orientation_is_upright(orientation: int, format: str):
    """Against the turn that TIFF's table of first row and first column gives."""
    upright = blocks()
    turns = {1: 0, 2: 0, 3: 2, 4: 2, 5: 1, 6: 1, 7: 3, 8: 3}
    stored = np.rot90(upright, turns[orientation])  # as the sensor lay
    if orientation in (2, 4):
        stored = stored[:, ::-1]
    elif orientation in (5, 7):
        stored = stored[::-1]
    exif = Image.Exif()
    exif[0x0112] = orientation
    options: dict[str, object] = {
        "PNG": {},
        "JPEG": {"quality": 95, "subsampling": 0},
        "WEBP": {"lossless": True},
    }[format]
    picture = open_picture(
        encoded(Image.fromarray(np.ascontiguousarray(stored)), format, exif=exif, **options)
    )
    assert np.abs(picture.pixels.astype(int) - upright).max() < 10


def wide_gamut_profile() -> bytes:
    """Display P3 would need a file; a ProPhoto-like Lab-free RGB profile from lcms is as far from sRGB."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped_profile() -> bytes:
    """sRGB's profile with its red and blue primaries exchanged: a conversion no one can overlook."""
    profile = bytearray(wide_gamut_profile())
    (count,) = struct.unpack_from(">I", profile, 128)
    at = {bytes(profile[132 + 12 * i : 136 + 12 * i]): 132 + 12 * i for i in range(count)}
    red, blue = at[b"rXYZ"] + 4, at[b"bXYZ"] + 4
    profile[red : red + 8], profile[blue : blue + 8] = profile[blue : blue + 8], profile[red : red + 8]
    return bytes(profile).replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_an_embedded_profile_is_followed(format: str):
    image = Image.new("RGB", (16, 16), (255, 0, 0))
    options: dict[str, object] = {"quality": 100} | ({"lossless": True} if format == "WEBP" else {})
    data = encoded(image, format, icc_profile=swapped_profile(), **options)
    red, green, blue = open_picture(data).pixels[8, 8]
    assert red < 10 and green < 10 and blue > 245


def test_a_profile_that_is_srgb_changes_no_pixel():
    data = encoded(Image.fromarray(RGB), icc_profile=wide_gamut_profile())
    assert np.array_equal(open_picture(data).pixels, RGB)


@pytest.mark.parametrize("profile", [b"rubbish" * 99, b"", swapped_profile()[:200], bytes(4000)])
@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_a_broken_profile_is_ignored(profile: bytes, format: str):
    picture = open_picture(encoded(Image.fromarray(RGB), format, icc_profile=profile or None, lossless=True))
    assert np.array_equal(picture.pixels, RGB)
    assert picture.notes == (("broken_profile",) if profile else ())


def test_a_profile_for_other_pixels_is_ignored():
    grey = Image.new("L", (4, 4), 77)
    picture = open_picture(encoded(grey, icc_profile=swapped_profile()))
    assert (picture.pixels == 77).all() and picture.notes == ("broken_profile",)


@pytest.mark.parametrize("format", ["WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_taken(format: str):
    first, second = Image.new("RGB", (8, 8), (250, 0, 0)), Image.new("RGB", (8, 8), (0, 0, 250))
    data = encoded(first, format, save_all=True, append_images=[second], lossless=True, duration=100)
    picture = open_picture(data)
    assert (picture.pixels == (250, 0, 0)).all()
    assert picture.notes == ("first_frame",)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_a_truncated_file_is_refused_by_name_with_the_next_step(tmp_path: Path, format: str, share: float):
    path = tmp_path / "half.img"
    data = encoded(
        Image.fromarray(np.random.default_rng(0).integers(0, 256, (99, 99, 3), dtype=np.uint8)), format
    )
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(UnreadableFile, match=r"half\.img cannot be opened: .*Get a whole copy of it"):
        open_picture(path)


@pytest.mark.parametrize("format", ["GIF", "BMP", "ICO", "PPM", "TGA", "PCX", "EPS", "AVIF"])
def test_other_formats_are_refused_whatever_they_are_called(tmp_path: Path, format: str):
    path = tmp_path / "picture.png"
    path.write_bytes(encoded(Image.fromarray(RGB), format))
    with pytest.raises(UnreadableFile, match=r"picture\.png cannot .*: it is not a PNG, JPEG, WebP or TIFF"):
        open_picture(path)


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"8BPS\0\1", b"SIMPLE  =", b"GIF89a", bytes(1000)])
def test_what_is_no_picture_is_refused(data: bytes):
    with pytest.raises(UnreadableFile, match="The picture cannot be opened"):
        open_picture(data)


@pytest.mark.parametrize(
    "size", [(30_000, 30_000), (LONGEST_SIDE + 1, 1), (16_000, 16_000), (2**31 - 1, 1), (0, 0)]
)
def test_a_decompression_bomb_is_refused_before_it_is_inflated(size: tuple[int, int]):
    width, height = size
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    data = b"".join(
        [SIGNATURE, chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(bytes(200_000))), chunk(b"IEND", b"")]
    )
    with pytest.raises(UnreadableFile):
        open_picture(data)


def test_the_limit_is_said_in_numbers():
    data = encoded(Image.new("1", (LONGEST_SIDE + 1, 2)))
    with pytest.raises(UnreadableFile, match="it has 16,385 x 2 pixels; 16,384 a side and 178 million"):
        open_picture(data)


def test_missing_files_folders_and_pipes_are_refused_at_once(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.png")
    for name in ("gone.png", ".", "pipe.png", "a\0b.png", "x" * 300):
        with pytest.raises(UnreadableFile):
            open_picture(tmp_path / name)


def test_a_name_that_is_no_text_is_said_all_the_same(tmp_path: Path):
    path = tmp_path / os.fsdecode(b"\xff\xfe.png")
    path.write_bytes(encoded(Image.fromarray(RGB)))
    assert np.array_equal(open_picture(path).pixels, RGB)


def test_our_own_exif_is_the_kind_that_others_read():
    data = encoded(Image.fromarray(RGB), "JPEG", exif=b"Exif\0\0" + write_exif("ñandú 🐶"))
    inner = Image.open(io.BytesIO(data)).getexif().get_ifd(0x8769)
    assert inner[0x9286] == b"UNICODE\0" + "ñandú 🐶".encode("utf-16-be")
    assert inner[0xA001] == 1
