"""The lecture's case with the model that ships: a house that stays while its world turns to winter.

A composed drawing, a painted mask over the house that says *keep*, and two prompts in turn: "it's snowing,
everything is covered in snow", then "... and there is a cute beagle smiling while jumping".
"""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from engine.cli import main
from engine.library.pictures import open_picture, read_metadata

SNOW = "it's snowing, everything is covered in snow"
BEAGLE = f"{SNOW} and there is a cute beagle smiling while jumping"
WIDTH, HEIGHT = 300, 220


def drawing() -> np.ndarray:
    """A red house with a pointed roof on a summer meadow."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    picture = np.stack([130 + y / 4, 180 + y / 8, 235 - y / 8], axis=2)
    hills = y > 140 + 12 * np.sin(x / 45)
    picture[hills] = (95, 160, 75)
    picture = picture.astype(np.uint8)
    cv2.circle(picture, (255, 40), 20, (250, 220, 90), -1)
    cv2.rectangle(picture, (95, 95), (185, 180), (185, 70, 55), -1)
    cv2.fillPoly(picture, [np.array([[82, 96], [140, 45], [198, 96]], np.int32)], (100, 45, 35))
    cv2.rectangle(picture, (128, 130), (152, 180), (75, 45, 25), -1)
    for left in (103, 160):
        cv2.rectangle(picture, (left, 108), (left + 17, 125), (240, 230, 160), -1)
    return picture


def painted_mask() -> np.ndarray:
    """The house, painted by hand: a little generous, with a soft edge."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.rectangle(mask, (93, 93), (187, 182), 255, -1)
    cv2.fillPoly(mask, [np.array([[78, 98], [140, 41], [202, 98]], np.int32)], 255)
    return np.maximum(mask, cv2.GaussianBlur(mask, (0, 0), 2))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    Image.fromarray(drawing()).save("house.png")
    Image.fromarray(painted_mask()).save("mask.png")
    return folder


def edit(source: str, prompt: str, output: str, capsys: pytest.CaptureFixture[str]) -> dict:
    """One edit at the command line; what its JSON tells of it."""
    words = ["generate", prompt, "--image", source, "--mask", "mask.png", "--keep", "-o", output]
    assert main([*words, "--steps", "8", "--seed", "4", "--json"]) == 0
    (picture,) = json.loads(capsys.readouterr().out)["pictures"]
    return picture["edit"]


@pytest.mark.slow
def test_the_house_stays_to_the_bit_while_winter_and_a_beagle_come(here: Path, capsys):
    kept = painted_mask() == 255
    winter = edit("house.png", SNOW, "winter.png", capsys)
    beagle = edit("winter.png", BEAGLE, "beagle.png", capsys)
    before = drawing()
    for told, output in ((winter, "winter.png"), (beagle, "beagle.png")):
        picture = open_picture(Path(output)).pixels
        assert picture.shape == before.shape
        assert np.array_equal(picture[kept], drawing()[kept]), "the house"
        assert (told["kept_pixels"], told["kept_changed"]) == (int(kept.sum()), 0)
        changed = (picture != before).any(axis=2)
        assert changed[~kept].mean() > 0.8, "the rest has changed"
        before = picture
    assert main(["inspect", "winter.png", "--verify", "--image", "house.png"]) == 0
    assert main(["inspect", "beagle.png", "--verify", "--image", "winter.png"]) == 0


def test_snow_makes_the_world_lighter_than_no_snow(here: Path, capsys):
    """What the words say is seen: the same edit and seed with snow is lighter than with a night."""
    edit("house.png", SNOW, "winter.png", capsys)
    edit("house.png", "a dark night, black sky", "night.png", capsys)
    around = painted_mask() == 0
    winter, night = (open_picture(Path(name)).pixels[around].mean() for name in ("winter.png", "night.png"))
    assert winter > night
    told = read_metadata(Path("winter.png")).recipe
    assert told is not None and told.edit is not None and told.edit.places[0].seam is not None
