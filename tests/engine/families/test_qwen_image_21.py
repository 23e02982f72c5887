"""Qwen-Image 2.1 takes after pictures as diffusers' own pipeline does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image
from tiny_instructed import QWEN3, stock_processor
from tiny_other import other_folder
from worn import assert_places_are_followed, drawn

from engine.api.images import ImageInput, Pixels
from engine.api.model_info import ModelInfo
from engine.api.references import ReferenceInput
from engine.api.request import Branch, GenerationRequest
from engine.diffusion import schedulers
from engine.families.qwen_image_21 import SMALLEST_PX
from engine.picture.picture import KEPT
from engine.tokenizers.words_only import Conversations

STEPS, SIDE = 3, 64


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return other_folder("qwen_image_21", tmp_path_factory.mktemp("qwen") / "qwen_image_21")


def pixels(turn: int = 0) -> Pixels:
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    made = np.stack([x * 3, y * 2, 255 - x - y], axis=2).astype(np.uint8)
    return np.ascontiguousarray(np.rot90(made, turn))


def shown(turn: int) -> ReferenceInput:
    return ReferenceInput(ImageInput.of(pixels(turn), "picture.png"))


def ask(info: ModelInfo, *references: ReferenceInput) -> GenerationRequest:
    sampling = replace(info.defaults.sampling, steps=STEPS, guidance=2.0, seed=7)
    return info.request(
        "a dog", negative_prompt="a cat", width=SIDE, height=SIDE, sampling=sampling, references=references
    )


def stock(model: Any, **call: Any) -> np.ndarray:
    model.load_text_encoders()
    processor = model.components["processor"]
    parts = {**model.components, "processor": TheirProcessor(processor.tokenizer)}
    scheduler = schedulers.build("euler", model.scheduler_config, 7, STEPS)
    pipeline = diffusers.QwenImage21Pipeline(**parts, scheduler=scheduler)
    pipeline.set_progress_bar_config(disable=True)
    with torch.inference_mode():
        made = pipeline(
            prompt="a dog", height=SIDE, width=SIDE, output_resolution=SMALLEST_PX, use_kv_cache=False,
            generator=torch.Generator().manual_seed(7), **call,
        ).images[0]  # fmt: skip
    white = Image.new("RGBA", made.size, (255, 255, 255, 255))
    return np.array(Image.alpha_composite(white, made).convert("RGB"))


class TheirProcessor(Conversations):
    """Transformers' own where there are pictures."""

    def __call__(self, text: Any, images: Any = None, videos: Any = None, **options: Any) -> Any:
        if images is None:
            return super().__call__(text, **options)
        processor = stock_processor(self.tokenizer, "Qwen3VLProcessor")
        return processor(text=text, images=images, **options)


def test_it_takes_after_pictures_as_its_pipeline_does_and_goes_on(folder, models):
    KEPT.clear()
    assert QWEN3["size"]["shortest_edge"] <= SMALLEST_PX**2
    info = models.catalog.find(str(folder))
    assert info.capabilities.references == 3 and not info.capabilities.needs_picture
    request = ask(info, shown(1), shown(0))
    made = drawn(request, models)
    pictures = [Image.fromarray(pixels(turn)) for turn in (1, 0)]
    theirs = stock(
        models.load(info, torch.float32), image=pictures, negative_prompt="a cat", true_cfg_scale=2.0,
        num_inference_steps=STEPS,
    )  # fmt: skip
    assert np.abs(made.astype(int) - theirs).max() <= 1 and made.std() > 1  # opacity is laid on white later
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)
    one = drawn(ask(info, shown(1)), models)
    assert not np.array_equal(one, made) and not np.array_equal(one, drawn(ask(info), models))


def test_places_and_weights_count_beside_a_picture(folder, models):
    info = models.catalog.find(str(folder))
    request = ask(info, shown(1))
    made = drawn(request, models)
    assert_places_are_followed(request, models, made)
    assert not np.array_equal(drawn(replace(request, prompt="a (dog:1.4)"), models), made)
