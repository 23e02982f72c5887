"""`lienzo upscale`: by a network, by Lanczos, refined; alpha, recipe, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tiny import tiny_sd
from tiny_diffusion_upscalers import x4
from tiny_stages import saved
from tiny_upscalers import SRVGG, tiny_upscaler

from engine.cli import main
from engine.library.folders import settings_file
from engine.library.pictures import encode_image, open_layer, read_metadata
from engine.picture import picture


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    picture.KEPT.clear()
    pixels = np.zeros((20, 30, 4), np.uint8)
    pixels[..., :3] = 120
    pixels[:, 15:, 3] = 255
    Path("holed.png").write_bytes(encode_image(pixels))
    Path("plain.png").write_bytes(encode_image(pixels[..., :3]))
    return tmp_path


def test_a_network_enlarges_and_the_file_says_by_what(capsys):
    tiny_upscaler(Path("compact.safetensors"), SRVGG)
    words = [
        "upscale",
        "plain.png",
        "--model",
        "compact.safetensors",
        "--scale",
        "2",
        "-o",
        "larger.png",
        "--json",
    ]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert Path(told["paths"][0]).name == "larger.png"
    assert open_layer(Path("larger.png")).rgb.shape == (40, 60, 3)
    recipe = read_metadata(Path("larger.png")).recipe
    assert recipe is not None and recipe.upscale is not None and recipe.request.upscale is not None
    assert recipe.upscale.network == "compact.safetensors" and len(recipe.model_sha256) == 64
    assert main(words) == 9  # it exists, and is left
    assert main([*words, "--force"]) == 0


def test_a_diffusion_model_is_told_words_steps_seed_and_noise(tmp_path: Path, capsys):
    saved({"x4": x4}, tmp_path)
    words = ["upscale", "plain.png", "-m", "x4", "--scale", "4", "-o", "larger.png", "-q", "--no-refine"]
    told = ["-p", "a dog", "--steps", "1", "--seed", "7", "--noise-level", "30"]
    assert main([*words, *told]) == 0
    recipe = read_metadata(Path("larger.png")).recipe
    assert recipe is not None and recipe.request.upscale is not None
    assert (recipe.request.prompt, recipe.request.sampling.seed) == ("a dog", 7)
    assert (recipe.request.upscale.steps, recipe.request.upscale.noise_level) == (1, 30)
    assert main(["upscale", "plain.png", "--no-refine", "--noise-level", "30", "-q", "--force"]) == 2
    assert "noise" in capsys.readouterr().err


def test_alpha_is_kept_and_a_jpeg_is_laid_on_white(capsys):
    assert main(["upscale", "holed.png", "--no-refine", "-o", "larger.png", "-q"]) == 0
    alpha = open_layer(Path("larger.png")).alpha
    assert alpha is not None and alpha[:, :28].max() == 0 and alpha[:, 32:].min() == 255
    assert main(["upscale", "holed.png", "--no-refine", "-o", "larger.jpg", "-q"]) == 0
    assert open_layer(Path("larger.jpg")).rgb[:, :20].min() > 250


def test_without_a_network_that_is_said_and_the_model_refines(tmp_path: Path, capsys):
    tiny_sd(tmp_path / "base")
    words = ["upscale", "plain.png", "--refine-model", str(tmp_path / "base"), "-o", "larger.png"]
    assert main([*words, "--steps", "4", "--strength", "0.5", "--seed", "7", "-p", "a dog"]) == 0
    said = capsys.readouterr().err
    assert "30x20 to 60x40 by Lanczos" in said and "strength 0.5" in said
    recipe = read_metadata(Path("larger.png")).recipe
    assert recipe is not None and (recipe.request.prompt, recipe.request.sampling.seed) == ("a dog", 7)
    assert recipe.request.sampling.steps == 4


def test_the_only_network_of_the_folders_is_taken(tmp_path: Path, capsys):
    tiny_upscaler(tmp_path / "models" / "compact.safetensors", SRVGG)
    settings_file().parent.mkdir(parents=True, exist_ok=True)
    settings_file().write_text(json.dumps({"model_folders": [str(tmp_path / "models")]}))
    assert main(["upscale", "plain.png", "-o", "larger.png"]) == 0
    assert "by compact." in capsys.readouterr().err
    recipe = read_metadata(Path("larger.png")).recipe
    assert recipe is not None and recipe.request.upscale is not None and not recipe.request.upscale.refine


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--scale", "40"], 2, "scale"),
        (["--strength", "0.3", "--no-refine"], 2, "--refine"),
        (["--model", "nothing"], 3, "no upscaling network"),
        (["--refine-model", "toy"], 2, "cannot refine"),
        (["-o", "larger.gif"], 2, "larger.gif"),
    ],
)
def test_what_is_wrong_is_named(words: list[str], code: int, said: str, capsys):
    assert main(["upscale", "plain.png", *words]) == code
    assert said in capsys.readouterr().err
