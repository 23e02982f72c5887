"""BLIP-Diffusion: a subject among the words as the stock pipeline has it, with BERT's out of a folder."""

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
from diffusers.pipelines.deprecated.blip_diffusion.blip_image_processing import BlipImageProcessor
from diffusers.pipelines.deprecated.blip_diffusion.modeling_blip2 import Blip2QFormerModel
from diffusers.pipelines.deprecated.blip_diffusion.modeling_ctx_clip import ContextCLIPTextModel
from PIL import Image
from safetensors.torch import load_file
from tiny_blip import SIDE, VOCABULARY, reader_config, tiny_bert_words, tiny_blip
from transformers.models.blip_2.modeling_blip_2 import Blip2QFormerAttention
from worn import drawn

from engine.api.edit import Edit
from engine.api.errors import BadRequest, UnsupportedModel
from engine.api.images import ImageInput
from engine.api.mask import MaskInput
from engine.api.model_info import ModelInfo
from engine.api.references import ReferenceInput
from engine.api.regions import RegionInput
from engine.api.request import GenerationRequest
from engine.cli.references import read_reference
from engine.diffusion import schedulers
from engine.models.assembly.tokenizer_folders import tokenizer_at
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.picture.picture import KEPT

STEPS = 2
PIXELS = (np.mgrid[0:48, 0:64, 0:3].sum(axis=0) * np.array([3, 2, 1])).clip(0, 255).astype(np.uint8)


@pytest.fixture(autouse=True)
def nothing_kept():
    KEPT.clear()


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    """The artist's folder: the model as its makers lay it out, and BERT's words in a folder of their own."""
    folder = tmp_path_factory.mktemp("models")
    tiny_blip(folder / "blipdiffusion")
    tiny_bert_words(folder / "bert-base-uncased")
    return Models(Catalog([folder]), "cpu")


def dog(subject: str = "dog", **more: Any) -> tuple[ReferenceInput, ...]:
    return (ReferenceInput(ImageInput.of(PIXELS, "dog.png"), subject=subject, **more),)


def ask(info: ModelInfo, **changes: Any) -> GenerationRequest:
    sampling = replace(info.defaults.sampling, scheduler="ddim", steps=STEPS, guidance=2.0, seed=7)
    asked = {"references": dog(), "negative_prompt": "blurry", **changes}
    return info.request("swimming", width=64, height=64, sampling=sampling, **asked)


