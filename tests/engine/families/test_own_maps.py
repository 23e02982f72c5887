"""Models whose own network reads a map: each draws after it as diffusers' own pipeline does."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image
from stock import bare
from tiny import tiny_sd, tiny_sd_single_file
from tiny_mapped import MAPPED, disc, mapped_folder
from tiny_other import change_of
from worn import assert_a_mask_is_filled, assert_it_is_worn, assert_places_are_followed, drawn

from engine.api.control import Control
from engine.api.errors import BadRequest
from engine.api.events import Finished, ImageReady, Step
from engine.api.form import to_json
from engine.api.images import ImageInput, Pixels
from engine.api.maps import ControlType, MapInput, MapKind
from engine.api.model_info import ModelInfo
from engine.api.request import Branch, GenerationRequest
from engine.diffusion import schedulers
from engine.families.family import Reads
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.models.named.controls import fitting
from engine.picture.picture import KEPT
from engine.tasks import run

STEPS, SIDE = 3, 64
UNSEEN = Control(wants_previews=False)
"""Fitting a preview to each tiny VAE takes longer than all else."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("mapped")
    return {name: mapped_folder(name, root / name) for name in MAPPED}


def drawing() -> ImageInput:
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    return ImageInput.of(np.stack([x * 3, y * 3, 255 - x - y], axis=2).astype(np.uint8), "drawing.png")


def ask(info: ModelInfo, **changes: Any) -> GenerationRequest:
    sampling = replace(info.defaults.sampling, steps=STEPS, guidance=2.0, seed=7)
    maps = (MapInput(info.capabilities.own_maps[0], disc()),)
    return info.request(
        "a dog", negative_prompt="a cat", width=SIDE, height=SIDE, sampling=sampling, maps=maps, **changes
    )  # fmt: skip


def shown(image: ImageInput) -> Image.Image:
    assert image.pixels is not None
    return Image.fromarray(image.pixels)


def flux(request: GenerationRequest) -> dict[str, Any]:
    return {"control_image": shown(request.maps[0].image)}


def cogview4(request: GenerationRequest) -> dict[str, Any]:
    return {"control_image": shown(request.maps[0].image), "negative_prompt": "a cat"}


CALLED: dict[str, Callable[[GenerationRequest], dict[str, Any]]] = {
    "flux1-canny-dev": flux, "cogview4-control": cogview4,
}  # fmt: skip
"""By entry, what else than words, size and guidance its pipeline is called with."""
BY_CHANCE = ("cogview4-control",)
"""Whose stock pipeline draws the map's latents without a seed; here they are the likeliest."""
BEGUN = {"flux1-canny-dev": "FluxControlImg2ImgPipeline"}
"""Those of which diffusers has a pipeline that begins with a picture."""


def stock(
    name: str, folder: Path, request: GenerationRequest, config: dict[str, Any], kind: str = "", **more: Any
) -> Pixels:
    loader: Any = getattr(diffusers, kind) if kind else diffusers.DiffusionPipeline
    pipeline = loader.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
    bare(pipeline)
    sampling = request.sampling
    pipeline.scheduler = schedulers.build(sampling.scheduler, config, sampling.seed, sampling.steps)
    made = pipeline(
        "a dog", width=SIDE, height=SIDE, num_inference_steps=STEPS, guidance_scale=2.0,
        generator=torch.Generator().manual_seed(7), return_dict=False, **CALLED[name](request), **more,
    )  # fmt: skip
    return np.array(made[0][0])


@pytest.mark.parametrize("name", MAPPED)
def test_it_draws_after_its_map_as_its_pipeline_does_and_goes_on(name, folders, models, monkeypatch):
    KEPT.clear()
    info = models.catalog.find(str(folders[name]))
    assert info.family == MAPPED[name][1] and info.capabilities.needs_map and info.capabilities.maps
    request = ask(info)
    events = list(run(request, models, UNSEEN))
    assert [event.index for event in events if isinstance(event, Step)] == list(range(1, STEPS + 1))
    assert isinstance(events[-1], Finished)
    (ready,) = [event for event in events if isinstance(event, ImageReady)]
    made, model = ready.pixels, models.load(info, torch.float32)
    if name in BY_CHANCE:
        chance = diffusers.models.autoencoders.vae.DiagonalGaussianDistribution
        monkeypatch.setattr(chance, "sample", lambda self, generator=None: self.mode())
    assert np.array_equal(made, stock(name, folders[name], request, model.scheduler_config))
    assert made.std() > 1
    (use,) = ready.recipe.controls
    assert (use.type, use.network, use.kind) == (ControlType.MODEL, info.title, request.maps[0].kind)
    other = replace(request, maps=(replace(request.maps[0], image=disc(20, 20)),))
    assert not np.array_equal(drawn(other, models), made)
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)
    KEPT.clear()
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)


@pytest.mark.parametrize("name", MAPPED)
def test_it_begins_with_a_picture_is_cancelled_and_keeps_what_a_mask_holds(name, folders, models):
    info = models.catalog.find(str(folders[name]))
    request = ask(info)
    midway = replace(request, image=drawing(), sampling=replace(request.sampling, strength=0.67))
    steps = run(midway, models, UNSEEN)
    assert next(event.index for event in steps if isinstance(event, Step)) == 1
    steps.close()  # cancelled: nothing of it is in the way of the next
    made = drawn(midway, models)
    if name in BEGUN:
        config = models.load(info, torch.float32).scheduler_config
        own = stock(name, folders[name], midway, config, BEGUN[name], image=shown(drawing()), strength=2 / 3)
        assert np.abs(made.astype(int) - own).max() <= 1
    assert_a_mask_is_filled(midway, drawing(), models)


