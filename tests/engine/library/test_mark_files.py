"""Ratings, tags and notes in the file's own XMP: written, read by others, all else untouched."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from picture_files import ours, pillow, png

from engine.api.errors import CannotSave, UnreadableFile
from engine.library import png_chunks
from engine.library.mark_files import write_marks
from engine.library.marks import Marks, read_marks, with_marks
from engine.library.packets import packet_of, with_packet
from engine.library.pictures import open_picture, read_metadata

MARKS = Marks(
    4, "red", True, ("sea", "dög <&>", "日本"), ("Exhibition", "Best"), "for the wall,\nnot the sofa"
)
LIGHTROOM = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe XMP Core 7.0">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/" xmp:Rating="3" xmp:Label="Blue" crs:Exposure2012="+0.35">
   <dc:subject><rdf:Bag><rdf:li>old</rdf:li></rdf:Bag></dc:subject>
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">Harbour</rdf:li></rdf:Alt></dc:title>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


@pytest.mark.parametrize("format", ["png", "jpeg", "webp", "tiff"])
def test_marks_come_back_and_recipe_and_pixels_stay(tmp_path: Path, format: str):
    path = tmp_path / "one"
    path.write_bytes(ours(format=format))
    before = read_metadata(path), open_picture(path)
    write_marks(path, MARKS)
    assert read_marks(packet_of(path.read_bytes())) == MARKS
    after = read_metadata(path), open_picture(path)
    assert after[0].recipe == before[0].recipe is not None
    assert (after[0].texts, after[0].source_type) == (before[0].texts, before[0].source_type)
    assert np.array_equal(after[1].pixels, before[1].pixels)
    write_marks(path, Marks())
    assert read_marks(packet_of(path.read_bytes())) == Marks()
    assert read_metadata(path).recipe == before[0].recipe


@pytest.mark.parametrize(
    "options",
    [{"format": "WEBP"}, {"format": "WEBP", "lossless": True}, {"format": "JPEG"}, {"format": "TIFF"}],
)
def test_files_that_have_no_xmp_yet(tmp_path: Path, options: dict):
    path = tmp_path / "one"
    path.write_bytes(pillow(size=(30, 20), **options))
    pixels = open_picture(path).pixels
    write_marks(path, MARKS)
    assert read_marks(packet_of(path.read_bytes())) == MARKS
    assert np.array_equal(open_picture(path).pixels, pixels)


def test_every_other_byte_of_a_png_stays(tmp_path: Path):
    odd = png_chunks.chunk(b"prVt", b"\0nobody knows")
    data = (
        png_chunks.with_chunks(png(parameters="a dog", workflow='{"a": NaN}', Comment="\xff"), [odd])
        + b"trailer"
    )
    path = tmp_path / "one.png"
    path.write_bytes(data)
    write_marks(path, MARKS)
    written = path.read_bytes()
    start, end = written.index(b"XML:com.adobe.xmp") - 8, 0
    length = int.from_bytes(written[start : start + 4], "big")
    end = start + 12 + length
    assert written[:start] + written[end:] == data


def test_another_programs_xmp_is_kept_around_ours():
    assert read_marks(LIGHTROOM.encode()) == Marks(3, "blue", False, ("old",))
    packet = with_marks(LIGHTROOM.encode(), MARKS)
    assert read_marks(packet) == MARKS
    text = packet.decode()
    for kept in (
        'crs:Exposure2012="+0.35"',
        "Harbour",
        "xmlns:crs",
        "<xmp:Rating>4</xmp:Rating>",
        "<xmp:Label>Red<",
    ):
        assert kept in text
    assert "old" not in text and "ns0" not in text


def test_pillow_reads_our_rating_as_any_program_does(tmp_path: Path):
    from PIL import Image

    path = tmp_path / "one.png"
    path.write_bytes(ours())
    write_marks(path, MARKS)
    with Image.open(path) as image:
        told = image.getxmp()["xmpmeta"]["RDF"]["Description"]
    assert (told["Rating"], told["Label"], told["subject"]["Bag"]["li"]) == ("4", "Red", list(MARKS.tags))


def test_the_file_keeps_its_time_and_is_not_written_twice(tmp_path: Path):
    path = tmp_path / "one.png"
    path.write_bytes(ours())
    os.utime(path, ns=(10**18, 10**18))
    first = write_marks(path, MARKS)
    assert first.st_mtime_ns == 10**18
    assert write_marks(path, MARKS).st_ino == first.st_ino


def test_a_damaged_packet_is_left_as_it_is(tmp_path: Path):
    path = tmp_path / "one.png"
    path.write_bytes(data := png(**{"XML:com.adobe.xmp": "<x:xmpmeta Rating"}))
    with pytest.raises(UnreadableFile, match="XMP is damaged"):
        write_marks(path, MARKS)
    assert path.read_bytes() == data


def test_what_cannot_be_written_into_says_so(tmp_path: Path):
    note = tmp_path / "one.tif"
    note.write_bytes(data := b"II*\0" + b"\xff" * 60)
    with pytest.raises(UnreadableFile, match="damaged"):
        write_marks(note, MARKS)
    assert note.read_bytes() == data
    with pytest.raises(CannotSave):
        write_marks(tmp_path / "none.png", MARKS)
    with pytest.raises(UnreadableFile, match="64 KiB"):
        with_packet(pillow("JPEG"), b"x" * 70_000, "one.jpg")


def test_another_hand_at_the_same_file_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from engine.library import mark_files

    path = tmp_path / "one.png"
    path.write_bytes(ours(seed=1))
    other, meddled = ours("by another hand", seed=2), []

    def meddle(data: bytes, packet: bytes, name: str) -> bytes:
        whole = with_packet(data, packet, name)
        if not meddled:
            meddled.append(path.write_bytes(other))
        return whole

    monkeypatch.setattr(mark_files, "with_packet", meddle)
    write_marks(path, MARKS)
    metadata = read_metadata(path)
    assert metadata.recipe is not None and metadata.recipe.request.prompt == "by another hand"
    assert read_marks(packet_of(path.read_bytes())) == MARKS


def test_odd_values_are_brought_into_their_range():
    odd = Marks(99, " Red ", True, ("a", "a", " ", "b\0c"), (), "x\ud800")
    assert odd.cleaned() == Marks(5, "red", True, ("a", "b�c"), (), "x�")
    for rating, meant in (("-1", 0), ("4.0", 4), ("many", 0), ("1e999", 0)):
        assert read_marks(LIGHTROOM.replace('Rating="3"', f'Rating="{rating}"').encode()).rating == meant
