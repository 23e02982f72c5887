"""UniDiffuser: its pictures are diffusers' own pipeline's, and what CLIP sees of them is denoised beside."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
import transformers
from diffusers.pipelines.deprecated.unidiffuser import UniDiffuserModel, UniDiffuserTextDecoder
from PIL import Image
from stock import bare
from tiny_old import unidiffuser
from tiny_stages import saved
from worn import assert_a_mask_is_filled, assert_places_are_followed, drawn

from engine.api.control import Control
from engine.api.errors import BadRequest
from engine.api.events import ImageReady, Loading, Step
from engine.api.images import ImageInput
from engine.api.model_info import ModelInfo
from engine.api.references import ReferenceInput
from engine.api.request import Branch, GenerationRequest
from engine.cli import main
from engine.diffusion import schedulers
from engine.families.adapted.unidiffuser import STEPS as STEPS_OF_WORDS
from engine.picture.picture import KEPT
from engine.tasks import run

STEPS = 4
PIXELS = (np.mgrid[0:64, 0:64, 0:3].sum(axis=0) * np.array([3, 2, 1])).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return saved({"uni": unidiffuser}, tmp_path_factory.mktemp("uni")) / "uni"


def ask(info: ModelInfo, prompt: str = "a dog", **changes: Any) -> GenerationRequest:
    sampling = replace(info.defaults.sampling, steps=STEPS, guidance=2.0, seed=7)
    return info.request(prompt, sampling=sampling, **changes)


def stock(folder: Path, models: Any, info: ModelInfo) -> Any:
    """Theirs cannot find the room of its own networks."""
    config = models.load(info, torch.float32).scheduler_config
    kind: Any = diffusers.UniDiffuserPipeline
    return bare(
        kind(
            vae=diffusers.AutoencoderKL.from_pretrained(folder / "vae"),
            text_encoder=transformers.CLIPTextModel.from_pretrained(folder / "text_encoder"),
            image_encoder=transformers.CLIPVisionModelWithProjection.from_pretrained(
                folder / "image_encoder"
            ),
            clip_image_processor=transformers.CLIPImageProcessorPil(size=32, crop_size=32),
            clip_tokenizer=transformers.CLIPTokenizer.from_pretrained(folder / "clip_tokenizer"),
            text_decoder=UniDiffuserTextDecoder.from_pretrained(folder / "text_decoder"),
            text_tokenizer=transformers.GPT2Tokenizer.from_pretrained(folder / "text_tokenizer"),
            unet=UniDiffuserModel.from_pretrained(folder / "unet"),
            scheduler=schedulers.build(info.defaults.sampling.scheduler, config, 7, STEPS),
        )
    )


def test_it_draws_what_its_pipeline_draws_begins_midway_goes_on_fills_and_follows_places(
    folder, models, info
):
    KEPT.clear()
    can = info.capabilities
    assert (info.family, info.defaults.width, can.references) == ("unidiffuser", 64, 1)
    assert not can.negative_prompt and can.prompt_weights and can.word_width == 32
    request = ask(info)
    events = list(run(request, models, Control()))
    steps = [event for event in events if isinstance(event, Step)]
    assert [event.index for event in steps] == list(range(1, STEPS + 1))
    assert any(event.preview is not None for event in steps)
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    own = stock(folder, models, info)(
        prompt="a dog", width=64, height=64, num_inference_steps=STEPS, guidance_scale=2.0,
        generator=torch.Generator().manual_seed(7),
    )  # fmt: skip
    assert np.array_equal(made, np.array(own.images[0])) and made.std() > 1
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)
    start = ImageInput.of(PIXELS, "drawing.png")
    midway = replace(request, image=start, sampling=replace(request.sampling, strength=0.25))
    assert not np.array_equal(drawn(midway, models), made)
    assert_a_mask_is_filled(request, start, models)
    assert_places_are_followed(request, models, made)


def test_what_clip_sees_of_a_start_picture_is_noised_and_denoised_with_it(folder, models, info):
    model = models.load(info, torch.float32)
    told: list[torch.Tensor] = []
    hook = model.denoiser.register_forward_pre_hook(lambda _, args: told.append(args[0][0, -32:].clone()))
    begun, sampling = [], replace(ask(info).sampling, strength=0.25)  # which is one step
    for pixels in (PIXELS, 255 - PIXELS):
        drawn(replace(ask(info), image=ImageInput.of(pixels, "drawing.png"), sampling=sampling), models)
        begun.append(told[-1])
    hook.remove()
    with torch.inference_mode():
        seen = [model.seen_beside(model, pixels)[0] for pixels in (PIXELS, 255 - PIXELS)]
    share = (begun[0] - begun[1]) / (seen[0] - seen[1])
    assert 0 < share[0] < 1 and torch.allclose(share, share[0].expand(32), atol=1e-2)
    assert not torch.allclose(begun[0], share[0] * seen[0], atol=0.01)  # the rest is noise


def test_a_picture_is_varied_by_what_would_be_said_of_it_and_not_beside_words(folder, models, info, tmp_path):
    """As diffusers' own pipeline finds it, from where that draws once more, without the words between."""
    given = (ReferenceInput(ImageInput.of(PIXELS, "seen.png")),)
    request = ask(info, "", references=given)
    events = list(run(request, models, Control(wants_previews=False)))
    assert any(isinstance(event, Loading) and event.stage == "first_stage" for event in events)
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    pipeline, found = stock(folder, models, info), []
    config = models.load(info, torch.float32).scheduler_config
    generator = torch.Generator().manual_seed(7)
    write, shorten = pipeline.decode_text_latents, pipeline.text_decoder.encode
    pipeline.decode_text_latents = lambda said, device: found.append(said)
    pipeline(
        image=Image.fromarray(PIXELS), num_inference_steps=STEPS_OF_WORDS, guidance_scale=8.0,
        generator=generator,
    )  # fmt: skip
    pipeline.decode_text_latents, pipeline.text_decoder.encode = write, lambda said: found[0]
    pipeline.scheduler = schedulers.build(info.defaults.sampling.scheduler, config, 7, STEPS)
    own = pipeline(
        prompt="", width=64, height=64, num_inference_steps=STEPS, guidance_scale=2.0, generator=generator
    )
    assert np.array_equal(made, np.array(own.images[0]))
    pipeline.text_decoder.encode = shorten
    other = (ReferenceInput(ImageInput.of(255 - PIXELS, "other.png")),)
    assert not np.array_equal(drawn(replace(request, references=other), models), made)
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)
    Image.fromarray(PIXELS).save(tmp_path / "seen.png")
    asked = [
        "-m",
        str(folder),
        "--reference",
        str(tmp_path / "seen.png"),
        "--steps",
        str(STEPS),
        "--seed",
        "7",
    ]
    assert main(["generate", *asked, "--guidance", "2", "-q", "-o", str(tmp_path / "made.png")]) == 0
    assert np.array_equal(np.array(Image.open(tmp_path / "made.png").convert("RGB")), made)
    with pytest.raises(BadRequest, match="not read beside words") as refused:
        drawn(ask(info, "a dog", references=given), models)
    assert refused.value.data["problem"] == "reference_or_words"
