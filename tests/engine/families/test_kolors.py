"""Kolors: its words are read as sentencepiece reads them, weigh, stand for places; it wears LoRAs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_families import tiny_folder
from tiny_other import change_of
from worn import assert_it_is_worn, assert_places_are_followed, drawn

from engine.api.errors import UnsupportedModel
from engine.models.assembly.examine import read_checkpoint
from engine.models.cache import Models
from engine.models.catalog import Catalog
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
