"""Kolors: its words are read as sentencepiece reads them, weigh, stand for places; it wears LoRAs.

And it takes after pictures as its stock pipeline does.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny_families
import torch
from PIL import Image
from tiny_families import tiny_folder
from tiny_other import change_of
from tiny_references import save_adapter, tiny_adapter, tiny_encoder
from transformers import CLIPImageProcessor
from worn import assert_it_is_worn, assert_places_are_followed, drawn

from engine.api.errors import UnsupportedModel
from engine.api.images import ImageInput
from engine.api.references import AdapterInfo, ReferenceInput, ReferenceScope
from engine.diffusion import schedulers
from engine.models.assembly.examine import read_checkpoint
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.models.named.references import fitting_adapters
from engine.networks.class_networks import load_tokenizer

AS_SENTENCEPIECE_READS = {
    "a dog": [265, 263], " a  cat": [266, 265, 266, 264],
    "dogcat, 狗 2": [263, 262, 330, 266, 234, 142, 154, 266, 321],
    "<s> a_dog": [266, 339, 285, 340, 265, 342, 260], "": [], "Cat\tdog": [266, 295, 267, 286, 348, 260],
}  # fmt: skip
"""What sentencepiece 0.2.3 made of them with the same file; diffusers' class puts two marks before."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tiny_folder("kolors", tmp_path_factory.mktemp("kolors") / "kolors")


def test_a_prompt_is_cut_as_sentencepiece_cuts_it_and_filled_up_before(folder):
    tokenizer = load_tokenizer(read_checkpoint(folder), "tokenizer")
    for text, ids in AS_SENTENCEPIECE_READS.items():
        assert tokenizer(text, add_special_tokens=False).input_ids == ids
    mask, start = tokenizer.vocab_size + 1, tokenizer.vocab_size + 3
    read = tokenizer(["a dog"], padding="max_length", max_length=6, truncation=True, return_tensors="pt")
    assert read.input_ids.tolist() == [[0, 0, mask, start, 265, 263]]
    assert read.attention_mask.tolist() == [[0, 0, 1, 1, 1, 1]]
    assert read.position_ids.tolist() == [[0, 0, 0, 1, 2, 3]]
    long = tokenizer(
        ["a dog a cat"], padding="max_length", max_length=5, truncation=True, return_tensors="pt"
    )
    assert long.input_ids.tolist() == [[mask, start, 265, 263, 265]]


def test_words_weigh_stand_for_places_and_loras_are_worn(folder):
    models = Models(Catalog(), "cpu")
    info = models.catalog.find(str(folder))
    request = info.request(
        "a dog", width=64, height=64, sampling=replace(info.defaults.sampling, steps=3, guidance=2.0, seed=7)
    )
    made = drawn(request, models)
    assert not np.array_equal(drawn(replace(request, prompt="a (dog:1.8)"), models), made)
    assert np.array_equal(drawn(replace(request, prompt="a (dog:1)"), models), made)
    assert_places_are_followed(request, models, made)
    network = models.load(info, torch.float32).denoiser
    assert_it_is_worn(change_of(network, folder.parent / "lora.safetensors", "unet"), request, models, made)


def test_a_folder_without_its_words_is_named(folder):
    words = folder / "tokenizer" / "tokenizer.model"
    kept = words.read_bytes()
    words.unlink()
    with pytest.raises(UnsupportedModel, match=r"tokenizer\.model"):
        load_tokenizer(read_checkpoint(folder), "tokenizer")
    words.write_bytes(kept[:100])
    with pytest.raises(UnsupportedModel, match="sentence pieces"):
        load_tokenizer(read_checkpoint(folder), "tokenizer")
    words.write_bytes(kept)


def test_it_takes_after_pictures_as_the_stock_pipeline_does_and_is_afterwards_as_before(folder):
    from diffusers.pipelines.kolors import KolorsPipeline

    root = folder.parent
    tiny_encoder().save_pretrained(root / "image_encoder")
    models = Models(Catalog([root]), "cpu")
    info = models.catalog.find(str(folder))
    model = models.load(info, torch.float32)
    state = tiny_adapter(model.denoiser, variant="kolors", level=0.7)
    file = save_adapter(root / "ip" / "ip_adapter_plus_general.safetensors", state)
    y, x = np.mgrid[0:40, 0:40]
    shown = np.stack([x * 6, y * 6, 255 - x * 6], axis=2).astype(np.uint8)
    plain = info.request(
        "a dog", width=64, height=64, sampling=replace(info.defaults.sampling, steps=2, guidance=3.0, seed=7)
    )
    before, names = drawn(plain, models), set(model.denoiser.state_dict())
    reference = ReferenceInput(ImageInput.of(shown), 0.7)  # the only one here that fits
    given = replace(plain, references=(reference,))
    made = drawn(given, models)
    style = replace(given, references=(replace(reference, scope=ReferenceScope.STYLE),))
    styled = drawn(style, models)
    assert not np.array_equal(made, before) and not np.array_equal(styled, made)
    for _ in range(2):  # worn again, its words are still brought to their width
        assert np.array_equal(drawn(plain, models), before)
        assert set(model.denoiser.state_dict()) == names
        assert np.array_equal(drawn(given, models), made)
    drawn(plain, models)
    model.load_text_encoders()
    sampling = given.sampling
    pipeline = KolorsPipeline(
        **model.components,
        scheduler=schedulers.build(sampling.scheduler, model.scheduler_config, sampling.seed, sampling.steps),
        image_encoder=tiny_encoder(), feature_extractor=CLIPImageProcessor(size=32, crop_size=32),
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    pipeline.load_ip_adapter(str(file.parent), subfolder="", weight_name=file.name)
    pipeline.set_ip_adapter_scale(0.7)
    with torch.inference_mode():
        stock = pipeline(
            prompt="a dog", negative_prompt="", width=64, height=64, num_inference_steps=2,
            guidance_scale=3.0, generator=torch.Generator().manual_seed(7),
            ip_adapter_image=Image.fromarray(shown), return_dict=False,
        )[0][0]  # fmt: skip
    assert np.array_equal(np.array(stock), made)


def test_sdxl_s_adapters_whose_layers_are_as_wide_are_refused(folder, tmp_path):
    models = Models(Catalog([tmp_path]), "cpu")
    info = models.catalog.find(str(folder))
    network = tiny_families.kolors().unet
    for variant in ("plain", "plus"):
        file = save_adapter(tmp_path / f"sdxl-{variant}.safetensors", tiny_adapter(network, variant=variant))
        taken = info.request("a dog", width=64, height=64)
        given = ReferenceInput(ImageInput.of(np.zeros((8, 8, 3), np.uint8)), adapter=str(file))
        with pytest.raises(UnsupportedModel, match="not Kolors' own"):
            drawn(replace(taken, references=(given,)), models)
    assert fitting_adapters(info, models.catalog.beside(AdapterInfo)) == []
