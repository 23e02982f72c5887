"""Kandinsky 2.1: two stages that both read the words make what diffusers' own two pipelines make."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from diffusers.pipelines.kandinsky.text_encoder import MultilingualCLIP
from PIL import Image
from stock import bare
from tiny_stages import kandinsky21, kandinsky21_prior, saved
from worn import assert_places_are_followed, drawn

from engine.api.control import Control
from engine.api.edit import Edit
from engine.api.errors import UnsupportedModel
from engine.api.events import ImageReady, Loading, Step
from engine.api.images import ImageInput
from engine.api.mask import MaskInput
from engine.api.model_info import ModelInfo
from engine.api.request import Branch, GenerationRequest
from engine.conditioning.own_map import ReadOwnMask
from engine.diffusion import schedulers
from engine.families.adapted import kandinsky
from engine.models.catalog import Catalog
from engine.picture.picture import KEPT
from engine.tasks import run

STEPS, FEW = 3, 2
PIXELS = (np.mgrid[0:64, 0:64, 0:3].sum(axis=0) * np.array([3, 2, 1])).clip(0, 255).astype(np.uint8)


@pytest.fixture(autouse=True)
def few_steps(monkeypatch):
    monkeypatch.setattr(kandinsky, "PRIOR_STEPS", FEW)
    KEPT.clear()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Of the second stage; beside it that which paints into masks, and the first stage of both."""
    made = {
        "kandinsky-2-1": kandinsky21, "kandinsky-2-1-prior": kandinsky21_prior,
        "kandinsky-2-1-inpaint": partial(kandinsky21, diffusers.KandinskyInpaintPipeline, 9),
    }  # fmt: skip
    home = saved(made, tmp_path_factory.mktemp("kandinsky"))
    return home / "kandinsky-2-1"


def ask(info: ModelInfo, **changes: Any) -> GenerationRequest:
    sampling = replace(info.defaults.sampling, steps=STEPS, guidance=2.0, seed=7)
    return info.request("a dog", sampling=sampling, **changes)


def drawing() -> ImageInput:
    return ImageInput.of(PIXELS, "drawing.png")


def own(
    folder: Path, config: dict[str, Any], negative_prompt: str = "", beside: dict[str, Any] | None = None
) -> np.ndarray:
    """What diffusers' own two pipelines make, one after the other; `beside` goes to the second alone."""
    first = diffusers.KandinskyPriorPipeline.from_pretrained(folder.parent / "kandinsky-2-1-prior")
    text = MultilingualCLIP.from_pretrained(folder / "text_encoder")
    second: Any = diffusers.DiffusionPipeline.from_pretrained(folder, text_encoder=text)
    second.scheduler = schedulers.build("ddim", config, 7, STEPS)
    for pipeline in (first, second):
        bare(pipeline)
    generator = torch.Generator().manual_seed(7)
    words: dict[str, Any] = {"prompt": "a dog", "negative_prompt": negative_prompt or None}
    seen: Any = first(**words, num_inference_steps=FEW, generator=generator)
    made = second(
        **words, **seen, **(beside or {}), width=64, height=64, num_inference_steps=STEPS, guidance_scale=2.0,
        generator=generator,
    )  # fmt: skip
    return np.array(made.images[0])


def test_both_stages_are_said_and_make_what_diffusers_two_pipelines_make(folder, models):
    info = models.catalog.find(str(folder))
    assert info.family == "kandinsky21" and info.capabilities.prompt and info.defaults.width == 64
    request = ask(info)
    events = list(run(request, models, Control(wants_previews=False)))
    first = [event.share for event in events if isinstance(event, Loading) and event.stage == "first_stage"]
    assert first == [step / FEW for step in range(FEW + 1)]
    assert [event.index for event in events if isinstance(event, Step)] == list(range(1, STEPS + 1))
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    config = models.load(info, torch.float32).scheduler_config
    assert np.array_equal(made, own(folder, config)) and made.std() > 1
    against = drawn(replace(request, negative_prompt="a cat"), models)
    assert np.array_equal(against, own(folder, config, "a cat"))