def stock(folder: Path, words: Path, config: dict[str, Any], **call: Any) -> np.ndarray:
    """The stock pipeline, whose parts ask transformers for what version 4 had."""
    told = reader_config(transformers.CLIPTextConfig.from_pretrained(folder / "text_encoder").hidden_size)
    told["tokenizer"] = str(words)
    reader: Any = Blip2QFormerModel(transformers.Blip2Config(**told))
    reader.load_state_dict(load_file(folder / "qformer" / "model.safetensors"), strict=False)
    reader.get_head_mask = lambda mask, layers: [None] * layers
    reader.invert_attention_mask = lambda mask: (1 - mask)[:, None, None] * torch.finfo(torch.float32).min
    for module in reader.modules():
        if isinstance(module, Blip2QFormerAttention):
            module.forward = as_it_was(module.forward)  # type: ignore[method-assign]
    encoder: Any = ContextCLIPTextModel(transformers.CLIPTextConfig.from_pretrained(folder / "text_encoder"))
    encoder.load_state_dict(load_file(folder / "text_encoder" / "model.safetensors"), strict=False)
    layers = encoder.text_model.encoder.forward
    encoder.text_model.encoder.forward = lambda inputs_embeds, causal_attention_mask, **_: layers(
        inputs_embeds, attention_mask=causal_attention_mask
    )
    plain: Any = diffusers.StableDiffusionPipeline.from_pretrained(
        folder, text_encoder=None, safety_checker=None
    )
    pipeline: Any = diffusers.BlipDiffusionPipeline(
        plain.tokenizer, encoder.eval(), plain.vae, plain.unet, schedulers.build("ddim", config, 7, STEPS),
        reader.eval(), BlipImageProcessor(size={"height": SIDE, "width": SIDE}),
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    made = pipeline(
        ["swimming"], Image.fromarray(PIXELS), num_inference_steps=STEPS, guidance_scale=2.0,
        neg_prompt="blurry", return_dict=False, **call,
    )  # fmt: skip
    return np.array(made[0][0])


def as_it_was(attend: Any) -> Any:
    def attended(
        states: Any, mask: Any, _head: Any, seen: Any = None, seen_mask: Any = None, **_: Any
    ) -> Any:
        found = attend(
            states, attention_mask=mask, encoder_hidden_states=seen, encoder_attention_mask=seen_mask
        )
        return found, None

    return attended


def test_a_subject_is_drawn_as_the_stock_pipeline_draws_it(models):
    info = models.catalog.find("blipdiffusion")
    can = info.capabilities
    assert info.family == "blip_diffusion" and info.beside and info.path is not None
    assert can.subjects and can.needs_reference and can.references == 1 and can.maps and not can.adapters
    request = ask(info)
    made = drawn(request, models)
    loaded = models.load(info, torch.float32)
    cell = loaded.space.cell_px
    noise = torch.randn(1, 4, 64 // cell, 64 // cell, generator=torch.Generator().manual_seed(7))
    words = info.beside[0]
    own = stock(
        info.path, words, loaded.scheduler_config, source_subject_category=["dog"],
        target_subject_category=["dog"], latents=noise,
    )  # fmt: skip
    assert np.abs(made.astype(int) - own).max() <= 1 and made.std() > 1
    other = drawn(replace(request, references=dog(becomes="cat")), models)
    assert not np.array_equal(other, made)
    own = stock(
        info.path, words, loaded.scheduler_config, source_subject_category=["dog"],
        target_subject_category=["cat"], latents=noise,
    )  # fmt: skip
    assert np.abs(other.astype(int) - own).max() <= 1
    assert not np.array_equal(drawn(replace(request, prompt="asleep"), models), made)
    assert not np.array_equal(drawn(replace(request, references=dog("a")), models), made)
    assert np.array_equal(drawn(request, models), made)


def test_it_fills_soft_masks_and_what_is_missing_is_said(models):
    info = models.catalog.find("blipdiffusion")
    mask = np.zeros((64, 64), np.uint8)
    mask[:32, :32] = 255
    canvas = np.tile(PIXELS, (2, 1, 1))[:64]
    edited = drawn(ask(info).with_edit(ImageInput.of(canvas, "x.png"), Edit(mask=MaskInput.of(mask))), models)
    assert np.array_equal(edited[48:, 48:], canvas[48:, 48:])
    assert not np.array_equal(edited[:32, :32], canvas[:32, :32])
    place = RegionInput("asleep", MaskInput.of(mask))
    placed = drawn(ask(info, regions=(place,)), models)
    assert not np.array_equal(placed, drawn(ask(info), models))
    with pytest.raises(BadRequest, match="in a word") as refused:
        drawn(ask(info, references=dog(" ")), models)
    assert refused.value.data["problem"] == "no_subject"
    with pytest.raises(BadRequest, match="draws after a picture"):
        drawn(ask(info, references=()), models)


def test_berts_words_are_found_in_a_folder_and_said_to_be_missing(models, tmp_path):
    info = models.catalog.find("blipdiffusion")
    assert info.path is not None
    alone = Catalog([tmp_path])
    folder = tmp_path / "models" / "blipdiffusion"
    folder.parent.mkdir()
    folder.symlink_to(info.path)
    with pytest.raises(UnsupportedModel, match=r"vocab\.txt") as missing:
        alone.find(str(folder))
    assert missing.value.data["problem"] == "missing_tokenizer"
    other = tiny_bert_words(tmp_path / "bert-base-cased")
    (other / "vocab.txt").write_text("\n".join((*VOCABULARY[:-8], "Dog")))
    with pytest.raises(UnsupportedModel, match=r"vocab\.txt"):  # of another size than its network was taught
        alone.find(str(folder))
    hidden = tiny_bert_words(tmp_path / "models--bert-base-uncased" / "snapshots" / "86b5e0934494")
    assert alone.find(str(folder)).beside == (hidden,)
    control = tmp_path / "models" / "blipdiffusion-controlnet"
    shutil.copytree(info.path, control)
    index = json.loads((control / "model_index.json").read_text())
    index |= {
        "_class_name": "BlipDiffusionControlNetPipeline",
        "controlnet": ["diffusers", "ControlNetModel"],
    }
    (control / "model_index.json").write_text(json.dumps(index))
    assert alone.find(str(control)).family == "blip_diffusion"
    tiny_bert_words(control / "qformer")
    assert alone.find(str(control)).beside == ()
    found = tokenizer_at(hidden)
    assert found is not None and found.kind == "bert" and found.tokens == len(VOCABULARY)


def test_the_command_line_names_a_subject(tmp_path):
    Image.fromarray(PIXELS).save(tmp_path / "dog.png")
    given = read_reference(f"{tmp_path / 'dog.png'}:of=dog:as=teapot")
    assert (given.subject, given.becomes, given.weight) == ("dog", "teapot", 1.0)
    assert read_reference(f"{tmp_path / 'dog.png'}:0.5:of=red fox").subject == "red fox"
