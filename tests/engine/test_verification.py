"""Making a picture again tells whether it is the same, and if not, what differs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny import tiny_sd

from engine import tasks
from engine.api.control import Control
from engine.api.events import ImageReady
from engine.api.recipe import Recipe
from engine.api.request import GenerationRequest, Sampling
from engine.library.pictures import encode_picture
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.verification import Verdict, measure, verify


def make(request: GenerationRequest, models: Models, control: Control | None = None) -> ImageReady:
    return next(event for event in tasks.run(request, models, control) if isinstance(event, ImageReady))


def check(made: ImageReady, recipe: Recipe, models: Models, folder: Path, format="png") -> Verdict:
    path = folder / f"picture.{format}"
    path.write_bytes(encode_picture(made.pixels, recipe, format=format))
    return verify(path, recipe, recipe.request, models)


@pytest.fixture
def models() -> Models:
    return Models(Catalog(), device="cpu")


def toy(**sampling) -> GenerationRequest:
    return GenerationRequest("toy", "a cat", width=64, height=64, sampling=Sampling("euler", 8, **sampling))


def test_the_same_pixels_are_verified(models: Models, tmp_path: Path):
    made = make(toy(seed=1), models)
    verdict = check(made, made.recipe, models, tmp_path)
    assert verdict.is_same
    assert verdict.file_is_as_saved
    assert verdict.differences == ()
    assert "all pixels are the same" in verdict.text()


def test_another_seed_in_the_recipe_gives_other_pixels(models: Models, tmp_path: Path):
    made = make(toy(seed=1), models)
    forged = replace(made.recipe, request=toy(seed=2))
    verdict = check(made, forged, models, tmp_path)
    assert not verdict.is_same
    assert verdict.file_is_as_saved
    assert not verdict.remade_as_recipe
    assert 0 < verdict.different_pixels <= verdict.pixels == 64 * 64
    assert "Nothing that the recipe records differs" in verdict.text()


def test_another_version_is_named(models: Models, tmp_path: Path):
    made = make(toy(seed=1), models)
    older = replace(made.recipe, environment=replace(made.recipe.environment, lienzo="0.0.1"))
    verdict = check(replace(made, pixels=255 - made.pixels), older, models, tmp_path)
    assert any(line.startswith("environment.lienzo: 0.0.1 -> ") for line in verdict.differences)


def test_a_jpeg_is_told_to_have_lost_detail_only(models: Models, tmp_path: Path):
    made = make(toy(seed=1), models)
    verdict = check(made, made.recipe, models, tmp_path, "jpeg")
    assert verdict.remade_as_recipe
    assert verdict.is_lossy
    assert verdict.is_verified
    assert not verdict.is_same
    assert "keeps them only nearly" in verdict.text()


def test_a_picture_that_was_stopped_is_stopped_there_again(models: Models, tmp_path: Path):
    control = Control()
    control.stop_after(3)
    made = make(toy(seed=1), models, control)
    assert made.recipe.stopped_at == 3
    assert check(made, made.recipe, models, tmp_path).is_same


def test_a_real_network_makes_the_same_pixels_again(models: Models, tmp_path: Path):
    folder = tiny_sd(tmp_path / "model")
    request = models.catalog.find(str(folder)).request("a cat")
    request = replace(request, sampling=replace(request.sampling, scheduler="euler_a", steps=3, seed=2**40))
    made = make(request, models)
    assert check(made, made.recipe, Models(Catalog(), device="cpu"), tmp_path).is_same


def test_what_differs_is_measured():
    old = np.zeros((2, 3, 3), np.uint8)
    new = old.copy()
    new[0, 0] = (0, 7, 3)
    assert measure(old, new) == (1, 7, pytest.approx(10 / 18))
    assert measure(old, old) == (0, 0, 0.0)
    assert measure(old, new[:1])[0] == -1