def test_it_is_cancelled_begins_midway_goes_on_weighs_words_and_follows_places(folder, models):
    info = models.catalog.find(str(folder))
    request = ask(info)
    events = run(request, models, Control(wants_previews=False))
    next(event for event in events if isinstance(event, Step))
    events.close()
    made = drawn(request, models)
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)
    midway = replace(request, image=drawing(), sampling=replace(request.sampling, strength=0.67))
    assert not np.array_equal(drawn(midway, models), made)
    mask = np.zeros((64, 64), np.uint8)
    mask[:32, :32] = 255
    edited = drawn(request.with_edit(drawing(), Edit(mask=MaskInput.of(mask))), models)
    assert np.array_equal(edited[56:, 56:], PIXELS[56:, 56:])
    assert not np.array_equal(edited[:32, :32], PIXELS[:32, :32])
    assert_places_are_followed(request, models, made)


def test_a_weight_moves_what_both_stages_read_by_what_the_word_adds(folder, models):
    info = models.catalog.find(str(folder))
    assert info.capabilities.prompt_weights
    request, told = ask(info), []
    denoiser = models.load(info, torch.float32).denoiser

    def said(prompt: str) -> torch.Tensor:
        told.clear()
        hook = denoiser.register_forward_pre_hook(
            lambda _, args, call: told.append(call["encoder_hidden_states"].double()), with_kwargs=True
        )
        drawn(replace(request, prompt=prompt), models)
        hook.remove()
        return told[0][1]

    plain, light, heavy = map(said, ("a red dog", "a (red:0.5) dog", "a (red:1.5) dog"))
    assert not torch.equal(plain, heavy)
    assert torch.allclose(heavy - plain, plain - light, atol=1e-5)
    assert torch.equal(plain, said("a (red:1.0) dog"))


def test_a_second_stage_that_paints_into_masks_is_told_what_they_hold_as_its_pipeline_is(folder, models):
    at = folder.parent / "kandinsky-2-1-inpaint"
    info = models.catalog.find(str(at))
    assert info.variant == "inpainting" and info.capabilities.inpainting
    request = ask(info)
    made, model = drawn(request, models), models.load(info, torch.float32)
    config = model.scheduler_config
    nothing = {"image": Image.new("RGB", (64, 64)), "mask_image": Image.new("L", (64, 64), 255)}
    assert np.abs(made.astype(int) - own(at, config, beside=nothing)).max() <= 1 and made.std() > 1
    mask = np.zeros((64, 64), np.uint8)
    mask[:40, :40] = 255
    held = {"image": Image.fromarray(PIXELS), "mask_image": Image.fromarray(mask)}
    read: list[torch.Tensor] = []
    ask_network = diffusers.UNet2DConditionModel.forward
    with pytest.MonkeyPatch.context() as patch:

        def listening(network: Any, sample: torch.Tensor, *call: Any, **more: Any) -> Any:
            read.append(sample[-1, 4:].clone())
            return ask_network(network, sample, *call, **more)

        patch.setattr(diffusers.UNet2DConditionModel, "forward", listening)
        own(at, config, beside=held)
        (beside,) = ReadOwnMask(PIXELS, mask, model.space).read
        assert torch.allclose(beside, read[0], atol=1e-3) and 0 < read[0][4].mean() < 1
        read.clear()
        edited = drawn(request.with_edit(drawing(), Edit(mask=MaskInput.of(mask))), models)
    assert np.array_equal(edited[60:, 60:], PIXELS[60:, 60:])
    assert not np.array_equal(edited[:24, :24], PIXELS[:24, :24])
    assert read and all(0 < one[4].mean() < 1 and one[:4].any() for one in read)


def test_both_stages_in_one_folder_are_the_same_model_and_one_alone_says_what_it_lacks(
    folder, models, tmp_path
):
    home = Path(shutil.copytree(folder, tmp_path / "combined"))
    with pytest.raises(UnsupportedModel, match="kandinsky-2-1-prior"):
        Catalog().find(str(home))
    first = folder.parent / "kandinsky-2-1-prior"
    with pytest.raises(UnsupportedModel, match="first of two stages"):
        Catalog().find(str(first))
    index = json.loads((home / "model_index.json").read_text())
    index["_class_name"] = "KandinskyCombinedPipeline"
    for part, pair in json.loads((first / "model_index.json").read_text()).items():
        if isinstance(pair, list):
            index[f"prior_{part}"] = pair
            shutil.copytree(first / part, home / f"prior_{part}")
    (home / "model_index.json").write_text(json.dumps(index))
    whole, halves = models.catalog.find(str(home)), models.catalog.find(str(folder))
    assert np.array_equal(drawn(ask(whole), models), drawn(ask(halves), models))
