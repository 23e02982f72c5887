"""Masks in files, in recipes, in the journal and on the pipe: the same coverage wherever it has been."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.api.edit import Edit
from engine.api.errors import UnreadableFile
from engine.api.images import Extent, ImageInput
from engine.api.mask import MaskInput
from engine.api.recipe import Recipe
from engine.api.request import Branch, GenerationRequest
from engine.api.wire import (
    read_message,
    request_from_message,
    request_to_message,
    with_pictures,
    write_message,
)
from engine.library.journal import Journal
from engine.library.masks import open_mask, packed_masks, unpacked_masks
from engine.library.pictures import Format, encode_picture, read_metadata

SOURCE = ImageInput.of(np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8), "a.png")


def mask() -> MaskInput:
    coverage = np.zeros((30, 40), np.uint8)
    coverage[5:12, 7:33] = np.random.default_rng(1).integers(0, 256, (7, 26), dtype=np.uint8)
    coverage[5, 7] = coverage[11, 32] = 1
    return MaskInput.of(coverage, "m.png")


def request() -> GenerationRequest:
    return GenerationRequest("toy", "snow").with_edit(SOURCE, Edit(mask=mask()))


def same(one: MaskInput | None, other: MaskInput | None) -> bool:
    assert one is not None and other is not None and one.pixels is not None and other.pixels is not None
    return one == other and np.array_equal(one.pixels, other.pixels)


def edit_mask(request: GenerationRequest) -> MaskInput | None:
    assert request.edit is not None
    return request.edit.mask


def as_file(image: Image.Image, format: str = "PNG", **options) -> bytes:
    memory = io.BytesIO()
    image.save(memory, format, **options)
    return memory.getvalue()


def test_a_mask_is_the_same_whatever_rectangle_it_was_cut_from():
    whole = np.zeros((50, 60), np.uint8)
    whole[20:30, 10:40] = 77
    ours = MaskInput.of(whole)
    theirs = MaskInput.placed(whole[16:48, 8:50], 8, 16, Extent(60, 50))
    assert same(ours, theirs)
    assert hash(ours) == hash(theirs)
    assert ours != MaskInput.placed(whole[16:48, 8:50], 9, 16, Extent(60, 50))


def test_what_reaches_beyond_the_picture_is_cut_off():
    cut = MaskInput.placed(np.full((20, 20), 9, np.uint8), -5, 25, Extent(40, 30))
    assert (cut.left, cut.top, cut.bounds.width, cut.bounds.height) == (0, 25, 15, 5)
    outside = MaskInput.placed(np.full((20, 20), 9, np.uint8), 100, 100, Extent(40, 30))
    assert outside == MaskInput.of(np.zeros((30, 40), np.uint8))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_reading_a_part_is_reading_the_dense_mask(width: int, height: int, seed: int):
    from engine.api.rect import Rect

    random = np.random.default_rng(seed)
    dense = random.integers(0, 256, (height, width), dtype=np.uint8) * (random.random((height, width)) < 0.3)
    rect = Rect(*random.integers(-10, 30, 2).tolist(), *random.integers(1, 50, 2).tolist())
    padded = np.zeros((200, 200), np.uint8)
    padded[50 : 50 + height, 50 : 50 + width] = dense
    expected = padded[rect.top + 50 : rect.bottom + 50, rect.left + 50 : rect.right + 50]
    assert np.array_equal(MaskInput.of(dense.astype(np.uint8)).read(rect), expected)


def test_a_request_with_its_mask_comes_through_the_pipe():
    branch = replace(request(), image=None, edit=None, branch=Branch(request(), 0, 2))
    for asked in (request(), branch):
        pipe = io.BytesIO()
        form, pictures = request_to_message(asked)
        assert len(pictures) == 2
        write_message(pipe, form, pictures)
        pipe.seek(0)
        message = read_message(pipe)
        assert message is not None
        back = request_from_message(*message)
        assert back == asked
        origin = back.edited
        assert origin is not None and same(edit_mask(origin), mask())


def test_the_journal_keeps_a_mask_until_its_last_job_goes(tmp_path: Path):
    path = tmp_path / "journal"
    journal = Journal(path)
    journal.add("a", request())
    journal.add("b", request())
    journal.close()
    journal = Journal(path)
    for job in journal.jobs():
        assert same(edit_mask(job.request), mask())
        assert job.request.image is not None and np.array_equal(job.request.image.pixels, SOURCE.pixels)  # type: ignore[arg-type]
    journal.remove("a")
    assert journal.get_input(mask().sha256) is not None
    journal.remove("b")
    assert journal.get_input(mask().sha256) is None
    journal.close()


@pytest.mark.parametrize("format", ["png", "jpeg", "webp"])
def test_a_recipe_holds_its_mask_in_every_format(format: Format):
    recipe = Recipe(request(), masks=packed_masks(request()))
    assert SOURCE.pixels is not None
    read = read_metadata(encode_picture(SOURCE.pixels, recipe, format)).recipe
    assert read is not None and read.request == request()
    back = with_pictures(read.request, unpacked_masks(read.masks))
    assert same(edit_mask(back), mask())
    assert read.differences(recipe) == []


def test_a_forged_mask_in_a_recipe_is_left_out():
    good = packed_masks(request())
    (sha256,) = good
    for forged in ({sha256: "no base64!"}, {sha256: "AAAA"}, {sha256: 5}, {"0" * 64: good[sha256]}):
        assert unpacked_masks(forged) == {}
    assert list(unpacked_masks(good)) == [sha256]


def test_grey_colour_alpha_palette_and_sixteen_bits_are_all_masks():
    grey = np.zeros((9, 12), np.uint8)
    grey[2:5, 3:9] = 130
    expected = MaskInput.of(grey)
    rgba = np.dstack([np.full((9, 12, 3), 200, np.uint8), grey])
    wide = Image.fromarray((grey.astype(np.uint16) * 257).astype(np.uint16))
    palette = Image.fromarray(grey).convert("P")
    grey_alpha = Image.merge("LA", [Image.new("L", (12, 9), 255), Image.fromarray(grey)])
    for data in (
        as_file(Image.fromarray(grey)),
        as_file(Image.fromarray(np.dstack([grey] * 3))),
        as_file(Image.fromarray(rgba)),
        as_file(grey_alpha),
        as_file(wide),
        as_file(palette),
        as_file(Image.fromarray(rgba), "WEBP", lossless=True, exact=True),
    ):
        assert open_mask(data) == expected
    opaque = np.dstack([np.dstack([grey] * 3), np.full((9, 12), 255, np.uint8)])
    assert open_mask(as_file(Image.fromarray(opaque))) == expected
    assert open_mask(as_file(Image.fromarray(grey > 100))) == MaskInput.of((grey > 100) * np.uint8(255))


def bomb() -> bytes:
    """A PNG that says it is 60,000 pixels wide and high."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(60_001) * 10)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


HOSTILE = {
    "empty": b"",
    "text": b"white changes",
    "cut": as_file(Image.new("L", (99, 99), 255))[:80],
    "bomb": bomb(),
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "pickle": b"\x80\x04\x95",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_mask_is_refused_in_a_sentence(case: str, tmp_path: Path):
    path = tmp_path / "mask.png"
    path.write_bytes(HOSTILE[case])
    with pytest.raises(UnreadableFile, match=r"mask\.png cannot be opened"):
        open_mask(path)


def test_a_missing_mask_or_a_folder_is_named(tmp_path: Path):
    for path in (tmp_path / "gone.png", tmp_path):
        with pytest.raises(UnreadableFile, match="cannot be opened"):
            open_mask(path)
