"""Learnt words in text encoders of every kind: a word with the rows of "dog" is read as "dog"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from tiny_families import FAMILIES, tiny_folder
from tiny_instructed import INSTRUCTED, instructed_folder
from tiny_other import MODULAR, OTHERS, modular_folder, other_folder
from tiny_stages import cascade_decoder, cascade_prior, deepfloyd_if, karlo, saved

from engine.api.control import Control
from engine.api.errors import UnsupportedModel
from engine.api.events import ImageReady
from engine.api.images import ImageInput
from engine.api.prompt import parse
from engine.api.request import GenerationRequest
from engine.diffusion.embeddings import tokens_of
from engine.families.adapted import cascade
from engine.families.adapted import karlo as karlo_room
from engine.families.learnt_tokens import ENCODERS, row_names, table_of, tokenizers_of, with_tokens
from engine.families.loaded_model import LoadedModel
from engine.families.words import StockReader
from engine.models.cache import Models
from engine.tasks import run

MAKERS = {
    **dict.fromkeys(FAMILIES, tiny_folder), **dict.fromkeys(OTHERS, other_folder),
    **dict.fromkeys(MODULAR, modular_folder), **dict.fromkeys(INSTRUCTED, instructed_folder),
}  # fmt: skip
READ = (
    "flux2-dev", "flux2-klein", "chroma", "pixart", "sana", "lumina2", "z-image",
    "qwen-image", "auraflow", "cogview3", "cogview4", "prx", "nucleus_image",
)  # fmt: skip
"""Tiny folders of all that read words before they draw, and by one encoder."""
UNSEEN = Control(wants_previews=False)
STEPS = 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Callable[[str], Path]:
    root, made = tmp_path_factory.mktemp("read"), {}

    def make(name: str) -> Path:
        if name not in made:
            made[name] = MAKERS[name](name, root / name)
        return made[name]

    return make


def loaded(models: Models, folder: Path) -> LoadedModel:
    info = models.catalog.find(str(folder))
    model = models.load(info, torch.float32)
    model.load_text_encoders()
    return model


def encoders_of(model: LoadedModel) -> dict[str, tuple[Any, Any]]:
    """By the encoder's part: its tokenizer and itself."""
    return {
        part: (tokenizer, model.components[part])
        for part, tokenizer in tokenizers_of(model.components).items()
    }


def rows_of(model: LoadedModel, prompt: str, word: str) -> dict[str, torch.Tensor]:
    """What every encoder's table has for `word` of `prompt`, with the blank before it."""
    begin = prompt.index(f" {word}")
    rows = {}
    for part, (tokenizer, encoder) in encoders_of(model).items():
        ids = [
            token.id for token in tokens_of(tokenizer, prompt) if begin <= token.start < begin + len(word) + 1
        ]
        rows[part] = table_of(encoder).weight[torch.tensor(ids)].detach().clone()
    return rows


@pytest.mark.parametrize("name", READ)
def test_a_word_with_the_rows_of_another_is_read_as_that(models, folder, name: str):
    model = loaded(models, folder(name))
    reader = model.reader
    assert isinstance(reader, StockReader)
    (vectors,) = rows_of(model, "it is dog here", "dog").values()
    assert vectors.shape[1] == model.info.capabilities.word_width
    words = {"other": 1, "zorbi": len(vectors)}
    told = [torch.zeros(1, vectors.shape[1]), vectors]
    with torch.no_grad():
        ours = reader.encode(model, reader.read(model, "it is zorbi here", words, False), told)
        theirs = reader.encode(model, reader.read(model, "it is dog here", words, False), told)
        others = reader.encode(model, reader.read(model, "it is other here", words, False), told)
    assert ours.keys() == theirs.keys()
    for key, expected in theirs.items():
        assert torch.allclose(ours[key].float(), expected.float(), atol=1e-5), key
    assert any(
        others[key].shape != theirs[key].shape or not torch.allclose(others[key].float(), theirs[key].float())
        for key in theirs
    )
    # nothing is left in the model: the word is one like any other
    plain = reader.read(model, "it is zorbi here", None, False)
    with torch.no_grad():
        again = reader.encode(model, plain, ())
    assert again.keys() == theirs.keys() and plain.texts == ("it is zorbi here",)


LATER = (
    "bria", "kandinsky3", "longcat_image", "flux3", "qwen_image_21", "qwen-image-edit", "fibo-edit",
    "joyimage-edit",
)  # fmt: skip
"""Of those that read words while they draw; some have both a tokenizer and a processor."""


@pytest.mark.parametrize("name", LATER)
def test_what_is_read_while_the_picture_is_drawn_hears_it_too(models, folder, tmp_path: Path, name: str):
    assert_it_hears_dog(models, folder(name), tmp_path)


STAGED: dict[str, dict[str, Callable[[], Any]]] = {
    "stable-cascade": {"stable-cascade": cascade_decoder, "stable-cascade-prior": cascade_prior},
    "if": {"if": deepfloyd_if},
    "karlo": {"karlo": karlo},
}


@pytest.mark.parametrize("name", STAGED)
def test_a_first_stage_hears_it_for_all(models, tmp_path: Path, name: str, monkeypatch):
    for room, stage in (
        (cascade, "DECODER_STEPS"),
        (karlo_room, "PRIOR_STEPS"),
        (karlo_room, "LARGER_STEPS"),
    ):
        monkeypatch.setattr(room, stage, STEPS)
    assert_it_hears_dog(models, saved(STAGED[name], tmp_path) / name, tmp_path)


