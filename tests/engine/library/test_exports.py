"""Pictures out with alpha and profile, and back; TIFF and 16 bits in, against values computed here."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from engine.api.errors import BadRequest, UnreadableFile
from engine.api.recipe import Recipe
from engine.api.request import GenerationRequest
from engine.library import tiff_decoder
from engine.library.colour import SRGB_PROFILE
from engine.library.gate import open_layer, open_picture
from engine.library.pictures import EXPORT_SUFFIXES, encode_image, keeps_every_pixel, read_metadata

RGBA = np.random.default_rng(1).integers(0, 256, (24, 31, 4), dtype=np.uint8)
RGB = np.ascontiguousarray(RGBA[..., :3])
RECIPE = Recipe(GenerationRequest("starter", "una casa ñ"))
LOSSLESS = {"png": 90, "webp": 100, "tiff": 90}


def tiff(pixels: np.ndarray, **options: object) -> bytes:
    memory = io.BytesIO()
    tifffile.imwrite(memory, pixels, metadata=None, **options)
    return memory.getvalue()


def by_pillow(image: Image.Image, format: str = "TIFF", **options: object) -> bytes:
    memory = io.BytesIO()
    image.save(memory, format, **options)
    return memory.getvalue()


def scaled(values: np.ndarray, most: int = 65535) -> np.ndarray:
    """To 0..255, rounded."""
    return np.floor(values.astype(float) * 255 / most + 0.5).astype(np.uint8)


# out


@pytest.mark.parametrize(("format", "quality"), LOSSLESS.items())
@pytest.mark.parametrize("recipe", [None, RECIPE])
def test_alpha_and_every_pixel_come_back(format, quality: int, recipe: Recipe | None):
    layer = open_layer(encode_image(RGBA, recipe, format, quality))
    assert np.array_equal(layer.rgb, RGB) and np.array_equal(layer.alpha, RGBA[..., 3])
    assert (layer.format, layer.notes) == (format, ())


@pytest.mark.parametrize("format", EXPORT_SUFFIXES)
def test_every_format_is_tagged_as_srgb_and_other_programs_open_it(format):
    image = Image.open(io.BytesIO(encode_image(RGB, None, format)))
    image.load()
    assert image.size == (31, 24) and image.mode == "RGB"
    if format == "png":
        assert image.info["srgb"] == 0
    else:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        assert "sRGB" in ImageCms.getProfileDescription(profile)


@pytest.mark.parametrize("format", EXPORT_SUFFIXES)
def test_the_recipe_is_inside_or_it_is_not(format):
    pixels = RGB if format == "jpeg" else RGBA
    assert read_metadata(encode_image(pixels, RECIPE, format)).recipe == RECIPE
    bare = encode_image(pixels, None, format)
    assert read_metadata(bare).recipe is None
    assert b"casa" not in bare and b"parameters" not in bare and b"starter" not in bare


def test_the_profile_is_the_same_every_day():
    assert len(SRGB_PROFILE) == struct.unpack_from(">I", SRGB_PROFILE)[0]
    assert SRGB_PROFILE[24:28] == struct.pack(">HH", 1999, 10)


def test_what_a_format_cannot_hold_is_said():
    for pixels, format, field in (
        (RGBA, "jpeg", "image"), (RGB, "gif", "format"), (RGB[..., :2], "png", "image"),
        (np.zeros((1, 16_384, 3), np.uint8), "webp", "image"),
    ):  # fmt: skip
        with pytest.raises(BadRequest) as caught:
            encode_image(pixels, None, format)
        assert caught.value.field == field


def test_a_tiff_and_a_lossless_webp_with_a_profile_keep_every_pixel(tmp_path: Path):
    for name, format, quality, wanted in (
        ("a.tif", "tiff", 90, True), ("a.webp", "webp", 100, True), ("b.webp", "webp", 80, False),
    ):  # fmt: skip
        (tmp_path / name).write_bytes(encode_image(RGBA, RECIPE, format, quality))
        assert keeps_every_pixel(tmp_path / name) is wanted


def test_imagemagick_sees_the_same_tiff(tmp_path: Path):
    import shutil

    if not shutil.which("convert"):
        pytest.skip("ImageMagick is not here")
    (tmp_path / "a.tif").write_bytes(encode_image(RGB, None, "tiff"))
    subprocess.run(["convert", tmp_path / "a.tif", "-depth", "8", tmp_path / "a.rgb"], check=True)
    assert (tmp_path / "a.rgb").read_bytes() == RGB.tobytes()


# in: TIFF


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_a_tiff_of_every_packing_is_exact(compression: str | None):
    data = by_pillow(Image.fromarray(RGB), compression=compression)
    picture = open_picture(data)
    assert np.array_equal(picture.pixels, RGB) and picture.format == "tiff"
    layer = open_layer(by_pillow(Image.fromarray(RGBA), compression=compression))
    assert np.array_equal(np.dstack([layer.rgb, layer.alpha]), RGBA)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA"])
def test_a_tiff_of_few_colours_is_exact(mode: str):
    image = Image.fromarray(RGB).convert("L" if mode == "LA" else mode).convert(mode)
    assert np.array_equal(open_layer(by_pillow(image)).rgb, np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_16_bits_of_colour_are_rounded_and_not_clipped(channels: int, byteorder: str):
    values = np.random.default_rng(2).integers(0, 65536, (9, 8, channels), dtype=np.uint16)
    alpha = {"extrasamples": ["unassalpha"]} if channels == 4 else {}
    layer = open_layer(tiff(values, photometric="rgb", byteorder=byteorder, **alpha))
    assert np.array_equal(layer.rgb, scaled(values)[..., :3])
    assert channels == 3 or np.array_equal(layer.alpha, scaled(values)[..., 3])


@pytest.mark.parametrize("photometric", ["minisblack", "miniswhite"])
@pytest.mark.parametrize("depth", [8, 16])
def test_grey_is_scaled_and_white_where_its_file_says_white(photometric: str, depth: int):
    most = 2**depth - 1
    values = np.array([[0, 1, most // 2, 40000 % (most + 1), most]], f"u{depth // 8}")
    wanted = scaled(values if photometric == "minisblack" else most - values, most)
    layer = open_layer(tiff(values, photometric=photometric))
    assert np.array_equal(layer.rgb[..., 0], wanted) and np.array_equal(layer.rgb[..., 2], wanted)


def test_floats_from_0_to_1_are_scaled():
    values = np.array([[0, 0.5, 1, 2, -1, np.nan]], np.float32)
    layer = open_layer(tiff(values, photometric="minisblack"))
    assert layer.rgb[0, :, 0].tolist() == [0, 128, 255, 255, 0, 0]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_tiff_is_upright_however_it_lay(orientation: int, dtype: type):
    upright = np.zeros((20, 30, 3), dtype)
    most = np.iinfo(dtype).max
    upright[:10, :15], upright[:10, 15:], upright[10:, :15] = (most, 0, 0), (0, most, 0), (0, 0, most)
    turns = {1: 0, 2: 0, 3: 2, 4: 2, 5: 1, 6: 1, 7: 3, 8: 3}
    stored = np.rot90(upright, turns[orientation])
    if orientation in (2, 4):
        stored = stored[:, ::-1]
    elif orientation in (5, 7):
        stored = stored[::-1]
    tags = [(274, "H", 1, orientation, True)]
    layer = open_layer(tiff(np.ascontiguousarray(stored), photometric="rgb", extratags=tags))
    assert np.array_equal(layer.rgb, scaled(upright, most))


def test_cmyk_without_a_profile_is_converted_by_its_complements_and_that_is_said():
    ink = np.random.default_rng(4).integers(0, 256, (6, 5, 4), dtype=np.uint8)
    layer = open_layer(by_pillow(Image.fromarray(ink, "CMYK")))
    light = 1 - ink.astype(float) / 255
    wanted = light[..., :3] * light[..., 3:] * 255
    assert np.abs(layer.rgb - wanted).max() <= 1.01 and layer.notes == ("no_profile",)


def cmyk_profile() -> bytes:
    """A profile of CMYK made by hand: by its table C is blue, K black, all else white.

    ICC.1:2010, `mft1` from device to Lab: 4 channels, 2 points each.
    """

    def lab(lightness: float, a: float, b: float) -> bytes:
        return bytes([round(lightness * 2.55), round(a + 128), round(b + 128)])

    colours = [
        lab(0, 0, 0) if ink & 1 else lab(30, 20, -60) if ink & 8 else lab(100, 0, 0) for ink in range(16)
    ]
    table = b"".join(colours)
    ramp = bytes(range(256))
    lut = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0])
    lut += struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536) + ramp * 4 + table + ramp * 3
    text = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"ours\0" + bytes(78)
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    tags = {b"desc": text, b"wtpt": white, b"A2B0": lut}
    at, directory, body = 132 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        content += bytes(-len(content) % 4)
        directory += name + struct.pack(">II", at + len(body), len(content))
        body += content
    head = bytearray(128)
    struct.pack_into(
        ">I4sI4s4s4s",
        head,
        0,
        128 + len(directory) + len(body),
        b"lcms",
        0x02400000,
        b"prtr",
        b"CMYK",
        b"Lab ",
    )
    head[36:40] = b"acsp"
    struct.pack_into(">3i", head, 68, 63190, 65536, 54061)
    return bytes(head) + directory + body


@pytest.mark.parametrize("format", ["TIFF", "JPEG"])
def test_cmyk_follows_its_profile(format: str):
    """Cyan ink is blue by that profile: Lab (30, 20, -60) computed to sRGB by the formulas of CIE and IEC."""
    image = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    options: dict[str, object] = {"quality": 100} if format == "JPEG" else {}
    layer = open_layer(by_pillow(image, format, icc_profile=cmyk_profile(), **options))
    assert layer.notes == ()
    assert np.abs(layer.rgb[8, 8].astype(int) - lab_to_srgb(30, 20, -60)).max() <= 6
    white = open_layer(by_pillow(Image.new("CMYK", (8, 8), (0, 0, 0, 0)), icc_profile=cmyk_profile()))
    assert white.rgb.min() >= 252


def lab_to_srgb(lightness: float, a: float, b: float) -> np.ndarray:
    """CIE 15 and IEC 61966-2-1, with Bradford from D50 to D65."""
    y = (lightness + 16) / 116
    f = np.array([y + a / 500, y, y - b / 200])
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * (0.9642, 1, 0.8249)
    to_d65 = np.array(
        [
            [0.9555766, -0.0230393, 0.0631636],
            [-0.0282895, 1.0099416, 0.0210077],
            [0.0122982, -0.0204830, 1.3299098],
        ]
    )
    to_rgb = np.array(
        [
            [3.2404542, -1.5371385, -0.4985314],
            [-0.9692660, 1.8760108, 0.0415560],
            [0.0556434, -0.2040259, 1.0572252],
        ]
    )
    linear = np.clip(to_rgb @ to_d65 @ xyz, 0, 1)
    curved = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(curved * 255).astype(int)


def test_lab_is_converted():
    image = Image.new("LAB", (4, 4), (128, 168, 88))  # L 50.2, a 40, b -40
    assert np.abs(open_layer(by_pillow(image)).rgb[0, 0].astype(int) - lab_to_srgb(50.2, 40, -40)).max() <= 3


@pytest.mark.parametrize("format", ["PNG", "TIFF", "WEBP"])
def test_a_profile_is_followed_beside_alpha(format: str):
    """A linear profile: values come back by sRGB's own curve."""
    profile = linear_profile()
    rgba = np.zeros((1, 256, 4), np.uint8)
    rgba[0, :, :3] = np.arange(256)[:, None]
    rgba[0, :, 3] = np.arange(256)[::-1]
    options: dict[str, object] = {"lossless": True, "exact": True} if format == "WEBP" else {}
    layer = open_layer(by_pillow(Image.fromarray(rgba), format, icc_profile=profile, **options))
    linear = np.arange(256) / 255
    wanted = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055) * 255
    assert np.abs(layer.rgb[0] - wanted[:, None]).max() <= 1.5
    assert np.array_equal(layer.alpha[0], rgba[0, :, 3])


