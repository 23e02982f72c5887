"""The table of further pipelines: each is recognised, run offline, and draws what diffusers does."""

from __future__ import annotations

import json
from dataclasses import replace
from inspect import signature
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from tiny_other import OTHERS, other_folder

from engine.api.control import Control
from engine.api.events import Finished, ImageReady, Step
from engine.api.images import ImageInput
from engine.api.model_info import ModelInfo
from engine.api.request import Branch, GenerationRequest
from engine.diffusion import schedulers
from engine.families.other_pipelines import FAMILIES, GUIDANCE
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.picture.picture import KEPT
from engine.tasks import run

STEPS = 3
NEAR = ("ernie_image",)
"""Whose pipeline has another last digit in a norm than the autoencoder's configuration."""

UNSEEN = Control(wants_previews=False)
"""Fitting a preview to each tiny VAE takes longer than all else."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("others")
    return {name: other_folder(name, root / name) for name in OTHERS}


@pytest.fixture(scope="module")
def models() -> Models:
    return Models(Catalog(), "cpu")


def ask(info: ModelInfo, **changes: Any) -> GenerationRequest:
    sampling = replace(info.defaults.sampling, steps=STEPS, guidance=2.0, seed=7)
    return info.request(
        "a dog", negative_prompt="a cat", width=64, height=64, sampling=sampling, **changes
    )  # fmt: skip


def pixels_of(request: GenerationRequest, models: Models) -> np.ndarray:
    (made,) = [event for event in run(request, models, UNSEEN) if isinstance(event, ImageReady)]
    return made.pixels


def stock(folder: Path, request: GenerationRequest, config: dict[str, Any]) -> np.ndarray:
    index = json.loads((folder / "model_index.json").read_text())
    absent = {part: None for part, pair in index.items() if pair == [None, None]}
    pipeline = diffusers.DiffusionPipeline.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True, **absent
    )
    for component in pipeline.components.values():
        if isinstance(component, torch.nn.Module):
            for parameter in component.parameters():  # mapped weights lie unaligned, which changes bits
                parameter.data = parameter.data.clone()
    sampling = request.sampling
    pipeline.scheduler = schedulers.build(sampling.scheduler, config, sampling.seed, sampling.steps)
    pipeline.set_progress_bar_config(disable=True)
    takes = signature(pipeline.__call__).parameters
    more = {"use_resolution_binning": False, "clean_caption": False, "enable_prompt_rewrite": False}
    call = {name: value for name, value in more.items() if name in takes}
    made = pipeline(
        prompt="a dog", negative_prompt="a cat", width=64, height=64, guidance_scale=2.0,
        num_inference_steps=STEPS, generator=torch.Generator().manual_seed(7), **call,
    )  # fmt: skip
    return np.array(made.images[0])


@pytest.mark.parametrize("name", OTHERS)
def test_a_folder_draws_what_its_pipeline_draws_and_begins_midway_and_goes_on(name, folders, models):
    KEPT.clear()
    info = models.catalog.find(str(folders[name]))
    assert info.family == name and info.capabilities.prompt and not info.capabilities.inpainting
    request = ask(info)
    events = list(run(request, models, UNSEEN))
    assert [event.index for event in events if isinstance(event, Step)] == list(range(1, STEPS + 1))
    assert isinstance(events[-1], Finished)
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    model = models.load(info, torch.float32)
    difference = np.abs(made.astype(int) - stock(folders[name], request, model.scheduler_config))
    assert difference.max() <= (1 if name in NEAR else 0) and made.std() > 1
    assert np.array_equal(pixels_of(replace(request, branch=Branch(request, 0, 2)), models), made)
    y, x = np.mgrid[0:64, 0:64]
    start = ImageInput.of(np.stack([x * 3, y * 3, 255 - x - y], axis=2).astype(np.uint8), "drawing.png")
    midway = replace(request, image=start, sampling=replace(request.sampling, strength=0.67))
    steps = run(midway, models, UNSEEN)
    assert next(event.index for event in steps if isinstance(event, Step)) == 1
    steps.close()  # cancelled: nothing of it is in the way of the next
    assert not np.array_equal(pixels_of(midway, models), made)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.id)
def test_the_table_says_what_the_pipeline_s_signature_offers(family):
    for kind in family.kinds.values():
        pipeline = getattr(diffusers, kind.pipeline)
        takes = signature(pipeline.__call__).parameters
        assert kind.guidance == any(name in takes for name in GUIDANCE)
        assert kind.negative_prompt == ("negative_prompt" in takes)
        assert {"prompt", "width", "height", "latents", "generator"} <= takes.keys()
        made_of = signature(pipeline.__init__).parameters
        assert {family.denoiser, "vae", *family.text, *family.tokenizers} <= made_of.keys()
