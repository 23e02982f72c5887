"""GLIGEN with pictures: a reference that is bound to a place is the picture of its box, as diffusers' own."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image
from stock import bare
from tiny_boxes import tiny_pictured_gligen
from worn import drawn

from engine.api.edit import Edit
from engine.api.errors import BadRequest, UnsupportedModel
from engine.api.images import Extent, ImageInput
from engine.api.mask import MaskInput
from engine.api.model_info import ModelInfo
from engine.api.references import ReferenceInput, ReferenceScope
from engine.api.regions import RegionInput
from engine.api.request import GenerationRequest
from engine.conditioning.boxes import STYLE, WHOLE, Box, FollowBoxes, shown_in, with_pictures
from engine.diffusion import schedulers
from engine.diffusion.tap import NetworkCall
from engine.diffusion.tiled_network import Grid, TiledNetwork
from engine.models.catalog import Catalog
from engine.picture.picture import KEPT

STEPS = 3
PIXELS = (np.mgrid[0:48, 0:64, 0:3].sum(axis=0) * np.array([3, 2, 1])).clip(0, 255).astype(np.uint8)
OTHER = np.ascontiguousarray(255 - PIXELS[:, ::-1])


@pytest.fixture(autouse=True)
def nothing_kept():
    KEPT.clear()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tiny_pictured_gligen(tmp_path_factory.mktemp("gligen") / "gligen-text-image")


def painted(left: int, top: int, right: int, bottom: int) -> MaskInput:
    mask = np.zeros((64, 64), np.uint8)
    mask[top:bottom, left:right] = 255
    return MaskInput.of(mask)


LEFT, RIGHT = painted(0, 0, 32, 48), painted(32, 16, 64, 64)
WORDS = (RegionInput("a cat", LEFT),)


def seen(pixels: np.ndarray, place: MaskInput | None = None, **more: Any) -> ReferenceInput:
    return ReferenceInput(ImageInput.of(pixels, "seen.png"), place=place, **more)


def ask(info: ModelInfo, **changes: Any) -> GenerationRequest:
    sampling = replace(info.defaults.sampling, scheduler="ddim", steps=STEPS, guidance=2.0, seed=7)
    return info.request("a dog", width=64, height=64, sampling=sampling, **changes)


def stock(folder: Path, config: dict[str, Any], **call: Any) -> np.ndarray:
    pipeline: Any = diffusers.StableDiffusionGLIGENTextImagePipeline.from_pretrained(
        folder, safety_checker=None
    )
    pipeline.scheduler = schedulers.build("ddim", config, 7, STEPS)
    bare(pipeline)
    made = pipeline(
        "a dog", width=64, height=64, num_inference_steps=STEPS, guidance_scale=2.0, return_dict=False,
        generator=torch.Generator().manual_seed(7), **call,
    )  # fmt: skip
    return np.array(made[0][0])


def test_pictures_in_boxes_words_in_boxes_and_both_are_the_stock_pipeline_s(folder, models):
    info = models.catalog.find(str(folder))
    can = info.capabilities
    assert info.family == "stable_diffusion" and "GLIGEN" in info.variant
    assert can.boxes and can.box_pictures and can.references and not can.adapters and not can.learns
    assert info.defaults.sampling.box_share == 1
    request = ask(info, regions=WORDS, references=(seen(PIXELS, LEFT), seen(OTHER, RIGHT)))
    made = drawn(request, models)
    config = models.load(info, torch.float32).scheduler_config
    own = stock(
        folder, config, gligen_phrases=["a cat", "no matter"],
        gligen_images=[Image.fromarray(PIXELS), Image.fromarray(OTHER)], input_phrases_mask=[1, 0],
        gligen_boxes=[[0.0, 0.0, 0.5, 0.75], [0.5, 0.25, 1.0, 1.0]],
    )  # fmt: skip
    assert np.array_equal(made, own) and made.std() > 1
    alone = drawn(replace(request, references=()), models)
    words = stock(folder, config, gligen_phrases=["a cat"], gligen_boxes=[[0.0, 0.0, 0.5, 0.75]])
    assert np.array_equal(alone, words) and not np.array_equal(alone, made)
    fewer = drawn(replace(request, references=request.references[:1]), models)
    half = (request.references[0], seen(OTHER, RIGHT, weight=0.5))
    softer = drawn(replace(request, references=half), models)
    assert not any(
        np.array_equal(one, other) for one, other in ((fewer, made), (softer, made), (softer, fewer))
    )


def test_a_style_counts_everywhere_and_edits_see_their_part(folder, models):
    info = models.catalog.find(str(folder))
    request = ask(info, references=(seen(PIXELS, scope=ReferenceScope.STYLE),))
    made = drawn(request, models)
    config = models.load(info, torch.float32).scheduler_config
    own = stock(folder, config, gligen_images=[Image.fromarray(PIXELS)], gligen_boxes=[[0.0, 1.0, 0.0, 1.0]])
    assert np.array_equal(made, own)
    whole = replace(request, references=(seen(PIXELS),))
    assert not np.array_equal(drawn(whole, models), made)
    start = ImageInput.of(np.tile(PIXELS, (2, 1, 1))[:64], "drawing.png")
    bound = replace(request, references=(seen(OTHER, LEFT),))
    edited = drawn(bound.with_edit(start, Edit(mask=LEFT)), models)
    assert start.pixels is not None
    assert np.array_equal(edited[:, 40:], start.pixels[:, 40:])
    plain = drawn(replace(bound, references=()).with_edit(start, Edit(mask=LEFT)), models)
    assert not np.array_equal(edited, plain)


def test_what_it_cannot_take_over_is_said(folder, models, tmp_path):
    info = models.catalog.find(str(folder))
    for given in (
        seen(PIXELS, scope=ReferenceScope.COMPOSITION),
        seen(PIXELS, LEFT, scope=ReferenceScope.STYLE),
    ):
        with pytest.raises(BadRequest, match="whole pictures into places") as refused:
            drawn(ask(info, references=(given,)), models)
        assert refused.value.data["problem"] == "boxed_references"
    torn = Path(shutil.copytree(folder, tmp_path / "torn"))
    index = json.loads((torn / "model_index.json").read_text())
    index.pop("image_project")
    (torn / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(UnsupportedModel, match="has no image_project"):
        Catalog().find(str(torn))


def test_each_tile_is_told_of_its_pictures_and_of_every_style():
    left = np.zeros((8, 16), np.uint8)
    left[:, :8] = 255
    given = (
        seen(PIXELS, MaskInput.of(left)),
        seen(OTHER, scope=ReferenceScope.STYLE),
        seen(OTHER, MaskInput.of(left * 0)),
        seen(OTHER, weight=0.0),
        seen(OTHER),
    )
    shown = shown_in(given, Extent(16, 8))
    assert [one.box for one in shown] == [Box(0.0, 0.0, 0.5, 1.0), STYLE, WHOLE]
    places = with_pictures((), shown, lambda pictures: torch.ones(len(pictures), 3))
    grid = Grid(8, 16, 8, 0)
    asked: list[dict[str, torch.Tensor]] = []

    def network(sample: torch.Tensor, **told: Any) -> Any:
        asked.append(told["cross_attention_kwargs"]["gligen"])
        return (sample,)

    call = NetworkCall((torch.zeros(2, 4, 8, 16),), {}, 1, network)
    for moment in (FollowBoxes(places, 1, True, grid, pictured=True), TiledNetwork(grid)):
        moment.before_network(call)
    call.forward(*call.args, **call.kwargs)
    assert [told["image_masks"][:, :4].tolist() for told in asked] == [
        [[0, 0, 0, 0], [1, 1, 1, 0]],
        [[0, 0, 0, 0], [0, 1, 1, 0]],
    ]
    assert all(not told["phrases_masks"].any() for told in asked)
    assert asked[1]["boxes"][1, 1].tolist() == list(STYLE)
