"""aMUSEd writes pictures in tokens: each step is seen, and they are what diffusers' pipelines make."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from learnt import save_embedding
from PIL import Image
from stock import bare
from tiny import tiny_tokenizer
from tiny_families import clip
from tiny_other import change_of
from tiny_stages import saved
from worn import assert_it_is_worn, assert_places_are_followed, drawn

from engine.api.control import Control
from engine.api.edit import Edit
from engine.api.errors import BadRequest, Overflow, UnsafeFile
from engine.api.events import Finished, ImageReady, Step
from engine.api.images import ImageInput, Pixels
from engine.api.mask import MaskInput
from engine.api.model_info import ModelInfo
from engine.api.request import Branch, GenerationRequest, Speed
from engine.memory import Relief
from engine.models.cache import Models
from engine.picture.picture import KEPT, Picture
from engine.picture.plan import Held
from engine.picture.run import Run
from engine.picture.setup import Setup
from engine.tasks import run

STEPS, SIDE, CODE = 4, 64, 24
PIXELS = (np.mgrid[0:SIDE, 0:SIDE, 0:3].sum(axis=0) * np.array([3, 2, 1])).clip(0, 255).astype(np.uint8)


def amused() -> Any:
    """Eight pixels a token."""
    transformer = diffusers.UVit2DModel(
        hidden_size=16, cond_embed_dim=32, micro_cond_encode_dim=2, micro_cond_embed_dim=10,
        encoder_hidden_size=32, vocab_size=CODE + 8, codebook_size=CODE, in_channels=16,
        block_out_channels=16, num_res_blocks=1, downsample=True, upsample=True, block_num_heads=2,
        num_hidden_layers=1,
        num_attention_heads=2, intermediate_size=16, sample_size=8,
    )  # fmt: skip
    vqvae = diffusers.VQModel(
        block_out_channels=(8,) * 4, down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4, latent_channels=8, norm_num_groups=4,
        num_vq_embeddings=CODE, mid_block_add_attention=False, lookup_from_codebook=True, force_upcast=True,
    )  # fmt: skip
    torch.nn.init.normal_(vqvae.quantize.embedding.weight)  # else its tokens look alike
    torch.nn.init.normal_(transformer.mlm_layer.conv2.weight, std=2)
    return diffusers.AmusedPipeline(
        vqvae=vqvae, tokenizer=tiny_tokenizer(), text_encoder=clip("CLIPTextModelWithProjection"),
        transformer=transformer, scheduler=diffusers.AmusedScheduler(mask_token_id=CODE + 7),
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return saved({"amused": amused}, tmp_path_factory.mktemp("amused")) / "amused"


@pytest.fixture(autouse=True)
def nothing_kept():
    KEPT.clear()


def ask(info: ModelInfo, prompt: str = "a dog", **changes: Any) -> GenerationRequest:
    sampling = replace(info.defaults.sampling, steps=STEPS, guidance=2.0, seed=7)
    return info.request(
        prompt, negative_prompt="a cat", width=SIDE, height=SIDE, sampling=sampling, **changes
    )


def start(strength: float, request: GenerationRequest) -> GenerationRequest:
    image = ImageInput.of(PIXELS, "drawing.png")
    return replace(request, image=image, sampling=replace(request.sampling, strength=strength))


def own(folder: Path, kind: str = "AmusedPipeline", **inputs: Any) -> Pixels:
    """What diffusers' own pipeline makes."""
    stock = getattr(diffusers, kind).from_pretrained(folder, dtype=torch.float32, local_files_only=True)
    bare(stock)
    return np.array(
        stock(
            "a dog", negative_prompt="a cat", num_inference_steps=STEPS, guidance_scale=2.0,
            generator=torch.Generator().manual_seed(7), **inputs,
        ).images[0]
    )  # fmt: skip


def test_every_step_is_seen_the_picture_is_the_stock_one_and_goes_on_from_any_step(folder, models, info):
    assert info.family == "amused" and info.capabilities.image_to_image
    assert not info.capabilities.learns and not info.capabilities.vae_kind
    request = ask(info)
    events = list(run(request, models, Control()))
    steps = [event for event in events if isinstance(event, Step)]
    assert [event.index for event in steps] == list(range(1, STEPS + 1))
    assert all(event.preview is not None for event in steps) and isinstance(events[-1], Finished)
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    assert np.array_equal(made, own(folder, width=SIDE, height=SIDE)) and made.std() > 1
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)
    KEPT.clear()  # the step is made again
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)
    more = replace(request.sampling, steps=STEPS + 2)
    assert drawn(replace(request, branch=Branch(request, 0, 2), sampling=more), models).std() > 1
    hurried = replace(request, speed=Speed.FAST)  # in 16 bits, from a step that was made in 32
    assert drawn(replace(hurried, branch=Branch(request, 0, 2)), models).std() > 1


def test_what_is_decided_stays_as_it_is_in_every_later_step(models, info):
    request = ask(info)
    list(run(request, models, Control(wants_previews=False)))
    mark = models.load(info, torch.float32).scheduler_config["mask_token_id"]
    kept = [step.latents for step in KEPT._steps.values()]
    shares = [float((tokens == mark).float().mean()) for tokens in kept]
    assert len(shares) == STEPS and shares == sorted(shares, reverse=True) and shares[-1] == 0 < shares[0] < 1
    for before, after in pairwise(kept):
        assert torch.equal(before[before != mark], after[before != mark])


