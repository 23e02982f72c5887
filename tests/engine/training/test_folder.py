"""A folder of pictures with captions: read forgivingly, what is broken named and left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from invented import save_zorbis

from engine.api.errors import BadRequest
from engine.api.images import Extent
from engine.api.training import Teaches, TrainRequest
from engine.training.buckets import bucket_of, bucket_sizes, fitted
from engine.training.folder import (
    Lesson,
    Skipped,
    caption_file,
    open_lessons,
    read_folder,
    said_of,
    without_trigger,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_zorbis(tmp_path / "zorbis", 3, 64)


def request(**changes) -> TrainRequest:
    return TrainRequest("starter", "folder", "zorbi", "zorbi.safetensors", **changes)


def test_captions_lie_beside_the_pictures_or_are_typed_in(folder: Path):
    (folder / "zorbi-00.txt").write_text("zorbi on \n the beach", encoding="utf-8")
    (folder / "zorbi-01.caption").write_text("zorbi at night", encoding="utf-8-sig")
    found = read_folder(folder, {"zorbi-01.png": "typed", "zorbi-02.png": ""})
    assert [lesson.caption for lesson in found.lessons] == ["zorbi on the beach", "typed", ""]
    assert read_folder(folder).lessons[1].caption == "zorbi at night"
    assert caption_file(folder / "zorbi-02.png").name == "zorbi-02.txt"


def test_what_is_broken_is_named_and_skipped(folder: Path):
    (folder / "zorbi-00.txt").write_bytes(b"\xff\xfe\x00zorbi")
    (folder / "zorbi-01.txt").write_text("x" * 5000, encoding="utf-8")
    (folder / "torn.png").write_bytes((folder / "zorbi-02.png").read_bytes()[:400])
    (folder / "words.jpg").write_text("no picture", encoding="utf-8")
    save_zorbis(folder / "small", 1, 16)
    (folder / "small" / "zorbi-00.png").rename(folder / "speck.png")
    found = read_folder(folder)
    assert {skipped.name for skipped in found.skipped} == {"zorbi-00.txt", "zorbi-01.txt"}
    opened = {lesson.name: what for lesson, what in open_lessons(found)}
    skipped = {name: what.reason for name, what in opened.items() if isinstance(what, Skipped)}
    assert skipped.keys() == {"torn.png", "words.jpg", "speck.png"}
    assert "too small (16x16)" in skipped["speck.png"]
    assert sum(isinstance(what, np.ndarray) for what in opened.values()) == 3


def test_a_folder_without_pictures_is_said(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("nothing", encoding="utf-8")
    with pytest.raises(BadRequest, match="holds no PNG"):
        read_folder(tmp_path)
    with pytest.raises(BadRequest, match="cannot be read"):
        read_folder(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("caption", "said", "plain"),
    [
        ("", "zorbi toy", "toy"),
        ("a Zorbi on the beach", "a Zorbi on the beach", "a toy on the beach"),
        ("a zorbi toy in snow", "a zorbi toy in snow", "a toy in snow"),
        ("on the beach", "zorbi, on the beach", "on the beach"),
        ("(zorbi:1.3) in [deep] snow <lora:ink:0.5>", "zorbi in deep snow", "toy in deep snow"),
        ("zorbi \\(small\\)", "zorbi (small)", "toy (small)"),
    ],
)
def test_the_trigger_is_always_said_and_its_class_is_what_is_left(caption: str, said: str, plain: str):
    lesson = Lesson(Path("a.png"), caption)
    assert said_of(lesson, request(class_words="toy")) == said
    assert without_trigger(lesson, request(class_words="toy")) == plain


def test_a_style_has_no_class(tmp_path: Path):
    lesson = Lesson(Path("a.png"), "a house, zorbi")
    assert without_trigger(lesson, request(teaches=Teaches.STYLE, class_words="drawing")) == "a house"


def test_a_long_strip_is_scaled_where_it_stays_alone():
    strip = np.zeros((32, 30_000, 3), np.uint8)
    strip[:, 14_984:15_016] = 255
    middle = fitted(strip, Extent(2048, 2048))  # the whole strip at that height would be 12 GB
    assert middle.shape == (2048, 2048, 3) and middle[:, 256:-256].min() == 255


def test_buckets_have_the_area_and_the_grid():
    sizes = bucket_sizes(256, 32)
    assert sizes[0] == Extent(256, 256)
    assert all(width % 32 == 0 and height % 32 == 0 for width, height in sizes)
    assert all(
        0.75 < width * height / 256**2 < 1.25 and max(width / height, height / width) <= 2
        for width, height in sizes
    )
    assert bucket_of(Extent(1000, 1000), sizes) == (256, 256)
    assert bucket_of(Extent(4000, 1000), sizes).width > 300
    tall = bucket_of(Extent(600, 900), sizes)
    assert fitted(np.zeros((900, 600, 3), np.uint8), tall).shape == (tall.height, tall.width, 3)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"trigger": "  "}, "trigger"),
        ({"trigger": "a (word)"}, "trigger"),
        ({"output": "x.pt"}, "output"),
        ({"minutes": 0.0}, "minutes"),
        ({"rank": 0}, "rank"),
        ({"seed": -1}, "seed"),
        ({"folder": ""}, "folder"),
    ],
)
def test_a_wrong_request_names_its_field(changes: dict, field: str):
    from dataclasses import replace

    with pytest.raises(BadRequest) as caught:
        replace(request(), **changes).validated()
    assert caught.value.field == field
