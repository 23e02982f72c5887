"""Models that are told a picture instead of words: variations and Paint by Example, as diffusers draws."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
import transformers
from diffusers.pipelines.deprecated.paint_by_example.image_encoder import PaintByExampleImageEncoder
from PIL import Image
from stock import bare
from tiny import tiny_unet, tiny_vae
from tiny_references import tiny_by_example, tiny_encoder
from worn import drawn

from engine.api.control import Control
from engine.api.edit import Edit
from engine.api.errors import BadRequest
from engine.api.events import ImageReady, Step
from engine.api.images import ImageInput, Pixels
from engine.api.mask import MaskInput
from engine.api.model_info import ModelInfo
from engine.api.references import ReferenceInput
from engine.api.request import Branch, GenerationRequest
from engine.diffusion import schedulers
from engine.picture.picture import KEPT
from engine.tasks import run

STEPS, WIDTH = 3, 16


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("variations") / "sd-image-variations"
    eyes = transformers.CLIPImageProcessorPil(size=32, crop_size=32)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        diffusers.StableDiffusionImageVariationPipeline(
            vae=tiny_vae(), image_encoder=tiny_encoder(width=WIDTH), unet=tiny_unet(1, text_width=WIDTH),
            scheduler=diffusers.DDIMScheduler(), safety_checker=None, feature_extractor=eyes,  # pyright: ignore[reportArgumentType]
            requires_safety_checker=False,
        ).save_pretrained(folder)  # fmt: skip
    (folder / "lienzo.json").write_text(json.dumps({"width": 64, "height": 64}))
    return folder


@pytest.fixture(scope="module")
def by_example(tmp_path_factory) -> Path:
    return tiny_by_example(tmp_path_factory.mktemp("example") / "Paint-by-Example")


def pixels() -> Pixels:
    y, x = np.mgrid[0:64, 0:64]
    return np.stack([x * 3, y * 3, 255 - x - y], axis=2).astype(np.uint8)


def ask(info: ModelInfo, **changes: Any) -> GenerationRequest:
    sampling = replace(info.defaults.sampling, steps=STEPS, guidance=2.0, seed=7)
    seen = ReferenceInput(ImageInput.of(pixels(), "seen.png"))
    return info.request("", width=64, height=64, sampling=sampling, **{"references": (seen,), **changes})


def test_it_draws_after_a_picture_what_its_pipeline_draws_begins_midway_goes_on_and_fills(
    folder, models, info
):
    KEPT.clear()
    can = info.capabilities
    assert info.family == "image_variations" and can.needs_reference and not can.prompt
    request = ask(info)
    events = list(run(request, models, Control(wants_previews=False)))
    assert [event.index for event in events if isinstance(event, Step)] == list(range(1, STEPS + 1))
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    stock = diffusers.StableDiffusionImageVariationPipeline.from_pretrained(folder, dtype=torch.float32)
    bare(stock)
    config = models.load(info, torch.float32).scheduler_config
    stock.scheduler = schedulers.build("ddim", config, 7, STEPS)
    own = stock(
        Image.fromarray(pixels()), width=64, height=64, num_inference_steps=STEPS, guidance_scale=2.0,
        generator=torch.Generator().manual_seed(7), return_dict=False,
    )  # fmt: skip
    assert np.array_equal(made, np.array(own[0][0])) and made.std() > 1
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)
    other = ReferenceInput(ImageInput.of(255 - pixels(), "other.png"))
    assert not np.array_equal(drawn(ask(info, references=(other,)), models), made)
    start = ImageInput.of(pixels(), "start.png")
    midway = replace(request, image=start, sampling=replace(request.sampling, strength=0.34))
    begun = drawn(midway, models).astype(int)
    assert np.abs(begun - pixels()).mean() < np.abs(made.astype(int) - pixels()).mean()
    mask = np.zeros((64, 64), np.uint8)
    mask[:32, :32] = 255
    edited = drawn(request.with_edit(start, Edit(mask=MaskInput.of(mask))), models)
    assert np.array_equal(edited[56:, 56:], pixels()[56:, 56:])
    assert not np.array_equal(edited[:32, :32], pixels()[:32, :32])


def test_without_a_picture_it_says_what_it_lacks(models, info):
    with pytest.raises(BadRequest, match="draws after a picture, so give it one") as refused:
        drawn(ask(info, references=()), models)
    assert refused.value.data["problem"] == "no_reference"


def stock_by_example(folder: Path, config: dict[str, Any], mask: Pixels, held: Pixels) -> Pixels:
    """What diffusers' own pipeline paints into `mask`."""
    parts: dict[str, Any] = {
        "unet": diffusers.UNet2DConditionModel.from_pretrained(folder / "unet"),
        "vae": diffusers.AutoencoderKL.from_pretrained(folder / "vae"),
        "image_encoder": PaintByExampleImageEncoder.from_pretrained(
            folder / "image_encoder",
            config=transformers.CLIPVisionConfig.from_pretrained(folder / "image_encoder"),
        ),
    }
    stock: Any = diffusers.PaintByExamplePipeline
    pipeline = stock(
        **parts, scheduler=schedulers.build("ddim", config, 7, STEPS), safety_checker=None,
        feature_extractor=transformers.CLIPImageProcessorPil(size=32, crop_size=32),
        requires_safety_checker=False,
    )  # fmt: skip
    made = bare(pipeline)(
        Image.fromarray(pixels()), Image.fromarray(held), Image.fromarray(mask), num_inference_steps=STEPS,
        guidance_scale=2.0, generator=torch.Generator().manual_seed(7), return_dict=False,
    )  # fmt: skip
    return np.array(made[0][0])


