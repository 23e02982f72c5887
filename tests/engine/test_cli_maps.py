"""Maps on the command line: followed, drawn, told, and in the picture's file so that it is made again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tiny import tiny_controlnet, tiny_sd
from tiny_mapped import mapped_folder
from tiny_vision import tiny_vision

from engine.api.errors import BadRequest
from engine.api.maps import MapKind
from engine.cli import main
from engine.cli.maps import read_control
from engine.library import maps
from engine.library.folders import models_folder
from engine.library.pictures import encode_plain, open_picture, read_metadata
from engine.picture import picture


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("models")
    tiny_sd(root / "base")
    tiny_controlnet().save_pretrained(root / "my-canny")
    return root


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    picture.KEPT.clear()
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[16:48, 16:48] = (250, 200, 30)
    Path("square.png").write_bytes(encode_plain(pixels))
    Path("large.png").write_bytes(encode_plain(np.kron(pixels, np.ones((4, 4, 1), np.uint8))))
    return tmp_path


def words(models: Path, *more: str, output: str = "made.png") -> list[str]:
    base = ["generate", "a dog", "-m", str(models / "base"), "--size", "64", "--steps", "3", "--seed", "5"]
    return [*base, *more, "-o", output, "-q"]


def pixels_of(name: str) -> np.ndarray:
    return open_picture(Path(name)).pixels


def test_a_picture_with_a_map_is_made_again_from_its_file_alone(models: Path, capsys):
    control = f"canny@{models / 'my-canny'}:square.png:0.8:0-0.7"
    assert main(words(models, "--control", control)) == 0
    assert main(words(models, output="plain.png")) == 0
    assert not np.array_equal(pixels_of("made.png"), pixels_of("plain.png"))
    recipe = read_metadata(Path("made.png")).recipe
    assert recipe is not None
    (given,), (use,) = recipe.request.maps, recipe.controls
    assert (given.kind, given.weight, given.start, given.end) == (MapKind.CANNY, 0.8, 0.0, 0.7)
    assert use.kind is MapKind.CANNY and len(use.sha256) == 64 and given.image.sha256 in recipe.maps
    Path("square.png").unlink()
    picture.KEPT.clear()
    assert main(["inspect", "--verify", "made.png"]) == 0
    told = capsys.readouterr().out
    assert "canny square.png, weight 0.8, steps 0% to 70%" in told and "all pixels are the same" in told
    assert main(["generate", "--recipe", "made.png", "-o", "again.png", "-q"]) == 0
    assert np.array_equal(pixels_of("again.png"), pixels_of("made.png"))


def test_a_model_that_reads_its_map_by_itself_is_given_it_and_draws_nothing_without(tmp_path, capsys):
    folder = mapped_folder("flux1-canny-dev", tmp_path / "flux1-canny-dev")
    asked = ["generate", "a dog", "-m", str(folder), "--size", "64", "--steps", "2", "--seed", "5", "-q"]
    assert main([*asked, "-o", "none.png"]) == 2
    assert "draws after a map, so give it one of the kind canny" in capsys.readouterr().err
    assert main([*asked, "--control", "canny:square.png", "-o", "made.png"]) == 0
    picture.KEPT.clear()
    assert main(["inspect", "--verify", "made.png"]) == 0
    told = capsys.readouterr().out
    assert "canny square.png, weight 1 by flux1-canny-dev\n" in told and "all pixels are the same" in told
    assert main(["inspect", str(folder)]) == 0
    assert "Canny" in capsys.readouterr().out


def test_an_inpainting_network_is_told_the_mask_and_the_picture_made_again(models: Path, capsys):
    network = models / "control_v11p_sd15_inpaint"
    tiny_controlnet(seed=1).save_pretrained(network)
    mask = np.zeros((64, 64, 3), np.uint8)
    mask[:, 32:] = 255
    Path("mask.png").write_bytes(encode_plain(mask))
    edit = ["--image", "square.png", "--mask", "mask.png"]
    base = ["generate", "a dog", "-m", str(models / "base"), "--steps", "3", "--seed", "5", "-q", *edit]
    assert main([*base, "--control", f"inpaint@{network}:0.8:0-0.7", "-o", "made.png"]) == 0
    assert main([*base, "-o", "plain.png"]) == 0
    assert not np.array_equal(pixels_of("made.png"), pixels_of("plain.png"))
    (given,) = read_metadata(Path("made.png")).recipe.request.maps
    assert (given.kind, given.weight, given.end) == (MapKind.INPAINT, 0.8, 0.7)
    picture.KEPT.clear()
    assert main(["inspect", "--verify", "made.png", "--image", "square.png"]) == 0
    told = capsys.readouterr().out
    assert "inpaint of the mask, weight 0.8, steps 0% to 70%" in told and "all pixels are the same" in told
    assert main(words(models, "--control", f"inpaint@{network}", output="none.png")) == 2
    assert "nothing is painted over" in capsys.readouterr().err
    for option, text in (("--control", "inpaint:square.png"), ("--control-from", "inpaint:square.png")):
        assert main([*base, option, text, "-o", "none.png"]) == 2
        assert "is made of --mask by itself" in capsys.readouterr().err
    assert main(["map", "inpaint", "square.png", "-o", "none.png"]) == 2
    assert not Path("none.png").exists()


def test_a_map_too_large_for_the_recipe_is_asked_for(models: Path, capsys, monkeypatch):
    monkeypatch.setattr(maps, "LARGEST_IN_RECIPE", 10)
    assert main(words(models, "--control", f"canny@{models / 'my-canny'}:square.png")) == 0
    assert read_metadata(Path("made.png")).recipe.maps == {}
    assert main(["inspect", "--verify", "made.png"]) == 2
    assert "add --map FILE" in capsys.readouterr().err
    assert main(["inspect", "--verify", "made.png", "--map", "square.png"]) == 0


def test_a_map_is_drawn_from_a_picture_at_the_size_of_the_canvas(models: Path):
    network = f"canny@{models / 'my-canny'}"
    assert main(["map", "canny", "large.png", "--size", "64", "-o", "edges.png"]) == 0
    assert main(words(models, "--control-from", f"{network}:large.png:1", output="one.png")) == 0
    assert main(words(models, "--control", f"{network}:edges.png:1", output="two.png")) == 0
    assert np.array_equal(pixels_of("one.png"), pixels_of("two.png"))
    given = read_metadata(Path("one.png")).recipe.request.maps[0]
    assert (given.image.width, given.image.height) == (64, 64)


def test_what_cannot_be_read_is_named(models: Path, capsys):
    for text, reason in (
        ("lines", "must be KIND:FILE:WEIGHT"),
        ("hues:square.png", "'hues' is not one of: lines, canny"),
        ("canny:none.png", "none.png"),
        ("canny:square.png:9", "must be 0 to 2"),
        ("canny:square.png:1:0.8-0.2", "must be after the start"),
        ("canny@nothing:square.png", "There is no ControlNet 'nothing'"),
        ("depth@starter/depth:square.png", "is a ControlNet for another model than"),
        ("pose:square.png", "no ControlNet or T2I-Adapter for pose maps fits"),
    ):
        assert main(words(models, "--control", text)) in (2, 3, 4, 5), text
        assert reason in capsys.readouterr().err, text
    network = models / "my-canny"
    assert main(words(models, "--control-from", f"pose@{network}:square.png")) == 2
    assert "paint it in the window" in capsys.readouterr().err
    assert not Path("made.png").exists()


@pytest.mark.parametrize(
    ("text", "network", "name"),
    [("canny@C:/nets/my net.safetensors:square.png:1", "C:/nets/my net.safetensors", "square.png"),
     ("canny@my-canny:square.png", "my-canny", "square.png"), ("canny:./square.png:0.5", "", "square.png")],
)  # fmt: skip
def test_networks_and_files_are_told_apart(text: str, network: str, name: str):
    given = read_control(text, "control")
    assert (given.network, given.image.name) == (network, name)
    with pytest.raises(BadRequest):
        read_control(text.replace("canny", "Canny!"), "control")


def test_a_map_is_saved_as_png_and_overwrites_nothing(capsys):
    assert main(["map", "depth", "square.png", "-o", "near.png"]) == 0
    assert "a guess, without a network" in capsys.readouterr().out
    assert pixels_of("near.png").shape == (64, 64, 3)
    assert main(["map", "lines", "square.png", "-o", "near.png"]) == 9
    assert main(["map", "lines", "square.png", "-o", "near.jpg"]) == 2
    assert main(["map", "pose", "square.png", "-o", "pose.png"]) == 2
    assert main(["map", "lines", "square.png", "-o", "near.png", "--force", "--detail", "1"]) == 0


def test_what_reads_maps_is_listed_and_told(models: Path, capsys):
    assert main(["models", "--json"]) == 0
    controls = {entry["name"]: entry for entry in json.loads(capsys.readouterr().out)["controls"]}
    assert (
        controls["starter/depth"]["kinds"] == ["depth"] and controls["starter/lines"]["type"] == "controlnet"
    )
    assert main(["models"]) == 0
    assert "starter/lines  ControlNet\n    reads lines, 13 MB" in capsys.readouterr().out
    assert main(["inspect", str(models / "my-canny")]) == 0
    assert "32/64" in capsys.readouterr().out


def test_the_starter_follows_a_map_in_a_process_of_its_own():
    """As an artist does it: the words of the guide, the shipped model and map."""
    command = [
        sys.executable, "-m", "engine.cli", "generate", "a house", "--control", "lines:square.png:0.9",
        "--size", "64", "--steps", "1", "--seed", "1", "-o", "house.png", "--json",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    recipe = read_metadata(Path("house.png")).recipe
    assert [use.network for use in recipe.controls] == ["starter/lines"]


def test_a_network_that_is_here_draws_the_map_and_is_told(models: Path, capsys):
    tiny_vision("dpt", models_folder() / "tiny-dpt")
    assert main(["map", "depth", "square.png", "-o", "near.png"]) == 0
    assert "(by tiny-dpt)" in capsys.readouterr().out
    assert main(["map", "depth", "square.png", "-o", "guess.png", "--by", "none"]) == 0
    assert "a guess, without a network" in capsys.readouterr().out
    assert not np.array_equal(pixels_of("near.png"), pixels_of("guess.png"))
    control = f"depth@{models / 'my-canny'}:square.png"
    assert main(words(models, "--control-from", control)) == 0
    recipe = read_metadata(Path("made.png")).recipe
    assert recipe is not None and recipe.request.maps[0].drawn_by == "tiny-dpt"
    assert main(["inspect", "made.png"]) == 0
    assert "drawn by tiny-dpt" in capsys.readouterr().out


def test_the_colours_to_paint_a_segmentation_with_are_listed(capsys):
    assert main(["map", "--classes"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 150 and lines[4].split() == ["4", "#04c803", "tree", "(árbol)"]
