"""A picture is taken apart as diffusers' own pipeline does it: layers, opacity, and what is written of it."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import tiny_single
import torch
import transformers
from PIL import Image
from stock import bare
from tiny_families import byte_tokenizer, qwen_image
from tiny_instructed import stock_processor
from tiny_other import change_of
from worn import assert_it_is_worn

from engine.api.control import Control
from engine.api.edit import Edit
from engine.api.errors import BadRequest, UnsupportedModel
from engine.api.events import Finished, ImageReady, Loading, Step
from engine.api.images import ImageInput, Stack, layers_in, pixels_hash
from engine.api.model_info import ModelInfo
from engine.api.request import Branch, GenerationRequest
from engine.api.wire import event_from_message, event_to_message, with_pictures
from engine.cli import main
from engine.cli.inspect import recipe_facts
from engine.diffusion import preview, schedulers
from engine.library.layers import read_layers
from engine.library.pictures import encode_picture, open_picture, read_metadata
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.picture.picture import KEPT
from engine.tasks import run
from engine.verification import verify

STEPS, WIDTH, HEIGHT, LAYERS = 2, 64, 32, 2
UNSEEN = Control(wants_previews=False)
MODULE: Any = importlib.import_module(diffusers.QwenImageLayeredPipeline.__module__)


def layered() -> Any:
    """As the makers' own, but tiny: picture and layers have places of their own, pixels have opacity."""
    autoencoder = diffusers.AutoencoderKLQwenImage(
        base_dim=4, z_dim=8, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True],
        latents_mean=[0.1, -0.2, 0.3, 0.0] * 2, latents_std=[0.9, 1.1, 1.2, 0.7] * 2, input_channels=4,
    )  # fmt: skip
    transformer = diffusers.QwenImageTransformer2DModel(
        patch_size=2, in_channels=32, out_channels=8, num_layers=1, attention_head_dim=16,
        num_attention_heads=2, joint_attention_dim=16, guidance_embeds=False, axes_dims_rope=(8, 4, 4),
        use_additional_t_cond=True, use_layer3d_rope=True,
    )  # fmt: skip
    plain = qwen_image()
    pipeline: Any = diffusers.QwenImageLayeredPipeline
    return pipeline(
        scheduler=plain.scheduler, vae=autoencoder, text_encoder=plain.text_encoder,
        tokenizer=byte_tokenizer(), processor=None, transformer=transformer,
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("layered") / "apart"
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = layered()
    made.text_encoder.generation_config.eos_token_id = list(range(64))  # it ends after a few letters
    made.save_pretrained(place)
    index = json.loads((place / "model_index.json").read_text())
    index["processor"] = ["transformers", "Qwen2VLProcessor"]
    (place / "model_index.json").write_text(json.dumps(index))
    (place / "lienzo.json").write_text(json.dumps({"width": WIDTH, "height": HEIGHT}))
    return place


def drawing() -> ImageInput:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    return ImageInput.of(np.stack([x * 3, y * 3, 255 - x - y], axis=2).astype(np.uint8), "drawing.png")


def ask(info: ModelInfo, prompt: str = "a dog", guidance: float = 2.0, **more: Any) -> GenerationRequest:
    sampling = replace(info.defaults.sampling, steps=STEPS, guidance=guidance, seed=7, layers=LAYERS)
    return info.request(
        prompt, negative_prompt="a cat", width=WIDTH, height=HEIGHT, sampling=sampling, image=drawing(),
        **more,
    )  # fmt: skip


def made_of(request: GenerationRequest, models: Models, control: Control = UNSEEN) -> Stack:
    (made,) = [event for event in run(request, models, control) if isinstance(event, ImageReady)]
    assert made.layers is not None and made.recipe.stopped_at == control.last_step
    return made.layers


@pytest.fixture(scope="module")
def stock(folder, models, info):
    """What diffusers' own pipeline makes of a request, below one another."""
    pipeline: Any = diffusers.QwenImageLayeredPipeline.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True,
        processor=stock_processor(transformers.Qwen2Tokenizer.from_pretrained(folder / "tokenizer")),
    )  # fmt: skip
    bare(pipeline)
    config = models.load(info, torch.float32).scheduler_config

    def call(request: GenerationRequest) -> np.ndarray:
        sampling = request.sampling
        pipeline.scheduler = schedulers.build(sampling.scheduler, config, sampling.seed, sampling.steps)
        made = pipeline(
            Image.fromarray(np.array(drawing().pixels)).convert("RGBA"),
            request.prompt, request.negative_prompt, true_cfg_scale=sampling.guidance,
            layers=sampling.layers, num_inference_steps=sampling.steps,
            generator=torch.Generator().manual_seed(sampling.seed), use_en_prompt=True,
        )  # fmt: skip
        return np.concatenate([np.array(layer) for layer in made.images[0]])

    return call


