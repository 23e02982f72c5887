"""Learnt words on SDXL: a word with the vectors of "dog" in both encoders is read as "dog"."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from tiny_families import tiny_folder

from engine.api.control import Control
from engine.api.errors import UnsupportedModel
from engine.api.events import ImageReady
from engine.api.learnt import LearntKind
from engine.api.request import GenerationRequest
from engine.families.two_clips import TwiceRead
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.models.named.learnt import learnt_of
from engine.tasks import run

UNSEEN = Control(wants_previews=False)
"""Fitting a preview to each tiny VAE takes longer than all else."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("sdxl")
    tiny_folder("sdxl", home / "xl")
    models = Models(Catalog([home]), "cpu")
    model = models.load(models.catalog.find("xl"), torch.float32)
    model.load_text_encoders()
    (dog,) = model.tokenizer("dog", add_special_tokens=False)["input_ids"]
    rows = {
        name: model.components[part].get_input_embeddings().weight[dog][None].clone()
        for name, part in (("clip_g", "text_encoder_2"), ("clip_l", "text_encoder"))
    }
    save_file(rows, home / "zorbi.safetensors")
    save_file({"clip_l": rows["clip_l"], "clip_g": torch.zeros(1, 48)}, home / "wide.safetensors")
    return home


@pytest.fixture(scope="module")
def models(folder) -> Models:
    return Models(Catalog([folder]), "cpu")


def ask(models: Models, prompt: str, *embeddings: str) -> GenerationRequest:
    info = models.catalog.find("xl")
    request = info.request(prompt, width=64, height=64, embeddings=embeddings)
    return replace(request, sampling=replace(request.sampling, steps=2, guidance=2.0, seed=3))


def pixels_of(request: GenerationRequest, models: Models) -> np.ndarray:
    (made,) = [event for event in run(request, models, UNSEEN) if isinstance(event, ImageReady)]
    return made.pixels


@pytest.mark.parametrize("words", ["a {}", "a ({}:1.4), a cat", "a cat BREAK a {}"])
def test_a_learnt_word_is_read_by_both_encoders_as_the_word_whose_vectors_it_has(words, models):
    info = models.catalog.find("xl")
    assert info.capabilities.embeddings
    model = models.load(info, torch.float32)
    learnt = learnt_of(ask(models, "", "zorbi"), info, models.catalog)
    read = model.reader.read(model, words.format("zorbi"), learnt.words, False)
    assert isinstance(read, TwiceRead)
    ours = model.reader.encode(model, read, learnt.vectors(torch.float32))
    plain = model.reader.read(model, words.format("dog"), learnt.words, False)
    theirs = model.reader.encode(model, plain, ())
    assert not isinstance(plain, TwiceRead) and ours.keys() == theirs.keys()
    assert all(torch.allclose(ours[name], theirs[name], atol=1e-5) for name in theirs)


def test_it_draws_the_same_picture_and_words_for_others_are_refused(models):
    found = models.catalog.find_learnt(LearntKind.EMBEDDING, "zorbi")
    assert (found.trigger, found.vectors, found.text_width) == ("zorbi", 1, 64)
    drawn = pixels_of(ask(models, "a zorbi", "zorbi"), models)
    dog = pixels_of(ask(models, "a dog"), models)
    assert np.abs(drawn.astype(int) - dog).max() <= 1
    assert np.abs(drawn.astype(int) - pixels_of(ask(models, "a cat"), models)).max() > 1
    with pytest.raises(UnsupportedModel, match="80 numbers, and the model reads 64"):
        pixels_of(ask(models, "a wide", "wide"), models)
