"""A tag of a TIFF replaced: the picture's bytes, its other tags and its pages stay."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from engine.library.marks import Marks, with_marks
from engine.library.packets import packet_of, with_packet
from engine.library.tiff_tags import read_tag, with_tag

PIXELS = np.arange(40 * 30 * 3, dtype=np.uint8).reshape(40, 30, 3)
PAGES = np.stack([PIXELS, 255 - PIXELS])
XMP = 700


def tiff(pages: np.ndarray = PIXELS[None], **options: object) -> bytes:
    memory = io.BytesIO()
    with tifffile.TiffWriter(memory, **options) as writer:  # type: ignore[arg-type]
        for page in pages:
            writer.write(page, photometric="rgb", description="a dog", metadata=None)
    return memory.getvalue()


LAYOUTS = [
    {"byteorder": "<"},
    {"byteorder": ">"},
    {"byteorder": "<", "bigtiff": True},
    {"byteorder": ">", "bigtiff": True},
]


@pytest.mark.parametrize("options", LAYOUTS)
def test_a_new_tag_is_read_by_other_programs_and_every_page_and_tag_stays(options: dict):
    data = tiff(PAGES, **options)
    changed = with_tag(data, XMP, b"<packet/>" * 30)
    assert changed is not None and read_tag(changed, XMP) == b"<packet/>" * 30
    with tifffile.TiffFile(io.BytesIO(changed)) as file:
        assert [np.array_equal(page.asarray(), old) for page, old in zip(file.pages, PAGES, strict=True)] == [
            True,
            True,
        ]
        tags = file.pages[0].tags  # type: ignore[union-attr]
        assert tags["ImageDescription"].value == "a dog"
        assert bytes(tags[XMP].value) == b"<packet/>" * 30
        assert [tag.code for tag in tags] == sorted(tag.code for tag in tags)
    first = 8 if options.get("bigtiff") else 4
    assert changed[:first] + data[first : 2 * first] + changed[2 * first : len(data)] == data


def test_pillow_reads_it_too():
    changed = with_tag(tiff(), XMP, b"<packet/>")
    assert changed is not None
    with Image.open(io.BytesIO(changed)) as image:
        assert np.array_equal(np.asarray(image), PIXELS) and image.tag_v2[XMP] == b"<packet/>"


@pytest.mark.parametrize("value", [b"1234", b"1", b""])
def test_short_values_stand_in_the_entry(value: bytes):
    changed = with_tag(tiff(), XMP, value)
    assert changed is not None and read_tag(changed, XMP) == value


def test_a_value_of_the_same_length_takes_the_old_ones_place():
    first = with_tag(tiff(), XMP, b"a" * 100)
    assert first is not None
    second = with_tag(first, XMP, b"b" * 100)
    assert second == first.replace(b"a" * 100, b"b" * 100)


def test_a_file_that_is_marked_again_and_again_hardly_grows():
    data = tiff()
    for rating in (1, 2, 3, 4, 5) * 20:
        data = with_packet(data, with_marks(packet_of(data), Marks(rating, tags=("sea",) * (rating % 2))))
    assert len(data) < len(tiff()) + 5_000


def test_no_tiff_and_a_directory_outside_are_refused():
    assert with_tag(b"II*\0" + b"\xff" * 60, XMP, b"x") is None
    assert with_tag(b"\x89PNG" * 20, XMP, b"x") is None
    assert with_tag(b"II*\0", XMP, b"x") is None


@given(st.binary(max_size=200), st.sampled_from([b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"]))
def test_whatever_the_bytes_nothing_is_raised(rest: bytes, start: bytes):
    for data in (start + rest, start + struct.pack("<I", 8) + rest, start + struct.pack(">I", 8) + rest):
        assert isinstance(read_tag(data, XMP), bytes)
        changed = with_tag(data, XMP, b"value of a tag")
        assert changed is None or read_tag(changed, XMP) == b"value of a tag"
