"""GLIGEN: places are boxes with a phrase each, told to the network as diffusers' own pipeline does."""

from __future__ import annotations

from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from stock import bare
from tiny_boxes import tiny_gligen
from tiny_references import save_adapter, tiny_adapter, tiny_encoder
from worn import assert_a_mask_is_filled, drawn

from engine.api.control import Control
from engine.api.edit import Edit
from engine.api.events import ImageReady, Step
from engine.api.images import ImageInput
from engine.api.mask import MaskInput
from engine.api.model_info import ModelInfo
from engine.api.references import ReferenceInput
from engine.api.regions import RegionInput
from engine.api.request import Branch, GenerationRequest
from engine.conditioning.boxes import Box, FollowBoxes, box_of, boxed
from engine.conditioning.sentences import Voice
from engine.diffusion import schedulers
from engine.diffusion.tap import NetworkCall
from engine.diffusion.tiled_network import Grid, TiledNetwork
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.picture.picture import KEPT
from engine.tasks import run

STEPS = 4
PIXELS = (np.mgrid[0:64, 0:64, 0:3].sum(axis=0) * np.array([3, 2, 1])).clip(0, 255).astype(np.uint8)


@pytest.fixture(autouse=True)
def nothing_kept():
    KEPT.clear()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tiny_gligen(tmp_path_factory.mktemp("gligen") / "gligen-1-4-generation-text-box")


def ask(info: ModelInfo, **changes: Any) -> GenerationRequest:
    sampling = replace(
        info.defaults.sampling, scheduler="ddim", steps=STEPS, guidance=2.0, seed=7, box_share=0.5
    )
    return info.request("a dog", width=64, height=64, sampling=sampling, **changes)


def place(words: str, left: int, top: int, right: int, bottom: int, weight: float = 1.0) -> RegionInput:
    mask = np.zeros((64, 64), np.uint8)
    mask[top:bottom, left:right] = 255
    return RegionInput(words, MaskInput.of(mask), weight)


PLACES = (place("a cat", 0, 0, 32, 48), place("a red house", 32, 16, 64, 64))
BOXES = [[0.0, 0.0, 0.5, 0.75], [0.5, 0.25, 1.0, 1.0]]


def stock(folder: Path, config: dict[str, Any], phrases: list[str], boxes: list[list[float]]) -> np.ndarray:
    pipeline: Any = diffusers.StableDiffusionGLIGENPipeline.from_pretrained(folder, safety_checker=None)
    pipeline.scheduler = schedulers.build("ddim", config, 7, STEPS)
    bare(pipeline)
    made = pipeline(
        "a dog", gligen_phrases=phrases, gligen_boxes=boxes, gligen_scheduled_sampling_beta=0.5, width=64,
        height=64, num_inference_steps=STEPS, guidance_scale=2.0, return_dict=False,
        generator=torch.Generator().manual_seed(7),
    )  # fmt: skip
    return np.array(made[0][0])


def test_places_are_boxes_whose_picture_is_the_stock_pipeline_s(folder, models):
    info = models.catalog.find(str(folder))
    can = info.capabilities
    assert info.family == "stable_diffusion" and "GLIGEN" in info.variant and can.boxes and can.regions
    assert not can.learns
    request = ask(info, regions=PLACES)
    events = list(run(request, models, Control(wants_previews=False)))
    assert [event.index for event in events if isinstance(event, Step)] == list(range(1, STEPS + 1))
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    config = models.load(info, torch.float32).scheduler_config
    own = stock(folder, config, ["a cat", "a red house"], BOXES)
    assert np.array_equal(made, own) and made.std() > 1
    assert not np.array_equal(drawn(replace(request, regions=()), models), made)
    assert not np.array_equal(drawn(replace(request, regions=PLACES[:1]), models), made)
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 1)), models), made)
    events = run(request, models, Control(wants_previews=False))
    next(event for event in events if isinstance(event, Step))
    events.close()
    assert np.array_equal(drawn(request, models), made)


def test_they_count_in_their_share_of_the_steps_and_by_their_weight(folder, models):
    info = models.catalog.find(str(folder))
    request = ask(info, regions=PLACES)
    made, alone = drawn(request, models), drawn(replace(request, regions=()), models)
    never = replace(request, sampling=replace(request.sampling, box_share=0.0))
    assert np.array_equal(drawn(never, models), alone)
    longer = replace(request, sampling=replace(request.sampling, box_share=1.0))
    assert not np.array_equal(drawn(longer, models), made)
    half = replace(request, regions=tuple(replace(one, weight=0.5) for one in PLACES))
    assert not np.array_equal(drawn(half, models), made)
    empty = replace(request, regions=(*PLACES, place("a tree", 0, 0, 0, 0)))
    assert np.array_equal(drawn(empty, models), made)