def test_paint_by_example_paints_into_a_mask_what_its_pipeline_paints_begins_midway_and_goes_on(
    by_example, models
):
    KEPT.clear()
    info = models.catalog.find(str(by_example))
    can = info.capabilities
    assert info.family == "paint_by_example" and can.inpainting and can.needs_reference and not can.prompt
    request = ask(info)
    events = list(run(request, models, Control(wants_previews=False)))
    assert [event.index for event in events if isinstance(event, Step)] == list(range(1, STEPS + 1))
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    config = models.load(info, torch.float32).scheduler_config
    everywhere = np.full((64, 64), 255, np.uint8)
    grey = np.full((64, 64, 3), 128, np.uint8)
    assert np.array_equal(made, stock_by_example(by_example, config, everywhere, grey)) and made.std() > 1
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)
    other = ReferenceInput(ImageInput.of(255 - pixels(), "other.png"))
    assert not np.array_equal(drawn(ask(info, references=(other,)), models), made)
    around = 255 - pixels()
    start = ImageInput.of(around, "start.png")
    mask = np.zeros((64, 64), np.uint8)
    mask[:32, :32] = 255
    held = request.with_edit(start, Edit(mask=MaskInput.of(mask)))
    told: list[torch.Tensor] = []
    hear = models.load(info, torch.float32).denoiser.register_forward_pre_hook(
        lambda _, args: told.append(args[0][-1].clone())
    )
    edited = drawn(held, models)
    hear.remove()
    assert np.array_equal(edited[56:, 56:], around[56:, 56:])
    assert not np.array_equal(edited[:32, :32], around[:32, :32])
    assert len(told) >= STEPS and all(0 < one[8].mean() < 1 and one[4:8].any() for one in told)
    events = run(held, models, Control(wants_previews=False))
    next(event for event in events if isinstance(event, Step))
    events.close()  # cancelled: nothing of it is in the way of the next
    midway = replace(request, image=start, sampling=replace(request.sampling, strength=0.34))
    begun = drawn(midway, models).astype(int)
    assert np.abs(begun - around).mean() < np.abs(made.astype(int) - around).mean()