@pytest.fixture(autouse=True)
def of_the_same_size(monkeypatch):
    """The stock pipeline knows two areas only, of 640 and 1024 pixels a side; here it draws a small one."""
    own, small = MODULE.calculate_dimensions, {640 * 640: WIDTH * HEIGHT}
    monkeypatch.setattr(MODULE, "calculate_dimensions", lambda area, ratio: own(small.get(area, area), ratio))
    monkeypatch.setattr(preview, "MOST_SAMPLES", 4)


def test_the_layers_are_the_stock_pipeline_s_and_each_step_is_shown(info, models, stock):
    assert (
        info.family == "qwen_image_layered" and info.capabilities.layers and info.capabilities.needs_picture
    )
    request = ask(info)
    events = list(run(request, models))
    steps = [event for event in events if isinstance(event, Step)]
    assert [step.index for step in steps] == [1, 2] and isinstance(events[-1], Finished)
    assert all(step.preview is not None and step.preview.shape[1] == 2 * len(step.preview) for step in steps)
    (made,) = [event for event in events if isinstance(event, ImageReady)]
    assert made.layers is not None and made.layers.shape == (LAYERS * HEIGHT, WIDTH, 4)
    theirs = stock(request)
    assert np.abs(made.layers.astype(int) - theirs).max() <= 1 and made.layers[..., 3].std() > 1
    assert (
        made.recipe.layers_sha256 == pixels_hash(made.layers)
        and made.recipe.request.sampling.layers == LAYERS
    )
    seen = Image.new("RGBA", (WIDTH, HEIGHT), "white")
    for layer in layers_in(made.layers, HEIGHT):
        seen = Image.alpha_composite(seen, Image.fromarray(layer))
    assert np.abs(made.pixels.astype(int) - np.array(seen)[..., :3]).max() <= 2
    over_the_door = event_from_message(*event_to_message(made))
    assert isinstance(over_the_door, ImageReady) and over_the_door.layers is not None
    assert np.array_equal(over_the_door.layers, made.layers)


def test_without_a_prompt_it_writes_one_as_the_stock_pipeline_does(info, models, stock):
    silent = replace(ask(info, "", 1.0), negative_prompt="")
    events = list(run(silent, models, UNSEEN))
    written = [event.share for event in events if isinstance(event, Loading) and event.stage == "first_stage"]
    assert len(written) > 2 and written[0] == 0
    (made,) = [event for event in events if isinstance(event, ImageReady)]
    assert made.layers is not None
    assert np.abs(made.layers.astype(int) - stock(replace(silent, negative_prompt=None))).max() <= 1
    told = made_of(replace(silent, prompt="a dog"), models)
    assert not np.array_equal(told, made.layers)
    assert made.recipe.described and ("Described as", made.recipe.described) in recipe_facts(made.recipe)


def test_it_is_branched_stopped_and_cancelled(info, models):
    whole = ask(info)
    made = made_of(whole, models)
    branch = replace(whole, image=None, branch=Branch(whole, 0, 1))
    assert np.array_equal(made_of(branch, models), made)
    KEPT.clear()
    assert np.array_equal(made_of(branch, models), made)
    control = Control(wants_previews=False)
    control.stop_after(1)
    assert not np.array_equal(made_of(whole, models, control), made)
    events = run(whole, models, UNSEEN)
    next(event for event in events if isinstance(event, Step))
    events.close()
    other = replace(whole, sampling=replace(whole.sampling, layers=3, seed=8))
    assert len(made_of(other, models)) == 3 * HEIGHT


def test_a_lora_is_worn(info, models, tmp_path):
    request = ask(info)
    (made,) = [event for event in run(request, models, UNSEEN) if isinstance(event, ImageReady)]
    lora = change_of(models.load(info, torch.float32).denoiser, tmp_path / "lora.safetensors")
    assert_it_is_worn(lora, request, models, made.pixels)


