"""`lienzo select`: a mask of a thing as a file, or a sentence that says what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tiny_segmenters import save_segmenter

from engine.cli import main
from engine.library.masks import open_mask
from engine.library.pictures import encode_plain


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    pixels = np.random.default_rng(1).integers(0, 256, (60, 100, 3), np.uint8)
    Path("photo.png").write_bytes(encode_plain(pixels))
    return tmp_path


def covered(name: str) -> np.ndarray:
    mask = open_mask(Path(name))
    whole = np.zeros((mask.height, mask.width), np.uint8)
    assert mask.pixels is not None
    whole[mask.bounds.top : mask.bounds.bottom, mask.bounds.left : mask.bounds.right] = mask.pixels
    return whole


def test_a_box_and_points_become_a_mask_of_the_picture_s_size(capsys):
    save_segmenter(Path("sam"))
    words = ["select", "photo.png", "--box", "10,6,50,26", "--point", "30,15", "--not", "48,24"]
    assert main([*words, "-m", "sam", "-o", "mask.png", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    mask = covered("mask.png")
    assert mask.shape == (60, 100) == (told["height"], told["width"])
    assert told["covered"] == pytest.approx((mask >= 128).mean())
    assert main([*words, "-m", "sam", "-o", "rest.png", "--invert"]) == 0
    assert np.array_equal(covered("rest.png"), 255 - mask)
    assert "of the picture, score" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["-o", "m.jpg", "--point", "1,2"], 2, "name it m.png"),
        (["-o", "m.png"], 2, "box: is missing"),
        (["-o", "m.png", "--box", "1,2,3"], 2, "box: must be 4 numbers such as 100,60,300,240"),
        (["-o", "m.png", "--point", "x,2"], 2, "point: must be 2 numbers"),
        (
            ["-o", "m.png", "--point", "1,2"],
            3,
            "There is no segmenter ''; there is none here yet.",
        ),
        (["-o", "photo.png", "--point", "1,2"], 9, "photo.png"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(words: list[str], code: int, said: str, capsys):
    before = Path("photo.png").read_bytes()
    assert main(["select", "photo.png", *words]) == code
    assert said in capsys.readouterr().err
    assert not Path("m.png").exists()
    assert Path("photo.png").read_bytes() == before
