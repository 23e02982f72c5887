"""FLUX.2 klein KV: its pictures are read once, and it draws as diffusers' own pipeline does."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image
from tiny_families import flux2_klein
from tiny_other import change_of
from worn import assert_a_mask_is_filled, assert_it_is_worn, assert_places_are_followed, drawn

from engine.api.control import Control
from engine.api.errors import BadRequest
from engine.api.events import Finished, ImageReady, Step
from engine.api.images import ImageInput, Pixels
from engine.api.model_info import ModelInfo
from engine.api.references import ReferenceInput
from engine.api.request import Branch, GenerationRequest
from engine.diffusion import schedulers
from engine.picture.picture import KEPT
from engine.tasks import run

STEPS, SIDE = 3, 64


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("kv") / "klein"
    with torch.random.fork_rng():
        torch.manual_seed(0)
        parts = flux2_klein().components
        diffusers.Flux2KleinKVPipeline(**parts).save_pretrained(folder)
    (folder / "lienzo.json").write_text(json.dumps({"width": SIDE, "height": SIDE}))
    return folder


@pytest.fixture
def info(folder, models) -> ModelInfo:
    return models.catalog.find(str(folder))


def pixels(turn: int = 0) -> Pixels:
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    made = np.stack([x * 3, y * 2, 255 - x - y], axis=2).astype(np.uint8)
    return np.ascontiguousarray(np.rot90(made, turn))


def shown(turn: int) -> ReferenceInput:
    return ReferenceInput(ImageInput.of(pixels(turn), "picture.png"))


def ask(info: ModelInfo, *references: ReferenceInput) -> GenerationRequest:
    sampling = replace(info.defaults.sampling, steps=STEPS, seed=7)
    return info.request("a dog", width=SIDE, height=SIDE, sampling=sampling, references=references)


def stock(model: Any, pictures: list[Image.Image]) -> np.ndarray:
    model.load_text_encoders()
    scheduler = schedulers.build("euler", model.scheduler_config, 7, STEPS)
    pipeline = diffusers.Flux2KleinKVPipeline(**model.components, scheduler=scheduler)
    pipeline.set_progress_bar_config(disable=True)
    with torch.inference_mode():
        made = pipeline(
            prompt="a dog", image=pictures or None, height=SIDE, width=SIDE, num_inference_steps=STEPS,
            generator=torch.Generator().manual_seed(7),
        )  # fmt: skip
    return np.array(made.images[0])


def test_it_is_known_by_its_folder_and_needs_neither_guidance_nor_a_picture(info):
    can = info.capabilities
    assert (info.family, info.variant, can.references) == ("flux2", "klein KV", 4)
    assert not (can.guidance or can.negative_prompt or can.needs_picture)
    assert info.defaults.sampling.steps == 4


@pytest.mark.parametrize(("width", "height"), [(8, 64), (514, 64)])
def test_a_picture_that_is_too_narrow_is_named_before_anything_starts(info, models, width, height):
    narrow = ImageInput.of(np.zeros((height, width, 3), np.uint8), "strip.png")
    request = ask(info, ReferenceInput(narrow))
    if width == 8:  # as narrow as may be
        assert [event for event in run(request, models) if isinstance(event, ImageReady)]
        return
    with pytest.raises(BadRequest, match=r"8 times as long as wide, and strip\.png is 514x64") as refused:
        run(request, models)
    assert refused.value.data["problem"] == "narrow_reference"


@pytest.mark.parametrize("count", [0, 2])
def test_it_draws_as_its_pipeline_does_step_by_step_and_goes_on(count, info, models):
    KEPT.clear()
    references = (shown(1), shown(0))[:count]
    request = ask(info, *references)
    events = list(run(request, models, Control(wants_previews=False)))
    assert [event.index for event in events if isinstance(event, Step)] == list(range(1, STEPS + 1))
    assert isinstance(events[-1], Finished)
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    pictures = [Image.fromarray(reference.image.pixels) for reference in references]
    theirs = stock(models.load(info, torch.float32), pictures).astype(int)
    # theirs reads the pictures within its first step, among other rows
    assert np.abs(made - theirs).max() <= (1 if count else 0) and made.std() > 1
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)


def test_every_picture_counts_and_is_read_once(info, models):
    model = models.load(info, torch.float32)
    times = Counter()

    def count(_: Any, args: Any, call: dict[str, Any]) -> None:
        times[call["joint_attention_kwargs"]["kv_cache_mode"]] += 1

    both = ask(info, shown(1), shown(0))
    block = model.denoiser.transformer_blocks[0]
    hook = block.register_forward_pre_hook(count, with_kwargs=True)
    made = drawn(both, models)
    hook.remove()
    assert times == {"extract": 1, "cached": STEPS}
    assert not np.array_equal(made, drawn(ask(info, shown(1)), models))
    assert not np.array_equal(made, drawn(ask(info), models))


def test_it_begins_midway_keeps_what_is_outside_a_mask_and_can_be_left(info, models):
    request = ask(info, shown(1))
    made = drawn(request, models)
    start = ImageInput.of(pixels(), "start.png")
    midway = replace(request, image=start, sampling=replace(request.sampling, strength=0.5))
    assert not np.array_equal(drawn(midway, models), made)
    assert_a_mask_is_filled(request, start, models)
    steps = run(request, models, Control(wants_previews=False))
    assert next(event.index for event in steps if isinstance(event, Step)) == 1
    steps.close()
    assert np.array_equal(drawn(request, models), made)


def test_it_follows_places_and_weights_and_wears_loras(info, models, folder):
    request = ask(info, shown(1))
    made = drawn(request, models)
    assert_places_are_followed(request, models, made)
    assert not np.array_equal(drawn(replace(request, prompt="a (dog:1.4)"), models), made)
    assert np.array_equal(drawn(replace(request, prompt="a (dog:1.0)"), models), made)
    network = models.load(info, torch.float32).denoiser
    assert_it_is_worn(change_of(network, folder.parent / "change.safetensors"), request, models, made)
