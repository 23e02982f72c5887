"""VQ-Diffusion draws the tokens of a picture again at each step, as diffusers' pipeline does."""

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
from diffusers.pipelines.deprecated.vq_diffusion import LearnedClassifierFreeSamplingEmbeddings
from learnt import save_embedding
from stock import bare
from tiny import tiny_tokenizer
from tiny_families import clip
from tiny_other import change_of
from tiny_stages import saved
from worn import assert_it_is_worn, drawn

from engine.api.control import Control
from engine.api.edit import Edit
from engine.api.errors import BadRequest, UnsafeFile
from engine.api.events import Finished, ImageReady, Step
from engine.api.images import ImageInput
from engine.api.mask import MaskInput
from engine.api.model_info import ModelInfo
from engine.api.request import Branch, GenerationRequest
from engine.picture.picture import KEPT
from engine.tasks import run

STEPS, SIDE, CODE, TAUGHT = 4, 64, 24, 8
STOCK: Any = diffusers
PIXELS = (np.mgrid[0:SIDE, 0:SIDE, 0:3].sum(axis=0) * np.array([3, 2, 1])).clip(0, 255).astype(np.uint8)


def vq_diffusion() -> Any:
    """Eight pixels a token; taught in eight steps."""
    transformer = STOCK.Transformer2DModel(
        num_attention_heads=2, attention_head_dim=8, num_vector_embeds=CODE + 1, cross_attention_dim=32,
        num_embeds_ada_norm=TAUGHT, norm_num_groups=8, sample_size=8, num_layers=1, attention_bias=True,
        activation_fn="geglu-approximate",
    )  # fmt: skip
    vqvae = STOCK.VQModel(
        block_out_channels=(8,) * 4, down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4, latent_channels=4, norm_num_groups=4,
        num_vq_embeddings=CODE, vq_embed_dim=6,
    )  # fmt: skip
    torch.nn.init.normal_(vqvae.quantize.embedding.weight)  # else its tokens look alike
    torch.nn.init.normal_(transformer.out.weight, std=2)
    for layer in (transformer.transformer_blocks[0].attn2.to_v, transformer.transformer_blocks[0].attn2.to_q):
        torch.nn.init.normal_(layer.weight, std=4)  # else words are hardly heard
    against = LearnedClassifierFreeSamplingEmbeddings(True, 32, tiny_tokenizer().model_max_length)
    torch.nn.init.normal_(against.embeddings)
    return STOCK.VQDiffusionPipeline(
        vqvae=vqvae, tokenizer=tiny_tokenizer(), text_encoder=clip(), transformer=transformer,
        scheduler=STOCK.VQDiffusionScheduler(CODE + 1, num_train_timesteps=TAUGHT),
        learned_classifier_free_sampling_embeddings=against,
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = saved({"vq": vq_diffusion}, tmp_path_factory.mktemp("vq")) / "vq"
    file = folder / "model_index.json"
    index = json.loads(file.read_text())
    index["learned_classifier_free_sampling_embeddings"][0] = "vq_diffusion"  # as its makers' folder says
    file.write_text(json.dumps(index))
    return folder


@pytest.fixture(autouse=True)
def nothing_kept():
    KEPT.clear()


def ask(info: ModelInfo, prompt: str = "a dog", steps: int = STEPS, **changes: Any) -> GenerationRequest:
    sampling = replace(info.defaults.sampling, steps=steps, guidance=2.0, seed=7)
    return info.request(prompt, width=SIDE, height=SIDE, sampling=sampling, **changes)


def own(folder: Path) -> np.ndarray:
    """What diffusers' own pipeline makes, of its parts."""
    kinds = {
        "vqvae": STOCK.VQModel, "text_encoder": type(clip()), "transformer": STOCK.Transformer2DModel,
        "scheduler": STOCK.VQDiffusionScheduler,
        "learned_classifier_free_sampling_embeddings": LearnedClassifierFreeSamplingEmbeddings,
    }  # fmt: skip
    parts = {part: kind.from_pretrained(folder / part) for part, kind in kinds.items()}
    stock = STOCK.VQDiffusionPipeline(**parts, tokenizer=tiny_tokenizer())
    bare(stock)
    made = stock(
        "a dog", num_inference_steps=STEPS, guidance_scale=2.0, generator=torch.Generator().manual_seed(7)
    )
    return np.array(made.images[0])


def test_every_step_is_seen_the_picture_is_the_stock_one_and_goes_on_from_any_step(folder, models, info):
    assert info.family == "vq_diffusion" and info.capabilities.fixed_size and info.defaults.width == SIDE
    assert not info.capabilities.negative_prompt and not info.capabilities.regions
    request = ask(info)
    events = list(run(request, models, Control()))
    steps = [event for event in events if isinstance(event, Step)]
    assert [event.index for event in steps] == list(range(1, STEPS + 1))
    assert all(event.preview is not None for event in steps) and isinstance(events[-1], Finished)
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    assert np.array_equal(made, own(folder)) and made.std() > 1
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)
    more = replace(request.sampling, steps=STEPS + 2)
    assert drawn(replace(request, branch=Branch(request, 0, 2), sampling=more), models).std() > 1
    with pytest.raises(BadRequest, match=f"at most {TAUGHT}"):
        drawn(ask(info, steps=TAUGHT + 1), models)