def assert_it_hears_dog(models: Models, at: Path, tmp_path: Path) -> None:
    """The picture of a word with the rows of "dog" is that of "dog", and not that of its letters."""
    model = loaded(models, at)
    info = model.info
    ((part, rows),) = rows_of(model, "it is dog here", "dog").items()
    assert rows.shape[1] == info.capabilities.word_width, part
    file = tmp_path / "zorbi.safetensors"
    save_file({"zorbi": rows}, file)
    side = max(64, info.capabilities.size_multiple)
    asked = info.request("it is zorbi here", width=side, height=side, embeddings=(str(file),))
    if info.capabilities.needs_picture:
        asked = replace(
            asked, image=ImageInput.of(np.eye(side, dtype=np.uint8)[..., None].repeat(3, 2) * 255)
        )
    asked = replace(asked, negative_prompt="")
    asked = replace(asked, sampling=replace(info.defaults.sampling, steps=STEPS, seed=3))
    ours, dog, letters = (
        pixels_of(each, models).astype(int)
        for each in (
            asked, replace(asked, prompt="it is dog here", embeddings=()), replace(asked, embeddings=())
        )
    )  # fmt: skip
    assert np.abs(ours - dog).max() <= 1
    assert np.abs(ours - dog).sum() < 0.2 * np.abs(ours - letters).sum()


def test_stable_diffusion_3_hears_it_in_each_of_its_three(models, folder):
    model = loaded(models, folder("sd3"))
    rows = rows_of(model, "it is dog here", "dog")
    of_clips = [rows["text_encoder"], rows["text_encoder_2"]]
    count, width = len(of_clips[0]), rows["text_encoder_3"].shape[1]

    def read(prompt: str, of_t5: torch.Tensor) -> dict[str, torch.Tensor]:
        told, words = [torch.cat([*of_clips, of_t5], dim=1)], {"zorbi": count}
        with torch.no_grad():
            return model.reader.encode(model, model.reader.read(model, prompt, words, False), told)

    ours = read("it is zorbi here", torch.zeros(count, width))
    dog = read("it is dog here", torch.zeros(count, width))
    assert torch.allclose(ours["pooled_prompt_embeds"], dog["pooled_prompt_embeds"], atol=1e-5)
    both = ours["prompt_embeds"].shape[1] - 256
    assert torch.allclose(ours["prompt_embeds"][:, :both], dog["prompt_embeds"][:, :both], atol=1e-5)
    other = read("it is zorbi here", torch.ones(count, width))
    assert torch.equal(other["prompt_embeds"][:, :both], ours["prompt_embeds"][:, :both])
    assert not torch.allclose(other["prompt_embeds"][:, both:], ours["prompt_embeds"][:, both:])


@pytest.mark.parametrize("name", ["flux-dev", "chroma"])
def test_the_picture_is_that_of_diffusers_own_textual_inversion(models, folder, tmp_path: Path, name: str):
    model = loaded(models, folder(name))
    generator = torch.Generator().manual_seed(4)
    given = {part: network for part, (_, network) in encoders_of(model).items()}
    rows = {
        called: torch.randn(3, table_of(network).weight.shape[1], generator=generator)
        for called, network in zip(row_names(given), given.values(), strict=True)
    }
    file = tmp_path / "zorbi.safetensors"
    save_file(rows if len(rows) > 1 else {"zorbi": next(iter(rows.values()))}, file)
    info = model.info
    asked = info.request("a zorbi in snow", width=64, height=64, embeddings=(str(file),))
    asked = replace(asked, sampling=replace(info.defaults.sampling, steps=STEPS, guidance=1.0, seed=3))
    ours = pixels_of(asked, models)
    pipeline = diffusers.DiffusionPipeline.from_pretrained(folder(name))
    for part, called in zip(given, rows, strict=True):
        tokenizer = next(told for told, encoder in ENCODERS.items() if encoder == part)
        pipeline.load_textual_inversion(
            rows[called], token="zorbi", text_encoder=getattr(pipeline, part),
            tokenizer=getattr(pipeline, tokenizer),
        )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    kept = model.reader
    assert isinstance(kept, StockReader)
    size = {"width": 64, "height": 64, "num_inference_steps": STEPS, "guidance_scale": 1.0}
    noise = torch.Generator().manual_seed(3)
    theirs = pipeline("a zorbi in snow", generator=noise, output_type="np", **size).images[0]
    assert np.abs(ours.astype(int) - np.round(theirs * 255)).max() <= 1
    assert np.abs(ours.astype(int) - pixels_of(replace(asked, embeddings=()), models)).max() > 1


def pixels_of(request: GenerationRequest, models: Models) -> np.ndarray:
    return next(event for event in run(request, models, UNSEEN) if isinstance(event, ImageReady)).pixels


def test_words_are_found_where_they_stand_alone_and_in_one_piece():
    words = {"Zorbi": 2, "red fox": 1}

    def read(prompt: str) -> list[str]:
        return [segment.text for segment in with_tokens(parse(prompt), words)]

    assert read("a zorbi, two ZORBIS") == ["axlearnt0xxlearnt1x, two ZORBIS"]
    assert read("zorbi and zorbi") == ["xlearnt0xxlearnt1x andxlearnt0xxlearnt1x"]
    assert read("a (zorbi:1.3) here") == ["a", "xlearnt0xxlearnt1x", " here"]
    assert read("a red (fox:1.3)") == ["a red ", "fox"]  # half of it weighs otherwise
    assert read("a red fox") == ["axlearnt2x"]


def test_a_word_for_other_encoders_is_refused_with_both_widths(models, folder, tmp_path: Path):
    save_file({"zorbi": torch.zeros(2, 24)}, tmp_path / "zorbi.safetensors")
    info = models.catalog.find(str(folder("z-image")))
    asked = info.request("a zorbi", embeddings=(str(tmp_path / "zorbi.safetensors"),))
    with pytest.raises(UnsupportedModel, match="24 numbers, and the model reads 16"):
        run(asked, models)