@pytest.mark.parametrize("name", MAPPED)
def test_it_follows_places_and_wears_loras(name, folders, models):
    info = models.catalog.find(str(folders[name]))
    request = ask(info)
    made = drawn(request, models)
    if info.capabilities.regions:
        assert_places_are_followed(request, models, made)
    model = models.load(info, torch.float32)
    lora = change_of(model.denoiser, folders[name].parent / f"{name}.safetensors", model.denoiser_part)
    assert_it_is_worn(lora, request, models, made)


def problem(request: GenerationRequest, models: Models) -> str:
    with pytest.raises(BadRequest) as refused:
        run(request, models)
    return str(refused.value.data["problem"])


def test_what_it_cannot_follow_is_said_before_anything_is_loaded(folders):
    models = Models(Catalog(), "cpu")
    info = models.catalog.find(str(folders["flux1-canny-dev"]))
    assert info.variant == "Canny" and info.capabilities.own_maps == (MapKind.CANNY,)
    assert info.defaults.sampling.guidance == 30.0 and not info.capabilities.learns
    assert [reader.name for reader in fitting(info, [])] == [info.title]
    request = ask(info)
    (own,) = request.maps
    assert problem(replace(request, maps=()), models) == "no_map"
    assert problem(replace(request, maps=(replace(own, weight=0.0),)), models) == "no_map"
    assert problem(replace(request, maps=(own, own)), models) == "many_own_maps"
    assert problem(replace(request, maps=(replace(own, weight=0.5),)), models) == "whole_map"
    assert problem(replace(request, maps=(replace(own, end=0.5),)), models) == "whole_map"
    assert problem(replace(request, maps=(replace(own, kind=MapKind.POSE),)), models) == "no_control"
    assert models.bytes == 0


def depth_as_stock(folder: Path, request: GenerationRequest, config: dict[str, Any]) -> Pixels:
    """What diffusers' own pipeline makes of the start picture and the map of `request`."""
    pipeline: Any = diffusers.StableDiffusionDepth2ImgPipeline.from_pretrained(folder, local_files_only=True)
    bare(pipeline)
    sampling = request.sampling
    pipeline.scheduler = schedulers.build(sampling.scheduler, config, sampling.seed, sampling.steps)
    near = torch.from_numpy(request.maps[0].image.pixels.copy()).float().mean(dim=2)[None] / 255
    made = pipeline(
        "a dog", image=shown(drawing()), depth_map=near, strength=sampling.strength, guidance_scale=2.0,
        negative_prompt="a cat", num_inference_steps=STEPS, generator=torch.Generator().manual_seed(7),
    )  # fmt: skip
    return np.array(made.images[0])


def test_a_depth_model_keeps_to_how_near_things_are_by_a_map_or_by_what_it_sees(tmp_path, models):
    KEPT.clear()
    folder = tiny_sd(tmp_path / "depth", version=2, reads=Reads.MAP)
    info = models.catalog.find(str(folder))
    assert "depth" in info.variant and info.capabilities.own_maps == (MapKind.DEPTH,)
    assert info.capabilities.needs_map and info.capabilities.draws_own_map and not info.capabilities.learns
    alone = ask(info)
    made = drawn(alone, models)
    assert made.std() > 1 and np.array_equal(drawn(replace(alone, branch=Branch(alone, 0, 2)), models), made)
    request = replace(alone, image=drawing(), sampling=replace(alone.sampling, strength=0.67))
    begun = drawn(request, models)
    config = models.load(info, torch.float32).scheduler_config
    assert np.abs(begun.astype(int) - depth_as_stock(folder, request, config)).max() <= 1
    events = run(replace(request, maps=()), models, UNSEEN)
    (ready,) = [event for event in events if isinstance(event, ImageReady)]
    (seen,) = ready.recipe.request.maps
    assert seen.drawn_by == "depth_estimator" and not seen.is_picture
    assert str(tmp_path) not in json.dumps(to_json(seen))  # nothing of where it lies here
    assert not np.array_equal(ready.pixels, begun)
    assert np.array_equal(drawn(ready.recipe.request, models), ready.pixels)
    assert_places_are_followed(alone, models, made)
    with pytest.raises(BadRequest, match="of the kind depth, or a start picture"):
        run(replace(alone, maps=()), models)


def test_a_depth_model_in_one_file_draws_after_the_artist_s_map(tmp_path, models):
    path = tiny_sd_single_file(tmp_path / "512-depth-ema.safetensors", version=2, reads=Reads.MAP)
    info = models.catalog.find(str(path))
    assert info.capabilities.needs_map and not info.capabilities.draws_own_map
    request = replace(ask(info), width=64, height=64)
    other = replace(request, maps=(replace(request.maps[0], image=disc(20, 20)),))
    assert not np.array_equal(drawn(request, models), drawn(other, models))
    with pytest.raises(BadRequest, match="draws after a map"):
        run(replace(request, maps=(), image=drawing()), models)