def test_it_begins_midway_fills_soft_masks_and_joins_sentences(folder, models):
    info = models.catalog.find(str(folder))
    request = ask(info, regions=PLACES)
    start = ImageInput.of(PIXELS, "drawing.png")
    midway = replace(request, image=start, sampling=replace(request.sampling, strength=0.75))
    assert not np.array_equal(drawn(midway, models), drawn(replace(midway, regions=()), models))
    assert_a_mask_is_filled(request, start, models)
    joined = drawn(replace(request, prompt="a dog AND a hill"), models)
    assert not np.array_equal(joined, drawn(request, models))
    turns = replace(request, regions=(place("[a cat|a red house]", 0, 0, 32, 48),))
    assert not np.array_equal(drawn(turns, models), drawn(replace(request, regions=PLACES[:1]), models))


def test_its_inpainting_kind_is_told_what_is_kept_and_where(models, tmp_path, monkeypatch):
    info = models.catalog.find(str(tiny_gligen(tmp_path / "gligen-1-4-inpainting-text-box", 9)))
    assert info.capabilities.inpainting and info.capabilities.boxes
    assert {"GLIGEN", "inpainting"} <= {*info.variant.split(", ")}
    request = ask(info, regions=PLACES[:1])
    made = drawn(request, models)
    assert made.std() > 1
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)
    told: list[torch.Tensor] = []
    ask_network = diffusers.UNet2DConditionModel.forward

    @wraps(ask_network)
    def listening(network: Any, sample: torch.Tensor, *call: Any, **more: Any) -> Any:
        told.append(sample[-1].clone())
        return ask_network(network, sample, *call, **more)

    monkeypatch.setattr(diffusers.UNet2DConditionModel, "forward", listening)
    mask = np.zeros((64, 64), np.uint8)
    mask[:32, :32] = 255
    start = ImageInput.of(PIXELS, "drawing.png")
    edited = drawn(request.with_edit(start, Edit(mask=MaskInput.of(mask))), models)
    assert np.array_equal(edited[56:, 56:], PIXELS[56:, 56:])
    assert not np.array_equal(edited[:24, :24], PIXELS[:24, :24])
    assert len(told) == STEPS
    for one in told:  # as the stock pipeline lays them: the picture where it is kept, and 1 there
        assert not one[4:8][:, one[8] == 0].any() and one[4:8].any()
        assert 0 < one[8].mean() < 1


def test_it_takes_after_a_picture_by_an_adapter_of_version_1(folder, tmp_path):
    tiny_encoder().save_pretrained(tmp_path / "image_encoder")
    unet = diffusers.UNet2DConditionModel.from_pretrained(folder / "unet")
    save_adapter(tmp_path / "ip-adapter.safetensors", tiny_adapter(unet))
    models = Models(Catalog([tmp_path]), "cpu")
    request = ask(models.catalog.find(str(folder)), regions=PLACES)
    made = drawn(request, models)
    seen = replace(request, references=(ReferenceInput(ImageInput.of(PIXELS, "seen.png")),))
    after = drawn(seen, models)
    assert not np.array_equal(after, made) and not np.array_equal(
        after, drawn(replace(seen, regions=()), models)
    )
    assert np.array_equal(drawn(request, models), made)


def test_a_box_stands_around_what_is_painted_and_each_tile_sees_its_part():
    mask = np.zeros((10, 20), np.uint8)
    assert box_of(mask) is None
    mask[2:5, 4:10] = 200
    mask[0, 0] = 40  # softer than half of it
    assert box_of(mask) == Box(0.2, 0.2, 0.5, 0.5)
    half = Box(0.5, 0.0, 1.0, 1.0)
    assert Box(0.25, 0.5, 0.75, 1.0).seen_in(half) == Box(0.0, 0.5, 0.5, 1.0)
    assert Box(0.0, 0.0, 0.5, 1.0).seen_in(half) is None
    assert box_of(np.full((4, 4), 255, np.uint8)) == Box(0.0, 0.0, 1.0, 1.0)


def test_a_tile_is_told_of_the_boxes_that_it_holds():
    left = np.zeros((8, 16), np.uint8)
    left[:, :8] = 255
    places = boxed([Voice(("a cat",), 1.0, left)], lambda texts: torch.ones(len(texts), 3))
    grid = Grid(8, 16, 8, 0)
    assert grid.count == 2
    asked: list[dict[str, torch.Tensor]] = []

    def network(sample: torch.Tensor, **told: Any) -> Any:
        asked.append(told["cross_attention_kwargs"]["gligen"])
        return (sample,)

    call = NetworkCall((torch.zeros(2, 4, 8, 16),), {}, 1, network)
    for moment in (FollowBoxes(places, 1, True, grid), TiledNetwork(grid)):
        moment.before_network(call)
    call.forward(*call.args, **call.kwargs)
    assert [told["masks"][:, 0].tolist() for told in asked] == [[0, 1], [0, 0]]
    assert asked[0]["boxes"][1, 0].tolist() == [0, 0, 1, 1]