def test_it_begins_midway_as_the_stock_pipeline_does_and_at_full_strength_anew(folder, models, info):
    request = ask(info)
    midway = start(0.5, request)
    made = drawn(midway, models)
    image = Image.fromarray(PIXELS)
    assert np.array_equal(made, own(folder, "AmusedImg2ImgPipeline", image=image, strength=0.5))
    assert np.array_equal(drawn(replace(midway, image=None, branch=Branch(midway, 0, 1)), models), made)
    assert np.array_equal(drawn(start(1.0, request), models), drawn(request, models))


def painted(models: Models, request: GenerationRequest, mask: np.ndarray) -> Pixels:
    model = models.load(models.catalog.find(request.model), torch.float32)
    setup = Setup(model.info, models, model, Control(wants_previews=False), Relief())
    held = Held(PIXELS, mask, 1.0)
    return Picture(Run(request, 0, setup, held)).paint(lambda event: None, lambda: False)


def test_a_mask_keeps_tokens_as_the_stock_pipeline_does(folder, models, info):
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[:32, :40] = 255
    inputs = {"image": Image.fromarray(PIXELS), "mask_image": Image.fromarray(mask)}
    made = painted(models, ask(info), mask)
    assert np.array_equal(made, own(folder, "AmusedInpaintPipeline", **inputs))
    everywhere = np.full_like(mask, 255)
    assert np.array_equal(painted(models, ask(info), everywhere), drawn(ask(info), models))
    nowhere = painted(models, ask(info), np.zeros_like(mask))
    space = models.load(info, torch.float32).space
    with torch.inference_mode():
        seen = space.decode(space.encode(torch.from_numpy(PIXELS).permute(2, 0, 1)[None] / 127.5 - 1))
    assert np.abs(nowhere - (seen[0].permute(1, 2, 0).numpy() + 1) * 127.5).max() <= 1


def test_a_soft_edit_keeps_what_is_outside_to_the_bit_and_frees_the_rest_in_its_turn(models, info):
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[:32, :32], mask[:32, 32:40] = 255, 120
    request = start(0.75, ask(info)).with_edit(ImageInput.of(PIXELS, "a.png"), Edit(mask=MaskInput.of(mask)))
    made = drawn(request, models)
    assert np.array_equal(made[56:, 56:], PIXELS[56:, 56:])
    assert not np.array_equal(made[:32, :32], PIXELS[:32, :32])
    hard, soft = np.where(mask > 200, 255, 0).astype(np.uint8), np.full_like(mask, 120)
    assert not np.array_equal(painted(models, ask(info), mask), painted(models, ask(info), hard))
    assert painted(models, ask(info), soft).std() > 1


def test_places_weights_turns_learnt_words_and_loras_are_followed(models, info, tmp_path):
    request = ask(info)
    made = drawn(request, models)
    assert_places_are_followed(request, models, made)
    for prompt in ("a (dog:1.8)", "a [dog:tree:0.5]", "a dog AND a tree"):
        assert not np.array_equal(drawn(replace(request, prompt=prompt), models), made), prompt
    assert np.array_equal(drawn(replace(request, prompt="a (dog:1.0)"), models), made)
    word = save_embedding(tmp_path / "word.safetensors", "dog")
    assert not np.array_equal(drawn(replace(request, embeddings=(str(word),)), models), made)
    lora = change_of(models.load(info, torch.float32).denoiser, tmp_path / "lora.safetensors")
    assert_it_is_worn(lora, request, models, made)


def test_cancel_lands_and_stopping_keeps_a_whole_picture(models, info):
    request = ask(info)
    before = drawn(request, models)
    events = run(request, models, Control())
    assert any(isinstance(event, Step) for event in events)
    events.close()
    assert np.array_equal(drawn(request, models), before)
    control = Control(wants_previews=False)
    control.stop_after(2)
    (kept,) = [event for event in run(request, models, control) if isinstance(event, ImageReady)]
    assert kept.recipe.stopped_at == 2 and kept.pixels.std() > 1
    assert not np.array_equal(kept.pixels, before)


def test_what_cannot_be_is_named(folder, models, info, tmp_path):
    with pytest.raises(BadRequest, match="cannot refine an enlarged picture"):
        info.check_can_refine()
    broken = Path(shutil.copytree(folder, tmp_path / "broken"))
    file = broken / "scheduler" / "scheduler_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "mask_token_id": CODE + 8}))
    with pytest.raises(UnsafeFile, match="do not count the same tokens"):
        models.catalog.find(str(broken))
    network = models.load(info, torch.float32).denoiser
    weight = network.mlm_layer.conv2.weight.detach().clone()
    with torch.no_grad():
        network.mlm_layer.conv2.weight.fill_(torch.nan)
    try:
        with pytest.raises(Overflow):
            drawn(ask(info), models)
    finally:
        with torch.no_grad():
            network.mlm_layer.conv2.weight.copy_(weight)


@pytest.mark.parametrize("kind", ["AmusedImg2ImgPipeline", "AmusedInpaintPipeline"])
def test_a_folder_of_its_other_pipelines_is_the_same_model(kind, folder, models, tmp_path):
    other = Path(shutil.copytree(folder, tmp_path / kind))
    file = other / "model_index.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "_class_name": kind}))
    assert models.catalog.find(str(other)).family == "amused"