def linear_profile() -> bytes:
    """sRGB's primaries with a straight line for a curve."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    (count,) = struct.unpack_from(">I", profile, 128)
    for index in range(count):
        name, at, _ = struct.unpack_from(">4sII", profile, 132 + 12 * index)
        if name in (b"rTRC", b"gTRC", b"bTRC"):
            profile[at : at + 12] = b"curv\0\0\0\0\0\0\0\0"
    return bytes(profile).replace("sRGB".encode("utf-16-be"), "line".encode("utf-16-be"))


@pytest.mark.parametrize("depth", [3, 4])
def test_a_png_of_16_bits_is_rounded_with_its_alpha(depth: int):
    import cv2

    values = np.random.default_rng(6).integers(0, 65536, (7, 6, depth), dtype=np.uint16)
    layer = open_layer(cv2.imencode(".png", values)[1].tobytes())
    order = [2, 1, 0, 3][:depth]
    assert np.array_equal(layer.rgb, scaled(values[..., order])[..., :3])
    assert depth == 3 or np.array_equal(layer.alpha, scaled(values)[..., 3])


# the process that decodes TIFF


def test_of_several_pages_the_first_is_taken():
    pages = [Image.new("RGB", (4, 4), colour) for colour in ((250, 0, 0), (0, 0, 250))]
    layer = open_layer(by_pillow(pages[0], save_all=True, append_images=pages[1:]))
    assert (layer.rgb == (250, 0, 0)).all() and layer.notes == ("first_page",)


@pytest.mark.parametrize("data", [b"II*\0", b"MM\0*" + bytes(99), b"II*\0\x08\0\0\0" + b"\xff" * 500])
def test_a_damaged_tiff_is_refused(tmp_path: Path, data: bytes):
    (tmp_path / "bad.tif").write_bytes(data)
    with pytest.raises(UnreadableFile, match=r"bad\.tif cannot be opened: .*Get a whole copy"):
        open_layer(tmp_path / "bad.tif")


def test_a_truncated_tiff_is_refused():
    with pytest.raises(UnreadableFile):
        open_layer(by_pillow(Image.fromarray(RGB), compression="tiff_lzw")[:-900])


def test_a_tiff_over_the_limit_is_refused_with_its_size():
    data = bytearray(tiff(np.zeros((4, 4), np.uint8), photometric="minisblack"))
    with Image.open(io.BytesIO(bytes(data))) as image:
        assert image.size == (4, 4)
    at = (
        data.index(struct.pack("<HH", 256, 3))
        if struct.pack("<HH", 256, 3) in data
        else data.index(struct.pack("<HH", 256, 4))
    )
    struct.pack_into("<HHII", data, at, 256, 4, 1, 90_000)
    with pytest.raises(
        UnreadableFile, match="it has 90,000 x 4 pixels; 16,384 a side and 268 million in all"
    ):
        open_layer(bytes(data))


@pytest.mark.parametrize("way", ["os.kill(os.getpid(), 11)", "os._exit(0)", "bytearray(8 << 30)"])
def test_what_crashes_or_eats_memory_there_is_refused_here(monkeypatch: pytest.MonkeyPatch, way: str):
    code = f"import os, sys; from engine.library import tiff_decoder as d; d._limit(); {way}"
    monkeypatch.setattr(tiff_decoder, "COMMAND", (sys.executable, "-c", code))
    with pytest.raises(UnreadableFile, match="takes more memory or time than a picture may"):
        open_layer(by_pillow(Image.fromarray(RGB)))


def test_one_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tiff_decoder, "COMMAND", (sys.executable, "-c", "import time; time.sleep(99)"))
    monkeypatch.setattr(tiff_decoder, "PATIENCE_SECONDS", 0.2)
    with pytest.raises(UnreadableFile, match="time"):
        open_layer(by_pillow(Image.fromarray(RGB)))