def test_a_start_picture_and_a_mask_are_kept_and_words_and_loras_count(models, info, tmp_path):
    request = ask(info, steps=TAUGHT)
    made, image = drawn(request, models), ImageInput.of(PIXELS, "a.png")
    midway = replace(request, image=image, sampling=replace(request.sampling, strength=0.25))
    space = models.load(info, torch.float32).space
    with torch.inference_mode():
        seen = space.decode(space.encode(torch.from_numpy(PIXELS).permute(2, 0, 1)[None] / 127.5 - 1))
    start = (seen[0].clamp(-1, 1).permute(1, 2, 0).numpy() + 1) * 127.5
    begun = drawn(midway, models)
    assert np.abs(begun - start).mean() < np.abs(made - start).mean()
    assert np.array_equal(drawn(replace(midway, image=None, branch=Branch(midway, 0, 1)), models), begun)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[:32, :32], mask[:32, 32:40] = 255, 120
    edited = drawn(request.with_edit(image, Edit(mask=MaskInput.of(mask))), models)
    assert np.array_equal(edited[56:, 56:], PIXELS[56:, 56:])
    assert not np.array_equal(edited[:32, :32], PIXELS[:32, :32])
    for prompt in ("a (dog:1.8)", "a [dog:tree:0.5]"):
        assert not np.array_equal(drawn(replace(request, prompt=prompt), models), made), prompt
    word = save_embedding(tmp_path / "word.safetensors", "dog")
    assert not np.array_equal(drawn(replace(request, embeddings=(str(word),)), models), made)
    lora = change_of(models.load(info, torch.float32).denoiser, tmp_path / "lora.safetensors")
    assert_it_is_worn(lora, request, models, made)


def test_cancel_lands_and_parts_of_unlike_codes_are_named(folder, models, info, tmp_path):
    request = ask(info)
    before = drawn(request, models)
    events = run(request, models, Control())
    assert any(isinstance(event, Step) for event in events)
    events.close()
    assert np.array_equal(drawn(request, models), before)
    later = Path(shutil.copytree(folder, tmp_path / "later"))  # as diffusers writes it now
    file = later / "model_index.json"
    file.write_text(file.read_text().replace('"vq_diffusion"', '"diffusers"'))
    moved = models.catalog.find(str(later))
    assert np.array_equal(drawn(replace(request, model=moved.name), models), before)
    broken = Path(shutil.copytree(folder, tmp_path / "broken"))
    file = broken / "scheduler" / "scheduler_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "num_vec_classes": CODE}))
    with pytest.raises(UnsafeFile, match="do not count the same tokens"):
        models.catalog.find(str(broken))
