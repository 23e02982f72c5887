"""However a picture came to be, its file alone makes it again: `generate --recipe` and `inspect --verify`."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny import tiny_sd

from engine import tasks
from engine.api.control import Control
from engine.api.events import ImageReady
from engine.api.images import ImageInput
from engine.api.request import Branch, GenerationRequest, Sampling, Speed
from engine.cli import main
from engine.diffusion import preview
from engine.library.pictures import encode_picture, encode_plain, open_picture, read_metadata
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.picture import picture


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tiny_sd(tmp_path_factory.mktemp("models") / "model")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    picture.KEPT.clear()
    return tmp_path


def start_picture() -> ImageInput:
    y, x = np.mgrid[0:64, 0:64]
    pixels = np.stack([x * 4, y * 4, 255 - x * 4], axis=2).astype(np.uint8)
    Path("start.png").write_bytes(encode_plain(pixels))
    return ImageInput.of(pixels, "start.png")


def request_for(case: str, folder: Path) -> tuple[GenerationRequest, Control]:
    plain = GenerationRequest(
        str(folder), "a dog", "a cat", 64, 64, Sampling("dpmpp_2m", 5, guidance=3.0, seed=2**63)
    )
    from_picture = replace(
        plain, image=start_picture(), sampling=replace(plain.sampling, steps=8, strength=0.6)
    )
    control = Control()
    if "stopped" in case:
        control.stop_after(3)
    return {
        "plain": plain,
        "third of three": replace(plain, images=3),
        "weights": replace(plain, prompt="a (dog:1.5) [cat]", negative_prompt="(an:0.3) \\(do\\)"),
        "ancestral": replace(plain, sampling=replace(plain.sampling, scheduler="dpmpp_sde")),
        "fast": replace(plain, speed=Speed.FAST, sampling=replace(plain.sampling, steps=12)),
        "stopped": plain,
        "branch": replace(plain, prompt="a cat", branch=Branch(replace(plain, images=2), 1, 2)),
        "stopped branch": replace(plain, prompt="a cat", branch=Branch(plain, 0, 2)),
        "branch at another speed": replace(plain, speed=Speed.FAST, branch=Branch(plain, 0, 2)),
        "branch into other steps": replace(
            plain, sampling=replace(plain.sampling, steps=9), branch=Branch(plain, 0, 3)
        ),
        "from a picture": from_picture,
        "stopped from a picture": from_picture,
        "branch of one from a picture": replace(
            from_picture, image=None, prompt="a cat", branch=Branch(from_picture, 0, 2)
        ),
    }[case], control


CASES = [
    "plain", "third of three", "weights", "ancestral", "fast", "stopped", "branch", "stopped branch",
    "branch at another speed", "branch into other steps", "from a picture",
    "stopped from a picture", "branch of one from a picture",
]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_picture_is_made_again_from_its_file(case: str, folder: Path, capsys):
    request, control = request_for(case, folder)
    models = Models(Catalog(), device="cpu")
    made = [event for event in tasks.run(request, models, control) if isinstance(event, ImageReady)][-1]
    assert made.recipe.stopped_at == (3 if "stopped" in case else None)
    Path("first.png").write_bytes(encode_picture(made.pixels, made.recipe))
    image = ["--image", "start.png"] if "picture" in case else []
    picture.KEPT.clear()
    assert main(["generate", "--recipe", "first.png", *image, "-o", "second.png", "-q"]) == 0
    assert np.array_equal(open_picture(Path("second.png")).pixels, made.pixels)
    picture.KEPT.clear()
    assert main(["inspect", "--verify", "second.png", *image]) == 0
    assert "all pixels are the same" in capsys.readouterr().out


@pytest.mark.parametrize("case", ["from a picture", "branch of one from a picture"])
def test_a_start_picture_that_is_missing_or_another_is_named(case: str, folder: Path, capsys):
    request, control = request_for(case, folder)
    made = [
        event
        for event in tasks.run(request, Models(Catalog(), device="cpu"), control)
        if isinstance(event, ImageReady)
    ][-1]
    Path("first.png").write_bytes(encode_picture(made.pixels, made.recipe))
    capsys.readouterr()
    needed = f"start.png (64x64, pixels {start_picture().sha256[:12]})"
    assert main(["inspect", "--verify", "first.png"]) == 2
    assert f"{needed}, which it does not hold; add --image FILE" in capsys.readouterr().err
    assert main(["inspect", "--verify", "first.png", "--image", "first.png"]) == 2
    assert f"{needed}, which is not first.png" in capsys.readouterr().err
    assert main(["generate", "--recipe", "first.png", "-o", "second.png"]) == 2
    assert needed in capsys.readouterr().err


@pytest.mark.parametrize("name", ["first.jpg", "first.webp"])
def test_a_lossy_file_is_verified_by_its_recipe_and_that_is_said(name: str, folder: Path, capsys):
    words = ["generate", "a dog", "-m", str(folder), "--size", "64", "--steps", "2"]
    assert main([*words, "--seed", "5", "-o", name]) == 0
    capsys.readouterr()
    assert main(["inspect", "--verify", name]) == 0
    out = capsys.readouterr().out
    assert "all pixels are those that the recipe promises. This file keeps them only nearly" in out
    assert main(["generate", "--recipe", name, "-o", "again.png"]) == 0
    recipe = read_metadata(Path(name)).recipe
    assert recipe is not None
    assert read_metadata(Path("again.png")).recipe.pixels_sha256 == recipe.pixels_sha256
    other = 255 - open_picture(Path(name)).pixels
    Path(name).write_bytes(encode_picture(other, recipe, "jpeg" if name.endswith("jpg") else "webp"))
    assert main(["inspect", "--verify", name]) == 10
    assert "the file was changed afterwards" in capsys.readouterr().out


def test_a_lossless_webp_is_held_to_every_pixel(folder: Path, capsys):
    models = Models(Catalog(), device="cpu")
    request = GenerationRequest(str(folder), "a dog", "", 64, 64, Sampling("euler", 2))
    made = [event for event in tasks.run(request, models) if isinstance(event, ImageReady)][-1]
    pixels = made.pixels.copy()
    Path("a.webp").write_bytes(encode_picture(pixels, made.recipe, "webp", 100))
    assert main(["inspect", "--verify", "a.webp"]) == 0
    assert "all pixels are the same" in capsys.readouterr().out
    pixels[0, 0, 0] ^= 1
    Path("a.webp").write_bytes(encode_picture(pixels, made.recipe, "webp", 100))
    assert main(["inspect", "--verify", "a.webp"]) == 10


def test_a_model_that_was_moved_is_named_and_its_pictures_are_made_again(folder: Path, capsys):
    moved = shutil.copytree(folder, "old place")
    request = replace(request_for("branch", folder)[0], model="old place")
    origin = replace(request.branch.origin, model="old place")
    request = replace(request, branch=replace(request.branch, origin=origin))
    models = Models(Catalog(), device="cpu")
    made = [event for event in tasks.run(request, models) if isinstance(event, ImageReady)][-1]
    Path("first.png").write_bytes(encode_picture(made.pixels, made.recipe))
    shutil.move(moved, "new place")
    assert main(["inspect", "--verify", "first.png"]) == 3
    assert "old place" in capsys.readouterr().err
    assert main(["inspect", "--verify", "first.png", "--model", "new place"]) == 0
    assert main(["generate", "--recipe", "first.png", "--model", "new place", "-o", "again.png"]) == 0
    assert np.array_equal(open_picture(Path("again.png")).pixels, made.pixels)


def test_previews_are_only_made_where_they_are_kept(folder: Path, own_home: Path):
    words = ["generate", "a dog", "-m", str(folder), "--size", "64", "--steps", "2", "--seed", "5", "-q"]
    assert main([*words, "-o", "without.png"]) == 0
    assert not (own_home / "cache" / "previews").exists()
    preview._ready.clear()
    assert main([*words, "-o", "with.png", "--steps-to", "steps"]) == 0
    assert (own_home / "cache" / "previews").exists()
    assert len(list(Path("steps").iterdir())) == 2
    assert np.array_equal(open_picture(Path("without.png")).pixels, open_picture(Path("with.png")).pixels)
