"""Latent Diffusion: its own BERT reads the words, and its pictures are diffusers' own pipeline's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from diffusers.pipelines.latent_diffusion.pipeline_latent_diffusion import LDMBertModel
from stock import bare
from tiny_stages import latent_diffusion, saved
from worn import assert_a_mask_is_filled, assert_places_are_followed, drawn

from engine.api.control import Control
from engine.api.events import ImageReady, Step
from engine.api.images import ImageInput
from engine.api.model_info import ModelInfo
from engine.api.request import Branch, GenerationRequest
from engine.diffusion import schedulers
from engine.picture.picture import KEPT
from engine.tasks import run

STEPS = 3
PIXELS = (np.mgrid[0:64, 0:64, 0:3].sum(axis=0) * np.array([3, 2, 1])).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return saved({"ldm": latent_diffusion}, tmp_path_factory.mktemp("ldm")) / "ldm"


def ask(info: ModelInfo) -> GenerationRequest:
    sampling = replace(info.defaults.sampling, steps=STEPS, guidance=2.0, seed=7)
    return info.request("a dog", sampling=sampling)


def stock(folder: Path, config: dict[str, Any]) -> np.ndarray:
    text = LDMBertModel.from_pretrained(folder / "bert")
    pipeline: Any = diffusers.LDMTextToImagePipeline.from_pretrained(folder, bert=text)
    pipeline.scheduler = schedulers.build("ddim", config, 7, STEPS)
    bare(pipeline)
    made = pipeline(
        "a dog", width=64, height=64, num_inference_steps=STEPS, guidance_scale=2.0,
        generator=torch.Generator().manual_seed(7),
    )  # fmt: skip
    return np.array(made.images[0])


def test_it_draws_what_its_pipeline_draws_begins_midway_goes_on_fills_and_follows_places(folder, models):
    KEPT.clear()
    info = models.catalog.find(str(folder))
    can = info.capabilities
    assert (info.family, info.defaults.width) == ("ldm", 64) and not can.negative_prompt and not can.learns
    request = ask(info)
    events = list(run(request, models, Control(wants_previews=False)))
    assert [event.index for event in events if isinstance(event, Step)] == list(range(1, STEPS + 1))
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    own = stock(folder, models.load(info, torch.float32).scheduler_config)
    assert np.abs(made.astype(int) - own).max() <= 1 and made.std() > 1
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)
    start = ImageInput.of(PIXELS, "drawing.png")
    midway = replace(request, image=start, sampling=replace(request.sampling, strength=0.67))
    steps = run(midway, models, Control(wants_previews=False))
    assert next(event.index for event in steps if isinstance(event, Step)) == 1
    steps.close()  # cancelled: nothing of it is in the way of the next
    assert not np.array_equal(drawn(midway, models), made)
    assert_a_mask_is_filled(request, start, models)
    assert_places_are_followed(request, models, made)


def test_a_weight_moves_what_the_network_reads_by_what_the_word_adds(folder, models):
    info = models.catalog.find(str(folder))
    assert info.capabilities.prompt_weights
    told: list[torch.Tensor] = []
    denoiser = models.load(info, torch.float32).denoiser

    def said(prompt: str) -> torch.Tensor:
        told.clear()
        hook = denoiser.register_forward_pre_hook(
            lambda _, args, call: told.append(call["encoder_hidden_states"].double()), with_kwargs=True
        )
        drawn(replace(ask(info), prompt=prompt), models)
        hook.remove()
        return told[0][1]

    plain, light, heavy = map(said, ("a red dog", "a (red:0.5) dog", "a (red:1.5) dog"))
    assert not torch.equal(plain, heavy)
    assert torch.allclose(heavy - plain, plain - light, atol=1e-5)
    assert torch.equal(plain, said("a (red:1.0) dog"))
