"""Control LoRAs teach FLUX.1 dev to read a map, as diffusers' own loader does, and nothing stays of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from tiny_mapped import control_lora, disc, flux_of_64_channels
from tiny_other import change_of
from worn import drawn

from engine.api.errors import BadRequest, UnsupportedModel
from engine.api.events import ImageReady
from engine.api.learnt import LearntKind, Lora
from engine.api.maps import ControlInfo, ControlType, MapInput, MapKind
from engine.api.request import Branch, GenerationRequest
from engine.diffusion import schedulers
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.models.named.controls import fitting
from engine.picture.picture import KEPT
from engine.tasks import run

NAME = "flux1-canny-dev-lora"


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A folder of models: FLUX.1 dev, a control LoRA for it, and the same as diffusers names it."""
    root = tmp_path_factory.mktemp("models")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        pipeline = flux_of_64_channels()
    pipeline.save_pretrained(root / "flux1-dev")
    (root / "flux1-dev" / "lienzo.json").write_text(json.dumps({"width": 64, "height": 64}))
    change_of(pipeline.transformer, root.parent / "style.safetensors")
    ours, theirs = control_lora(pipeline.transformer)
    save_file(theirs, root / f"{NAME}.safetensors")
    save_file(ours, root / "depth-by-diffusers.safetensors")
    return root


@pytest.fixture(scope="module")
def models(home: Path) -> Iterator[Models]:
    catalog = Catalog([home])
    with catalog.looking():
        yield Models(catalog, "cpu")


def ask(models: Models, network: str = NAME, kind: MapKind = MapKind.CANNY, **map_: Any) -> GenerationRequest:
    info = models.catalog.find("flux1-dev")
    sampling = replace(info.defaults.sampling, steps=3, guidance=3.0, seed=7)
    given = replace(MapInput(kind, disc(), network=network), **map_)
    return info.request("a dog", width=64, height=64, sampling=sampling, maps=(given,))


def stock(home: Path, models: Models, weight: float) -> np.ndarray:
    pipeline: Any = diffusers.FluxControlPipeline.from_pretrained(home / "flux1-dev", local_files_only=True)
    pipeline.load_lora_weights(str(home / "depth-by-diffusers.safetensors"))
    pipeline.set_adapters(pipeline.get_active_adapters(), weight)
    config = models.load(models.catalog.find("flux1-dev"), torch.float32).scheduler_config
    pipeline.scheduler = schedulers.build("euler", config, 7, 3)
    pipeline.set_progress_bar_config(disable=True)
    made = pipeline(
        "a dog", control_image=Image.fromarray(disc().pixels), width=64, height=64, num_inference_steps=3,
        guidance_scale=3.0, generator=torch.Generator().manual_seed(7),
    )  # fmt: skip
    return np.array(made.images[0])


def test_it_is_found_as_what_reads_maps_and_not_as_a_lora(home, models):
    (control,) = [one for one in models.catalog.beside(ControlInfo) if one.name == NAME]
    assert (control.type, control.kinds) == (ControlType.CONTROL_LORA, (MapKind.CANNY,))
    assert (control.widths, control.text_width) == ((32,), 32)
    assert models.catalog.learnt() == []
    info = models.catalog.find("flux1-dev")
    assert {one.name for one in fitting(info, models.catalog.beside(ControlInfo))} == {
        NAME, "depth-by-diffusers",
    }  # fmt: skip
    with pytest.raises(UnsupportedModel, match=f"--control canny@{NAME}:MAP"):
        models.catalog.find_learnt(LearntKind.LORA, NAME)


@pytest.mark.parametrize("weight", [1.0, 0.8])
def test_it_draws_what_diffusers_draws_under_its_makers_names_and_under_diffusers(home, models, weight):
    KEPT.clear()
    plain = drawn(replace(ask(models), maps=()), models)
    request = ask(models, weight=weight)
    (ready,) = [event for event in run(request, models) if isinstance(event, ImageReady)]
    made = ready.pixels
    assert np.abs(made.astype(int) - stock(home, models, weight)).max() <= 1
    assert not np.array_equal(made, plain) and made.std() > 1
    (use,) = ready.recipe.controls
    assert (use.type, use.network, len(use.sha256)) == (ControlType.CONTROL_LORA, NAME, 64)
    assert np.array_equal(
        drawn(ask(models, "depth-by-diffusers", MapKind.DEPTH, weight=weight), models), made
    )
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)
    assert np.array_equal(drawn(replace(request, maps=()), models), plain), "nothing of it stays"


def test_it_is_worn_beside_others_and_follows_another_map_from_a_picture_on(home, models):
    request = ask(models, "", weight=0.8)
    made = drawn(request, models)
    lora = home.parent / "style.safetensors"
    assert not np.array_equal(drawn(replace(request, loras=(Lora(str(lora), 1.0),)), models), made)
    begun = replace(request, image=disc(20, 20), sampling=replace(request.sampling, strength=0.67))
    other = replace(begun, maps=(replace(begun.maps[0], image=disc(40, 40)),))
    assert not np.array_equal(drawn(begun, models), drawn(other, models))
    assert np.array_equal(drawn(request, models), made)


def test_taken_off_the_very_layers_and_weights_are_there_again(home, models):
    drawn(ask(models), models)
    model = models.load(models.catalog.find("flux1-dev"), torch.float32)
    wide = model.denoiser.x_embedder
    assert wide.in_features == 128
    model.wardrobe.wear("", tuple)
    own = model.denoiser.x_embedder
    assert own is wide.own and own.in_features == 64 and not own._forward_hooks
    saved = load_file(home / "flux1-dev" / "transformer" / "diffusion_pytorch_model.safetensors")
    state = model.denoiser.state_dict()
    assert state.keys() == saved.keys()
    assert all(torch.equal(tensor, saved[name]) for name, tensor in state.items())


def test_what_it_cannot_do_is_said(models):
    two = replace(ask(models), maps=ask(models).maps * 2)
    for request, problem in ((two, "many_own_maps"), (ask(models, end=0.5), "whole_steps")):
        with pytest.raises(BadRequest) as refused:
            run(request, models)
        assert refused.value.data["problem"] == problem
