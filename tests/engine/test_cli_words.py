"""The language of prompts on the command line: drawn, placed, told, with a caret under what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tiny import tiny_sd

from engine.api.errors import BadRequest
from engine.cli import main
from engine.cli.caret import pointed
from engine.cli.regions import read_region
from engine.library.pictures import encode_plain, read_metadata
from engine.picture import picture


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("models")
    tiny_sd(root / "base")
    return root / "base"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIENZO_HOME", str(tmp_path / "home"))
    lists = tmp_path / "home" / "prompts" / "wildcards"
    lists.mkdir(parents=True)
    (lists / "colour.txt").write_text("red\nblue\ngreen\n", "utf-8")
    picture.KEPT.clear()
    left = np.zeros((64, 64, 3), np.uint8)
    left[:, :32] = 255
    Path("left.png").write_bytes(encode_plain(left))


def typed(model: Path, prompt: str, *more: str) -> list[str]:
    base = ["generate", prompt, "-m", str(model), "--size", "64", "--steps", "3", "--seed", "5"]
    return [*base, *more, "-o", "made.png", "-q"]


def test_a_drawn_prompt_is_in_the_recipe_as_written_and_as_drawn_and_made_again(model, capsys):
    prompt = "a __colour__ {dog|cat}"
    assert main(typed(model, prompt, "--style", "watercolour", "--images", "2")) == 0
    recipes = [read_metadata(path).recipe for path in sorted(Path().glob("made*.png"))]
    assert len(recipes) == 2
    for recipe in recipes:
        assert recipe.request.written.prompt == prompt and "watercolour of a" in recipe.request.prompt
        assert not {*"{_"} & {*recipe.request.prompt}
    first = sorted(Path().glob("made*.png"))[0]
    (Path("home") / "prompts" / "wildcards" / "colour.txt").unlink()  # what was drawn is in the file
    assert main(["inspect", str(first), "--verify"]) == 0
    assert main(["inspect", str(first)]) == 0
    assert prompt in capsys.readouterr().out
    assert main(["generate", "--recipe", str(first), "-n", "fog", "-o", "other.png", "-q"]) == 2
    assert "colour" in capsys.readouterr().err, "other words are drawn anew"


def test_a_region_is_followed_recorded_and_verified(model, capsys):
    assert main(typed(model, "a dog", "--region", "left.png:0.9=a red cat")) == 0
    recipe = read_metadata(Path("made.png")).recipe
    (region,) = recipe.request.regions
    assert (region.prompt, region.weight, region.mask.name) == ("a red cat", 0.9, "left.png")
    Path("left.png").unlink()
    assert main(["inspect", "made.png", "--verify"]) == 0
    assert "a red cat" in capsys.readouterr().out


def test_what_cannot_be_read_has_a_caret_under_it(model, capsys):
    assert main(typed(model, "a 猫 __nothing__ dog")) == 2
    line, caret = capsys.readouterr().err.rstrip("\n").split("\n")[-2:]
    assert line == "  a 猫 __nothing__ dog" and caret == "       ^" + "~" * 10
    assert main([*typed(model, "a dog <lora:x:y>"), "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert told["data"]["problem"] == "lora_mark" and told["data"]["start"] == 6
    long = BadRequest("prompt", "is wrong", typed="x" * 200 + "{" + "y" * 200, start=200, end=201)
    shown, mark = pointed(long).strip("\n").split("\n")
    assert shown[mark.index("^")] == "{" and len(shown) < 80


@pytest.mark.parametrize("text", ["left.png", "=a cat", "left.png:x=a cat", "left.png="])
def test_a_region_that_cannot_be_read_says_how_it_is_written(text):
    with pytest.raises(BadRequest, match="MASK:WEIGHT=WORDS"):
        read_region(text)


def test_words_tell_what_is_there_and_how_a_prompt_is_read(model, capsys):
    assert main(["words", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["lists"] == ["colour"] and any("Watercolour" in one for one in told["styles"])
    assert main(["words", "(a:1.2) [dog|cat] AND b :0.5", "-m", str(model), "--steps", "4", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["sentences"] == ["1  (a:1.2) [dog|cat]", "0.5  b"]
    assert [line.split("  ")[0] for line in told["steps"]] == ["1", "2", "3", "4", "1-4"]
    assert main(["words", "a {b", "-m", str(model)]) == 2
    assert "^" in capsys.readouterr().err
