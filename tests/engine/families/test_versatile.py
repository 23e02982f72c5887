"""Versatile Diffusion: words, a picture or both, and its pictures are diffusers' own pipelines'."""

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
import transformers
from diffusers.models import DualTransformer2DModel
from diffusers.pipelines.deprecated.versatile_diffusion.modeling_text_unet import UNetFlatConditionModel
from PIL import Image
from stock import bare
from tiny_old import versatile
from tiny_stages import saved
from worn import assert_a_mask_is_filled, assert_places_are_followed, drawn

from engine.api.control import Control
from engine.api.errors import UnsupportedModel
from engine.api.events import ImageReady, Step
from engine.api.images import ImageInput, Pixels
from engine.api.model_info import ModelInfo
from engine.api.references import ReferenceInput
from engine.api.request import Branch, GenerationRequest
from engine.diffusion import schedulers
from engine.models.catalog import Catalog
from engine.picture.picture import KEPT
from engine.tasks import run

STEPS = 3
PIXELS = (np.mgrid[0:64, 0:64, 0:3].sum(axis=0) * np.array([3, 2, 1])).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return saved({"versatile": versatile}, tmp_path_factory.mktemp("versatile")) / "versatile"


def ask(info: ModelInfo, prompt: str = "a dog", weight: float = 0.0, **changes: Any) -> GenerationRequest:
    """`weight`: of a picture beside the words; 0: none is given."""
    sampling = replace(info.defaults.sampling, steps=STEPS, guidance=2.0, seed=7)
    given = (ReferenceInput(ImageInput.of(PIXELS, "seen.png"), weight),) if weight else ()
    return info.request(prompt, sampling=sampling, references=given, **changes)


def stock(folder: Path, models: Any, info: ModelInfo, pipeline: str, *words: Any, **call: Any) -> Pixels:
    """Theirs cannot find the room of its own network, and swaps what is in it: each has one of its own."""
    parts: dict[str, Any] = {
        "tokenizer": transformers.CLIPTokenizer.from_pretrained(folder / "tokenizer"),
        "text_encoder": transformers.CLIPTextModelWithProjection.from_pretrained(folder / "text_encoder"),
        "image_encoder": transformers.CLIPVisionModelWithProjection.from_pretrained(folder / "image_encoder"),
        "image_feature_extractor": transformers.CLIPImageProcessorPil(size=32, crop_size=32),
        "image_unet": diffusers.UNet2DConditionModel.from_pretrained(folder / "image_unet"),
        "text_unet": UNetFlatConditionModel.from_pretrained(folder / "text_unet"),
        "vae": diffusers.AutoencoderKL.from_pretrained(folder / "vae"),
    }
    config = models.load(info, torch.float32).scheduler_config
    kind = getattr(diffusers, f"VersatileDiffusion{pipeline}Pipeline")
    names = kind.__init__.__annotations__
    made = bare(
        kind(
            **{name: part for name, part in parts.items() if name in names},
            scheduler=schedulers.build("ddim", config, 7, STEPS),
        )
    )(
        *words, width=64, height=64, num_inference_steps=STEPS, guidance_scale=2.0,
        generator=torch.Generator().manual_seed(7), **call,
    )  # fmt: skip
    return np.array(made.images[0])


def test_it_draws_from_words_what_its_pipeline_draws_goes_on_fills_and_follows_places(folder, models, info):
    KEPT.clear()
    can = info.capabilities
    assert (info.family, info.defaults.width, can.references) == ("versatile", 64, 1)
    assert can.negative_prompt and can.prompt_weights and can.word_width and can.weighs_references
    request = ask(info, negative_prompt="a cat")
    events = list(run(request, models, Control(wants_previews=False)))
    assert [event.index for event in events if isinstance(event, Step)] == list(range(1, STEPS + 1))
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    own = stock(folder, models, info, "TextToImage", "a dog", negative_prompt="a cat")
    assert np.array_equal(made, own) and made.std() > 1
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)
    start = ImageInput.of(PIXELS, "drawing.png")
    midway = replace(request, image=start, sampling=replace(request.sampling, strength=0.34))
    begun = drawn(midway, models).astype(int)
    assert np.abs(begun - PIXELS).mean() < np.abs(made.astype(int) - PIXELS).mean()
    assert_a_mask_is_filled(ask(info, weight=1.0), start, models)
    assert_places_are_followed(request, models, made)


@pytest.fixture
def mixing(monkeypatch):
    """Diffusers' blocks tell what mixes two layers of a mask that it has no argument for, so theirs ends."""
    mix = DualTransformer2DModel.forward

    def forward(self: Any, *args: Any, encoder_attention_mask: None = None, **call: Any) -> Any:
        return mix(self, *args, **call)

    monkeypatch.setattr(DualTransformer2DModel, "forward", forward)


def test_a_picture_alone_or_beside_words_is_drawn_after_as_its_pipelines_do(folder, models, info, mixing):
    seen = Image.fromarray(PIXELS)
    alone = drawn(ask(info, "", 1.0), models)
    assert np.array_equal(alone, stock(folder, models, info, "ImageVariation", seen))
    assert np.array_equal(drawn(ask(info, "a dog", 2.0), models), alone)
    for weight, share in ((1.0, 0.5), (0.5, 0.75)):
        both = stock(folder, models, info, "DualGuided", "a dog", seen, text_to_image_strength=share)
        request = ask(info, "a dog", weight)
        made = drawn(request, models)
        assert np.abs(made.astype(int) - both).max() <= 1
        assert not np.array_equal(made, alone)
    assert_places_are_followed(request, models, made)
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)


def test_a_folder_without_the_half_that_reads_words_says_so(folder, tmp_path):
    half = Path(shutil.copytree(folder, tmp_path / "half"))
    shutil.rmtree(half / "text_unet")
    index = json.loads((half / "model_index.json").read_text())
    index |= {"_class_name": "VersatileDiffusionTextToImagePipeline", "text_unet": [None, None]}
    (half / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(UnsupportedModel, match="without the half that reads words"):
        Catalog().find(str(half))
