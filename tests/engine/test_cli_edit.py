"""Edits from the command line: masks in, what was kept and measured out, a sentence where it is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from engine.api.edit import EditKind, EditMode, FillMode, Margins, PlacePrompt, SeamMode
from engine.api.recipe import Recipe
from engine.api.rect import Rect
from engine.cli import main
from engine.library.pictures import open_picture, read_metadata

TOY = ("--model", "toy", "--steps", "2", "--seed", "3")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a picture of a house and a mask over the house."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    Image.fromarray(house()).save("house.png")
    Image.fromarray(house_mask()).save("mask.png")
    return folder


def house(width: int = 160, height: int = 120) -> np.ndarray:
    y, _ = np.mgrid[0:height, 0:width]
    picture = np.stack([120 + y / 2, 160 + y / 4, 230 - y / 3], axis=2).astype(np.uint8)
    picture[80:] = (90, 150, 70)
    cv2.rectangle(picture, (60, 50), (100, 95), (180, 60, 50), -1)
    return picture


def house_mask(width: int = 160, height: int = 120) -> np.ndarray:
    mask = np.zeros((height, width), np.uint8)
    mask[50:96, 60:101] = 255
    return mask


def generate(*words: str, prompt: str = "snow") -> int:
    return main(["generate", *([prompt] if prompt else []), *TOY, *words])


def edit(*words: str) -> int:
    return generate("--image", "house.png", "-o", "out.png", *words)


def recipe_of(path: str | Path = "out.png") -> Recipe:
    recipe = read_metadata(Path(path)).recipe
    assert recipe is not None
    return recipe


def pixels(path: str) -> np.ndarray:
    return open_picture(Path(path)).pixels


def test_white_changes_and_black_stays_and_json_tells_all(capsys):
    assert edit("--mask", "mask.png", "--json") == 0
    told = json.loads(capsys.readouterr().out)["pictures"][0]["edit"]
    assert (told["kept_pixels"], told["kept_changed"]) == (160 * 120 - 46 * 41, 0)
    assert told["changed_pixels"] > 1500
    (place,) = told["places"]
    assert place["working"] and place["crop"]["width"] >= 41
    assert place["seam"]["before"] >= 0 and "after" in place["seam"] and "own" in place["seam"]
    stays = house_mask() == 0
    assert np.array_equal(pixels("out.png")[stays], house()[stays])
    assert not np.array_equal(pixels("out.png"), house())


def test_keep_is_the_other_way_round(capsys):
    assert edit("--mask", "mask.png", "--keep") == 0
    assert "0 of 1,886 kept pixels changed" in capsys.readouterr().err
    stays = house_mask() > 0
    assert np.array_equal(pixels("out.png")[stays], house()[stays])
    assert (pixels("out.png")[~stays] != house()[~stays]).any(axis=1).mean() > 0.5


def test_every_option_reaches_the_edit():
    words = [
        "--mask", "mask.png", "--grow", "2", "--feather", "9", "--paste-feather", "3", "--padding", "20",
        "--fill", "neutral", "--extend", "8,0,16,0", "--seam", "poisson", "--working-size", "128",
        "--place-prompt", "70,60:a red door", "--strength", "0.9",
    ]  # fmt: skip
    assert edit(*words) == 0
    request = recipe_of().request
    told = request.edit
    assert told is not None and told.mask is not None
    assert (told.grow_px, told.feather_px, told.paste_feather_px, told.padding_px) == (2, 9, 3, 20)
    assert (told.fill, told.seam, told.working_side_px) == (FillMode.NEUTRAL, SeamMode.POISSON, 128)
    assert told.extend == Margins(8, 0, 16, 0)
    assert told.places == (PlacePrompt("a red door", 70, 60),)
    assert request.sampling.strength == 0.9
    assert (request.width, request.height) == (160 + 24, 120)
    assert pixels("out.png").shape == (120, 184, 3)


def test_more_canvas_needs_no_mask():
    assert edit("--extend", "0,0,64,0") == 0
    assert np.array_equal(pixels("out.png")[:, :160], house())
    assert generate("--image", "house.png", "-o", "framed.png", "--frame", "-32,-32,64x64") == 0
    assert recipe_of("framed.png").request.edit.frame == Rect(-32, -32, 64, 64)  # type: ignore[union-attr]
    assert pixels("framed.png").shape == (152, 192, 3)


def test_removing_starts_from_what_is_around_and_needs_no_words():
    assert edit("--mask", "mask.png", "-f") == 0
    assert generate("--image", "out.png", "--mask", "mask.png", "--remove", "-o", "gone.png", prompt="") == 0
    request = recipe_of("gone.png").request
    assert request.edit is not None
    assert (request.edit.kind, request.edit.fill) == (EditKind.REMOVE, FillMode.EDGE)
    assert (request.prompt, request.sampling.strength) == ("snow", 1.0)


def test_refining_is_gentle():
    assert edit("--mask", "mask.png", "--refine", "--steps", "5") == 0
    assert recipe_of().request.sampling.strength == 0.3


def test_soft_and_alpha_masks_mean_how_much(here: Path):
    soft = (house_mask() // 2).astype(np.uint8)
    Image.fromarray(soft).save("soft.png")
    rgba = np.zeros((120, 160, 4), np.uint8)
    rgba[..., 3] = soft
    Image.fromarray(rgba).save("alpha.png")
    hashes = []
    for name in ("soft.png", "alpha.png"):
        assert edit("--mask", name, "-f") == 0
        told = recipe_of().request.edit
        assert told is not None and told.mask is not None
        hashes.append(told.mask.sha256)
    assert hashes[0] == hashes[1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--mask", "small.png"), "small.png is 160x100 and the picture 160x120"),
        (("--mask", "turned.png"), "It seems to be turned"),
        (("--mask", "nothing.png"), "nothing.png cannot be opened"),
        (("--mask", "broken.png"), "broken.png cannot be opened"),
        (("--keep",), "keep: says what a mask means; add --mask FILE"),
        (("--mask", "mask.png", "--grow", "-1"), "grow_px: must be a whole number from 0 to 512"),
        (("--mask", "mask.png", "--extend", "1,2"), "extend: must be LEFT,TOP,RIGHT,BOTTOM"),
        (("--mask", "mask.png", "--extend", "99999"), "extend: must be a whole number"),
        (("--mask", "mask.png", "--frame", "here"), "frame: must be X,Y,WIDTHxHEIGHT"),
        (("--mask", "mask.png", "--frame", "0,0,0x0"), "frame: must hold at least one pixel"),
        (("--mask", "mask.png", "--size", "64x64"), "size: an edit is as large as its picture"),
        (("--mask", "mask.png", "--remove", "--refine"), "cannot be combined"),
        (("--mask", "mask.png", "--fill", "magic"), "Invalid value for '--fill'"),
        (("--mask", "mask.png", "--place-prompt", "a", "--place-prompt", "b"), "'b' has no place to go to"),
        (("--mask", "mask.png", "--strength", "0.1"), "strength: 0.1 of 2 steps is less than one"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(words, says: str, capsys):
    Image.fromarray(house_mask()[:100]).save("small.png")
    Image.fromarray(house_mask().T.copy()).save("turned.png")
    Path("broken.png").write_bytes(Path("mask.png").read_bytes()[:60])
    assert edit(*words) in (2, 5)
    assert says in capsys.readouterr().err
    assert not Path("out.png").exists()


def test_an_edit_without_a_picture_is_asked_for_it(capsys):
    assert generate("--mask", "mask.png", "-o", "out.png") == 2
    assert "image: is missing; say which picture to change" in capsys.readouterr().err


@pytest.mark.parametrize("format", ["png", "jpg", "webp"])
def test_an_edit_is_verified_from_its_file_and_its_source(format: str, capsys):
    assert edit("--mask", "mask.png", "--keep", "-o", f"out.{format}") == 0
    assert main(["inspect", f"out.{format}", "--verify", "--image", "house.png", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["verified"]
    assert told["remade_as_recipe"] and told["is_verified"]


def test_an_edit_is_only_verified_from_its_own_source(capsys):
    assert edit("--mask", "mask.png") == 0
    Image.fromarray(255 - house()).save("other.png")
    assert main(["inspect", "out.png", "--verify"]) == 2
    assert "add --image FILE" in capsys.readouterr().err
    assert main(["inspect", "out.png", "--verify", "--image", "other.png"]) == 2
    assert "is not other.png" in capsys.readouterr().err


def test_a_mask_too_large_for_the_recipe_is_given_as_a_file(capsys, monkeypatch):
    monkeypatch.setattr("engine.library.masks.LARGEST_IN_RECIPE", 10)
    assert edit("--mask", "mask.png") == 0
    assert not recipe_of().masks
    assert main(["inspect", "out.png", "--verify", "--image", "house.png"]) == 2
    assert "add --mask FILE" in capsys.readouterr().err
    assert main(["inspect", "out.png", "--verify", "--image", "house.png", "--mask", "mask.png"]) == 0


def test_inspect_tells_what_was_kept(capsys):
    assert edit("--mask", "mask.png", "--keep") == 0
    capsys.readouterr()
    assert main(["inspect", "out.png"]) == 0
    told = capsys.readouterr().out
    assert "kept where painted" in told
    assert "0 of 1,886 kept pixels changed" in told
    assert "worked on at" in told


def test_a_recipes_edit_is_done_again_on_another_picture(capsys):
    assert edit("--mask", "mask.png", "--keep") == 0
    Image.fromarray(255 - house()).save("other.png")
    words = ["generate", "--recipe", "out.png", "--image", "other.png", "-o", "again.png"]
    assert main(words) == 0
    stays = house_mask() > 0
    assert np.array_equal(pixels("again.png")[stays], (255 - house())[stays])
    told = recipe_of("again.png").request.edit
    assert told is not None and told.mode is EditMode.KEEP


def test_as_a_process_of_its_own(here: Path):
    words = [
        "generate",
        "snow",
        *TOY,
        "--image",
        "house.png",
        "--mask",
        "mask.png",
        "--json",
        "-o",
        "out.png",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli", *words], cwd=here, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["pictures"][0]["edit"]["kept_changed"] == 0
    assert done.stderr == ""
