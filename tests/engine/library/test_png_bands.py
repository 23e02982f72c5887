"""PNG band by band, both ways: against Pillow and OpenCV, and against damage."""

from __future__ import annotations

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.library import png_reader
from engine.library.png_chunks import SIGNATURE, chunk
from engine.library.png_reader import DamagedPng, bands, first_length, read_head
from engine.library.png_writer import BAND_ROWS, encode_png, pack_band, pack_empty, png_pieces

SHAPES = [(1, 1, 4), (300, 37, 4), (BAND_ROWS, 9, 3), (2 * BAND_ROWS + 1, 3, 3), (600, 13), (257, 5, 2)]
TO_BGRA = {3: cv2.COLOR_RGB2BGRA, 4: cv2.COLOR_RGBA2BGRA}


def noise(*shape: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def read_all(data: bytes) -> np.ndarray:
    stream = io.BytesIO(data)
    head, start = read_head(stream)
    assert head.is_common
    found = list(bands(stream, head, first_length(start)))
    assert [top for top, _ in found] == sorted({top for top, _ in found})
    return np.concatenate([rows for _, rows in found])


def by_pillow(pixels: np.ndarray, **options: object) -> bytes:
    memory = io.BytesIO()
    Image.fromarray(pixels).save(memory, "PNG", **options)
    return memory.getvalue()


@pytest.fixture(params=[1, 3000, 16 << 20])
def band_bytes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Bands of one row, of a few, and all in one."""
    monkeypatch.setattr(png_reader, "BAND_BYTES", request.param)
    return request.param


@pytest.mark.parametrize("shape", SHAPES)
def test_pillow_reads_what_we_write(shape: tuple[int, ...]):
    pixels = noise(*shape)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(encode_png(pixels)))), pixels)


@pytest.mark.parametrize("shape", SHAPES[:-1])
def test_we_read_what_we_and_pillow_write(shape: tuple[int, ...], band_bytes: int):
    pixels = noise(*shape)
    wanted = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, TO_BGRA[shape[2]])
    assert np.array_equal(read_all(encode_png(pixels)), wanted)
    assert np.array_equal(read_all(by_pillow(pixels)), wanted)


@pytest.mark.parametrize("filter", range(5))
def test_every_filter_is_undone(filter: int, band_bytes: int):
    """Rows of one filter each, by OpenCV's own choice of it."""
    pixels = np.cumsum(noise(40, 21, 4), axis=0, dtype=np.uint8)
    choices = [getattr(cv2, f"IMWRITE_PNG_FILTER_{name}") for name in ("NONE", "SUB", "UP", "AVG", "PAETH")]
    done, data = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_FILTER, choices[filter]])
    assert done and np.array_equal(read_all(data.tobytes()), pixels)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_16_bits_are_rounded_to_8(channels: int, band_bytes: int):
    values = np.random.default_rng(2).integers(0, 65536, (50, 11, channels), dtype=np.uint16)
    done, data = cv2.imencode(".png", values)
    wanted = np.floor(values.astype(float) * 255 / 65535 + 0.5).astype(np.uint8)
    found = read_all(data.tobytes())
    assert done and np.array_equal(found.reshape(50, 11, -1)[..., :channels], wanted)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 40), st.integers(1, 600), st.sampled_from([1, 3, 4]), st.integers(0, 9))
def test_any_picture_comes_back(width: int, height: int, channels: int, seed: int):
    pixels = noise(height, width, *((channels,) if channels > 1 else ()), seed=seed)
    found = read_all(encode_png(pixels))
    assert np.array_equal(found, pixels if channels == 1 else cv2.cvtColor(pixels, TO_BGRA[channels]))


def test_bands_are_packed_apart_and_empty_ones_once():
    pixels = np.concatenate([noise(BAND_ROWS, 8, 4), np.zeros((BAND_ROWS, 8, 4), np.uint8), noise(5, 8, 4)])
    packed = [pack_band(pixels[:BAND_ROWS]), pack_empty(32, BAND_ROWS), pack_band(pixels[-5:])]
    assert pack_empty(32, BAND_ROWS) is packed[1]
    data = b"".join(png_pieces(8, len(pixels), 4, packed))
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), pixels)


def test_the_packing_is_as_tight_as_zlib_is_at_its_usual_level():
    smooth = cv2.resize(noise(8, 8, 4), (512, 512), interpolation=cv2.INTER_CUBIC)
    assert len(encode_png(smooth)) < 1.15 * len(by_pillow(smooth, compress_level=4))


@pytest.mark.parametrize(
    "change", [lambda d: d[: len(d) // 2], lambda d: d[:-30], lambda d: d[:60] + bytes(50) + d[110:]]
)
def test_damage_is_noticed(change, band_bytes: int):
    data = encode_png(noise(64, 64, 4))
    with pytest.raises(DamagedPng):
        read_all(change(data))


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a" + bytes(99), SIGNATURE + bytes(99)])
def test_what_is_no_png_is_said(data: bytes):
    with pytest.raises(DamagedPng):
        read_head(io.BytesIO(data))


def test_a_bomb_is_not_inflated_beyond_what_its_header_says():
    head = struct.pack(">IIBBBBB", 4, 2, 8, 6, 0, 0, 0)
    packed = zlib.compress(bytes(200_000_000), 9)
    data = b"".join([SIGNATURE, chunk(b"IHDR", head), chunk(b"IDAT", packed), chunk(b"IEND", b"")])
    assert not read_all(data).any()


@pytest.mark.parametrize(
    "uncommon",
    [chunk(b"tRNS", bytes(6)), chunk(b"iCCP", b"x\0\0"), chunk(b"gAMA", struct.pack(">I", 100_000))],
)
def test_what_its_bytes_alone_do_not_say_is_left_to_the_gate(uncommon: bytes):
    plain = encode_png(noise(4, 4, 3))
    assert not read_head(io.BytesIO(plain[:33] + uncommon + plain[33:]))[0].is_common


@pytest.mark.parametrize("mode", ["P", "1", "LA"])
def test_few_colours_and_few_bits_are_left_to_the_gate(mode: str):
    memory = io.BytesIO()
    Image.fromarray(noise(9, 9, 3)).convert(mode).save(memory, "PNG")
    assert not read_head(io.BytesIO(memory.getvalue()))[0].is_common