def test_what_it_cannot_do_is_said(info, models):
    request = ask(info)
    with pytest.raises(BadRequest, match="changes no part of one"):
        run(replace(request, image=None).with_edit(drawing(), Edit()), models)
    with pytest.raises(BadRequest, match="give it one"):
        run(replace(request, image=None), models)
    with pytest.raises(BadRequest, match="layers"):
        run(replace(request, sampling=replace(request.sampling, layers=0)), models)


def test_the_command_line_writes_each_layer_and_the_picture_holds_them(folder, models, tmp_path, capsys):
    start, apart = tmp_path / "start.png", tmp_path / "apart.png"
    Image.fromarray(np.repeat(np.array(drawing().pixels), 2, axis=1)).save(start)
    words = ["--model", str(folder), "--image", str(start), "--steps", "2", "--layers", "2", "--seed", "3"]
    assert main(["generate", "a dog", *words, "-o", str(apart)]) == 0
    names, said = ["apart-layer-1.png", "apart-layer-2.png"], capsys.readouterr().err
    assert all(name in said for name in names)
    recipe = read_metadata(apart).recipe
    assert recipe is not None and recipe.request.sampling.layers == 2
    assert recipe.request.extent == (96, 32)  # in the proportions of the picture
    kept = read_layers(apart)
    assert kept is not None and recipe.layers_sha256 == pixels_hash(kept)
    assert np.array_equal(kept, np.concatenate([np.array(Image.open(tmp_path / name)) for name in names]))
    given = recipe.request.image
    assert given is not None
    request = with_pictures(recipe.request, {given.sha256: open_picture(start).pixels})
    assert verify(apart, recipe, request, models).is_same
    other = tmp_path / "other.png"
    other.write_bytes(encode_picture(open_picture(apart).pixels, recipe, layers=255 - kept))
    verdict = verify(other, recipe, request, models)
    assert verdict.different_pixels > 0 and verdict.remade_as_recipe


def test_a_file_beside_its_vae_and_text_encoder_is_that_model(models, tmp_path):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        plain = tiny_single.qwen_image()
        vae = diffusers.AutoencoderKLQwenImage(
            base_dim=8, dim_mult=[1, 2, 2, 2], num_res_blocks=1, input_channels=4
        )
        transformer = diffusers.QwenImageTransformer2DModel(
            num_layers=2, num_attention_heads=1, joint_attention_dim=128, use_additional_t_cond=True,
            use_layer3d_rope=True,
        )  # fmt: skip
        stock: Any = diffusers.QwenImageLayeredPipeline
        pipeline = stock(
            scheduler=plain.scheduler, vae=vae, text_encoder=plain.text_encoder, tokenizer=plain.tokenizer,
            processor=None, transformer=transformer,
        )  # fmt: skip
    folder = tmp_path / "apart"
    pipeline.save_pretrained(folder)
    index = json.loads((folder / "model_index.json").read_text())
    index["processor"] = ["transformers", "Qwen2VLProcessor"]
    (folder / "model_index.json").write_text(json.dumps(index))
    home = tmp_path / "comfy_ui" / "models"
    places = {"vae": "vae/qwen_image_layered_vae", "text_encoder": "text_encoders/qwen_2.5_vl_7b"}
    for part, place in places.items():
        tiny_single.save(tiny_single.part_state(pipeline, part, ""), home / f"{place}.safetensors")
    pipeline.tokenizer.save_pretrained(tmp_path / "comfy_ui" / "comfy" / "text_encoders" / "qwen")
    file = home / "diffusion_models" / "qwen_image_layered_bf16.safetensors"
    tiny_single.save(transformer.state_dict(), file)
    whole, alone = models.catalog.find(str(folder)), models.catalog.find(str(file))
    assert (alone.family, alone.capabilities) == (whole.family, whole.capabilities)
    request = replace(ask(whole), width=WIDTH, height=HEIGHT)
    made = made_of(request, models)
    assert np.array_equal(made, made_of(replace(request, model=alone.name), models))
    (home / "vae" / "qwen_image_layered_vae.safetensors").unlink()
    tiny_single.save(tiny_single.part_state(plain, "vae", ""), home / "vae" / "qwen_image_vae.safetensors")
    with pytest.raises(UnsupportedModel, match="qwen_image_layered_vae"):
        Catalog().find(str(file))  # that of Qwen-Image knows no opacity
