"""References and classes on the command line: followed, told, and in the picture's file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tiny import tiny_sd, tiny_unet
from tiny_families import tiny_folder
from tiny_references import save_adapter, tiny_adapter, tiny_encoder

from engine.api.errors import BadRequest
from engine.api.references import ReferenceScope
from engine.cli import main
from engine.cli.references import read_reference
from engine.library.folders import models_folder
from engine.library.pictures import encode_plain, open_picture, read_metadata
from engine.picture import picture


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("models")
    tiny_sd(root / "base")
    tiny_folder("dit", root / "dit")
    tiny_folder("unet2d", root / "unet2d")
    return root


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    picture.KEPT.clear()
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[16:48, 16:48] = (250, 200, 30)
    Path("square.png").write_bytes(encode_plain(pixels))
    Path("large.png").write_bytes(encode_plain(np.kron(pixels, np.ones((32, 32, 1), np.uint8))))
    models_folder().mkdir(parents=True, exist_ok=True)
    save_adapter(models_folder() / "my-adapter.safetensors", tiny_adapter(tiny_unet(1)))
    tiny_encoder().save_pretrained(models_folder() / "image_encoder")
    return tmp_path


def words(models: Path, *more: str, output: str = "made.png") -> list[str]:
    base = ["generate", "a dog", "-m", str(models / "base"), "--size", "64", "--steps", "3", "--seed", "5"]
    return [*base, *more, "-o", output, "-q"]


def test_a_picture_with_a_reference_is_made_again_from_its_file_alone(models: Path, capsys):
    assert main(words(models, "--reference", "square.png:0.7:style")) == 0
    assert main(words(models, output="plain.png")) == 0
    made = open_picture(Path("made.png")).pixels
    assert not np.array_equal(made, open_picture(Path("plain.png")).pixels)
    recipe = read_metadata(Path("made.png")).recipe
    assert recipe is not None
    (given,), (use,) = recipe.request.references, recipe.references
    assert (given.weight, given.scope, use.adapter) == (0.7, ReferenceScope.STYLE, "my-adapter")
    assert main(["generate", "--recipe", "made.png", "-o", "again.png", "-q"]) == 0
    assert np.array_equal(open_picture(Path("again.png")).pixels, made)
    capsys.readouterr()
    assert main(["inspect", "made.png"]) == 0
    assert "square.png, weight 0.7, style alone by my-adapter" in capsys.readouterr().out


def test_a_reference_bound_to_a_place_is_made_again_from_its_file_alone(models: Path, capsys):
    mask = np.zeros((64, 64, 3), np.uint8)
    mask[:, 32:] = 255
    Path("right.png").write_bytes(encode_plain(mask))
    assert main(words(models, "--reference", "square.png:0.7:style:in=right.png")) == 0
    assert main(words(models, "--reference", "square.png:0.7:style", output="whole.png")) == 0
    made = open_picture(Path("made.png")).pixels
    assert not np.array_equal(made, open_picture(Path("whole.png")).pixels)
    Path("right.png").unlink()
    picture.KEPT.clear()
    assert main(["inspect", "--verify", "made.png"]) == 0
    told = capsys.readouterr().out
    assert "style alone, in right.png" in told and "all pixels are the same" in told


def test_what_is_said_wrongly_is_named():
    assert read_reference("square.png@plus:0.5").adapter == "plus"
    assert not read_reference("square.png:0.5:style").joined
    for said in ("square.png:joined", "square.png:0.5:joined", "square.png:0.5:style:in=square.png:joined"):
        assert read_reference(said).joined
    assert (read_reference("large.png").image.width, read_reference("square.png").image.width) == (1024, 64)
    with pytest.raises(BadRequest, match=r"such as dog\.png:0\.6"):
        read_reference("square.png:much")
    with pytest.raises(BadRequest, match="all, style, composition"):
        read_reference("square.png:1:mood")


def test_adapters_and_encoders_are_listed_and_inspected(capsys):
    assert main(["models", "--json"]) == 0
    form = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in form["adapters"]] == ["my-adapter"]
    assert [(one["name"], one["kind"]) for one in form["vision"]] == [("image_encoder", "image-encoder")]
    assert main(["models"]) == 0
    assert "my-adapter  IP-Adapter" in capsys.readouterr().out
    assert main(["inspect", "my-adapter"]) == 0
    assert "an image encoder of width 16" in capsys.readouterr().out
    assert main(["inspect", str(models_folder() / "image_encoder")]) == 0
    assert "CLIPVisionModelWithProjection" in capsys.readouterr().out


def test_a_class_stands_for_the_prompt_and_a_model_without_words_needs_none(models: Path, capsys):
    base = ["generate", "-m", str(models / "dit"), "--steps", "2", "--seed", "1", "-q"]
    assert main([*base, "--class", "church", "-o", "church.png"]) == 0
    assert main([*base, "church", "-o", "said.png"]) == 0
    assert np.array_equal(open_picture(Path("church.png")).pixels, open_picture(Path("said.png")).pixels)
    assert main([*base, "church", "--class", "church", "-o", "both.png"]) != 0
    assert "say one of them" in capsys.readouterr().err
    assert main([*base, "--class", "no such thing at all", "-o", "none.png"]) != 0
    assert main(words(models, "--class", "church")[:1] + words(models, "--class", "church")[2:]) != 0
    assert "say a prompt" in capsys.readouterr().err
    plain = ["generate", "-m", str(models / "unet2d"), "--steps", "2", "--seed", "1", "-q", "-o", "dots.png"]
    assert main(plain) == 0
