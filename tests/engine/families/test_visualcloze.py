"""VisualCloze does with a picture what pairs of others show, as diffusers' own pipeline does."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image
from stock import bare
from tiny_families import flux_fill
from tiny_other import change_of
from worn import assert_it_is_worn

from engine.api.control import Control
from engine.api.edit import Edit
from engine.api.errors import BadRequest
from engine.api.events import ImageReady, Step
from engine.api.images import ImageInput
from engine.api.model_info import ModelInfo
from engine.api.references import ReferenceInput
from engine.api.request import Branch, GenerationRequest
from engine.api.upscale import Upscale
from engine.diffusion import preview, schedulers
from engine.models.cache import Models
from engine.picture.picture import KEPT
from engine.tasks import run
from engine.upscaling import enlarge
from engine.upscaling.seam import with_colours_of

STEPS, SIDE = 2, 64
UNSEEN = Control(wants_previews=False)
TASK, CONTENT = "each row makes a drawing of a photo", "a dog"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("visualcloze") / "rows"
    with torch.random.fork_rng():
        torch.manual_seed(0)
        stock: Any = diffusers.VisualClozePipeline
        stock(**flux_fill().components, resolution=SIDE).save_pretrained(place)
    index = json.loads((place / "model_index.json").read_text())
    assert index["_class_name"] == "VisualClozePipeline"
    return place


def drawing(turn: int = 0) -> ImageInput:
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    pixels = np.rot90(np.stack([x * 3, y * 3, 255 - x - y], axis=2).astype(np.uint8), turn)
    return ImageInput.of(np.ascontiguousarray(pixels), "drawing.png")


def shown(turn: int = 0) -> Image.Image:
    return Image.fromarray(np.array(drawing(turn).pixels))


def ask(info: ModelInfo, pictures: int = 2) -> GenerationRequest:
    sampling = replace(info.defaults.sampling, steps=STEPS, seed=7)
    given = tuple(ReferenceInput(drawing(turn + 1)) for turn in range(pictures))
    return info.request(f"{TASK}\n{CONTENT}", sampling=sampling, image=drawing(), references=given)


def pixels_of(request: GenerationRequest, models: Models) -> np.ndarray:
    (made,) = [event for event in run(request, models, UNSEEN) if isinstance(event, ImageReady)]
    return made.pixels


def test_what_the_pairs_show_is_done_as_the_stock_pipeline_does_it(folder, info, models, monkeypatch):
    monkeypatch.setattr(preview, "MOST_SAMPLES", 4)
    assert info.family == "visualcloze" and info.own_extent == (SIDE, SIDE)
    assert info.capabilities.references == 7 and info.capabilities.reference_pairs
    request = ask(info)
    events = list(run(request, models))
    previews = [event.preview for event in events if isinstance(event, Step)]
    assert len(previews) == STEPS and all(
        one is not None and one.shape[0] == one.shape[1] for one in previews
    )
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    stock: Any = diffusers.VisualClozeGenerationPipeline.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True
    )
    bare(stock)
    config = models.load(info, torch.float32).scheduler_config
    stock.scheduler = schedulers.build("euler", config, 7, STEPS)
    (own,) = stock(
        task_prompt=TASK, content_prompt=CONTENT, image=[[shown(1), shown(2)], [shown(), None]],
        num_inference_steps=STEPS, guidance_scale=30.0, generator=torch.Generator().manual_seed(7),
    ).images[0]  # fmt: skip
    assert made.shape == (SIDE, SIDE, 3) and np.abs(made.astype(int) - np.array(own)).max() <= 1
    branch = replace(request, image=None, branch=Branch(request, 0, 1))
    assert np.array_equal(pixels_of(branch, models), made)
    KEPT.clear()
    assert np.array_equal(pixels_of(branch, models), made)


@pytest.mark.parametrize("words", [f"{TASK}\n{CONTENT}", CONTENT])
def test_it_is_made_larger_as_the_stock_pipeline_s_second_step_does_it(folder, info, models, words):
    """All of it is drawn anew by FLUX.1 Fill, after what the picture shows; each step is seen."""
    ask_for = info.request(words)
    ask_for = replace(ask_for, sampling=replace(ask_for.sampling, steps=4, strength=0.5, seed=3))
    request = ask_for.with_upscale(drawing(), Upscale(2.0, refine=True, tile_px=2 * SIDE))
    events = list(run(request, models, UNSEEN))
    assert [event.index for event in events if isinstance(event, Step)] == [1, 2]
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    larger = enlarge.lanczos(np.array(drawing().pixels), (2 * SIDE, 2 * SIDE))
    stock: Any = diffusers.VisualClozePipeline.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True, resolution=SIDE
    )
    bare(stock)
    second = stock.upsampling_pipe
    second.scheduler = schedulers.build("euler", models.load(info, torch.float32).scheduler_config, 3, 4)
    white = Image.new("RGB", (2 * SIDE, 2 * SIDE), "white")
    own = second(
        prompt=CONTENT, image=Image.fromarray(larger), mask_image=white, height=2 * SIDE, width=2 * SIDE,
        strength=0.5, num_inference_steps=4, guidance_scale=30.0,
        generator=torch.Generator().manual_seed(3),
    ).images[0]  # fmt: skip
    assert np.abs(made.astype(int) - with_colours_of(larger, np.array(own))).max() <= 1
    assert pixels_of(ask(info), models).shape == (SIDE, SIDE, 3), "and it fills rows as before"


def test_two_pairs_show_more_and_any_size_is_drawn(info, models):
    request = replace(ask(info, 4), width=96, height=48)
    made = pixels_of(request, models)
    assert made.shape == (48, 96, 3)
    assert not np.array_equal(made, pixels_of(replace(request, references=request.references[:2]), models))


def test_a_lora_is_worn(info, models, tmp_path):
    request = ask(info)
    lora = change_of(models.load(info, torch.float32).denoiser, tmp_path / "lora.safetensors")
    assert_it_is_worn(lora, request, models, pixels_of(request, models))


def test_what_is_missing_is_said(info, models):
    request = ask(info)
    for wrong, problem in (
        (replace(request, references=request.references[:1]), "pairs"),
        (replace(request, references=()), "no_reference"),
        (replace(request, image=None), "no_picture"),
        (ask(info, 8), "many_references"),
        (replace(request, image=None).with_edit(drawing(), Edit()), "whole_only"),
    ):
        with pytest.raises(BadRequest) as caught:
            run(wrong, models)
        assert caught.value.data["problem"] == problem
