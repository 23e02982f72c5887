"""The language of prompts on every family: weights, chunks, turns, joined sentences, places."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny import tiny_sd
from tiny_families import FAMILIES, tiny_folder
from tiny_other import MODULAR, modular_folder

from engine.api.errors import BadRequest
from engine.api.events import ImageReady, Notice
from engine.api.images import Pixels
from engine.api.mask import MaskInput
from engine.api.model_info import ModelInfo
from engine.api.regions import RegionInput
from engine.api.request import Branch, GenerationRequest
from engine.families.words import Sentence
from engine.models.cache import Models
from engine.picture import picture
from engine.tasks import run

STEPS, SIDE = 4, 64
WORDLESS = ("dit", "unet2d", "consistency")
ALIKE = ("qwen-image-edit-plus",)
"""Reads words as the entry before it does; each of its pictures takes seconds."""
READING = ["sd", *(name for name in FAMILIES if name not in (*WORDLESS, *ALIKE))]
DEAF = ("sana", "qwen-image-edit")
"""Tiny networks in which other negative words change less than a level of a pixel."""
PICTURED = ("flux-kontext",)
"""Entries that need a picture to begin with."""


@pytest.fixture(scope="module")
def infos(tmp_path_factory, models) -> dict[str, ModelInfo]:
    root = tmp_path_factory.mktemp("words")
    folders: dict[str, Path] = {name: tiny_folder(name, root / name) for name in FAMILIES}
    folders["sd"] = tiny_sd(root / "sd")
    return {name: models.catalog.find(str(folder)) for name, folder in folders.items()}


@pytest.fixture(autouse=True)
def nothing_kept():
    picture.KEPT.clear()


def ask(info: ModelInfo, prompt: str, **changes) -> GenerationRequest:
    own = info.defaults.sampling
    guidance = 2.0 if info.capabilities.guidance else own.guidance
    sampling = replace(own, steps=STEPS, guidance=guidance, seed=7)
    values = {"negative_prompt": "a cat", "width": SIDE, "height": SIDE, "sampling": sampling, **changes}
    if info.capabilities.needs_picture:
        from engine.api.images import ImageInput

        y, x = np.mgrid[0:SIDE, 0:SIDE]
        drawing = np.stack([x * 3, y * 3, 255 - x - y], axis=2).astype(np.uint8)
        values["image"] = ImageInput.of(drawing)
    return info.request(prompt, **values)


def drawn(request: GenerationRequest, models: Models) -> Pixels:
    [made] = [event for event in run(request, models) if isinstance(event, ImageReady)]
    return made.pixels


def far(one: Pixels, other: Pixels) -> float:
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


def everywhere(value: int = 255) -> MaskInput:
    return MaskInput.of(np.full((SIDE, SIDE), value, np.uint8))


@pytest.mark.parametrize("name", READING)
def test_a_change_midway_is_the_branch_with_the_other_words(name, infos, models):
    info = infos[name]
    before, after = ask(info, "a dog"), ask(info, "a red house")
    changed = drawn(ask(info, "[a dog:a red house:2]"), models)
    branch = drawn(replace(after, image=None, branch=Branch(before, 0, 2)), models)
    assert np.array_equal(changed, branch)
    assert not np.array_equal(changed, drawn(before, models))
    assert np.array_equal(drawn(ask(info, "[a dog:a red house:0]"), models), drawn(after, models))


@pytest.mark.parametrize("name", READING)
def test_words_that_take_turns_are_neither_alone_and_those_of_the_negative_prompt_too(name, infos, models):
    info = infos[name]
    turns = drawn(ask(info, "a [dog|house]"), models)
    assert far(turns, drawn(ask(info, "a dog"), models)) > 0
    assert far(turns, drawn(ask(info, "a house"), models)) > 0
    if info.capabilities.negative_prompt and name not in DEAF:
        plain = drawn(ask(info, "a dog"), models)
        assert far(plain, drawn(ask(info, "a dog", negative_prompt="a [cat:house:2]"), models)) > 0


@pytest.mark.parametrize("name", READING)
def test_a_place_that_is_everything_is_drawn_by_its_sentence(name, infos, models):
    info = infos[name]
    asked = ask(info, "a dog", regions=(RegionInput("a red house", everywhere()),))
    if not info.capabilities.regions:
        with pytest.raises(BadRequest, match="places"):
            run(asked, models)
        with pytest.raises(BadRequest, match="AND"):
            run(ask(info, "a dog AND a cat"), models)
        return
    alone, whole = drawn(ask(info, "a red house"), models), drawn(ask(info, "a dog"), models)
    assert far(drawn(asked, models), alone) < 0.2 * far(alone, whole)
    nowhere = replace(asked, regions=(RegionInput("a red house", everywhere(0)),))
    assert far(drawn(nowhere, models), whole) < 0.2 * far(alone, whole)


@pytest.mark.parametrize("name", READING)
def test_joined_sentences_count_by_their_weights(name, infos, models):
    info = infos[name]
    if not info.capabilities.regions:
        return
    first, second = drawn(ask(info, "a dog"), models), drawn(ask(info, "a red house"), models)
    only = drawn(ask(info, "a dog :1 AND a red house :0"), models)
    assert far(only, first) < 0.2 * far(first, second)
    other = drawn(ask(info, "a dog :0 AND a red house :1"), models)
    assert far(other, second) < 0.2 * far(first, second)
    both = drawn(ask(info, "a dog AND a red house"), models)
    assert min(far(both, first), far(both, second)) > 0


@pytest.mark.parametrize("name", READING)
def test_a_weight_counts_where_the_model_says_so_and_else_not(name, infos, models):
    info = infos[name]
    plain = drawn(ask(info, "a red dog"), models)
    weighed = drawn(ask(info, "a (red:1.8) dog"), models)
    assert np.array_equal(plain, weighed) != info.capabilities.prompt_weights
    assert np.array_equal(plain, drawn(ask(info, "a (red:1.0) dog"), models))


@pytest.mark.parametrize("name", ["sd", "sdxl"])
@pytest.mark.parametrize("negative", ["a cat", "cat, " * 90])
def test_long_prompts_are_read_to_their_end(name, negative, infos, models):
    info = infos[name]
    long = "dog, " * 60
    events = list(run(ask(info, f"{long} house", negative_prompt=negative), models))
    assert not [event for event in events if isinstance(event, Notice) and event.code == "prompt_cut"]
    [made] = [event for event in events if isinstance(event, ImageReady)]
    assert far(made.pixels, drawn(ask(info, f"{long} cat", negative_prompt=negative), models)) > 0
    parted = ask(info, "a dog BREAK a house", negative_prompt=negative)
    assert far(drawn(parted, models), drawn(ask(info, "a dog a house", negative_prompt=negative), models)) > 0


@pytest.mark.parametrize("name", ["sdxl", "sd3", "flux-dev", "pixart", "chroma"])
def test_only_the_rows_of_the_weighed_words_move(name, infos, models):
    model = models.load(infos[name], torch.float32)
    reader = model.reader

    def encoded(text: str) -> torch.Tensor:
        return reader.encode(model, reader.read(model, text, None, False), ())["prompt_embeds"]

    plain, weighed, nothing = encoded("a red dog"), encoded("a (red:1.8) dog"), encoded("")
    read = reader.read(model, "a (red:1.8) dog", None, False)
    assert isinstance(read, Sentence)
    heavy = sorted({row for row, _ in read.weights[0]})
    others = [row for row in range(plain.shape[1]) if row not in heavy]
    assert heavy and torch.equal(plain[:, others], weighed[:, others])
    expected = nothing[:, heavy] + 1.8 * (plain[:, heavy] - nothing[:, heavy])
    assert torch.allclose(weighed[:, heavy], expected, atol=1e-5)
    changed = (plain - encoded("a blue dog"))[0].abs().amax(1)
    assert changed[heavy].min() > 0, "the rows are those of the word"


@pytest.mark.parametrize("name", ["qwen-image", "z-image", "sana", "lumina2", "flux2-klein", "flux2-dev"])
def test_a_language_model_weighs_a_word_by_what_is_missing_without_it(name, infos, models):
    model = models.load(infos[name], torch.float32)
    reader = model.reader

    def encoded(text: str, is_negative: bool = False) -> torch.Tensor:
        return reader.encode(model, reader.read(model, text, None, is_negative), ())["prompt_embeds"]

    for is_negative in (False, True):
        plain, without = encoded("a red dog", is_negative), encoded("a (red:0) dog", is_negative)
        assert plain.shape == without.shape and not torch.equal(plain, without)
        blank = encoded("a     dog", is_negative)
        assert torch.allclose(without, blank, atol=1e-5), "as many blanks in its place"
        heavy = encoded("a (red:1.5) dog", is_negative)
        assert torch.allclose(heavy, plain + 0.5 * (plain - without), atol=1e-5)
        assert torch.equal(plain, encoded("a (red:1.0) dog", is_negative))
    plain, redless, dogless = map(encoded, ("a red dog", "a (red:0) dog", "a red (dog:0)"))
    both = plain + 0.5 * (plain - redless) - 0.5 * (plain - dogless)
    assert torch.allclose(encoded("a (red:1.5) (dog:0.5)"), both, atol=1e-5)


@pytest.mark.parametrize("name", ["qwen-image-edit", *MODULAR])
def test_a_pipeline_that_reads_for_itself_is_given_what_a_word_adds(name, infos, models, tmp_path):
    info = infos[name] if name in infos else models.catalog.find(str(modular_folder(name, tmp_path / name)))
    denoiser, told = models.load(info, torch.float32).denoiser, []

    def hear(_: Any, args: Any, call: dict[str, Any]) -> None:
        told.append(call["encoder_hidden_states"].clone())

    def said(prompt: str, **more: Any) -> list[torch.Tensor]:
        """What the network is given at its first step, for the prompt and for the negative prompt."""
        told.clear()
        request = ask(info, prompt, **more)
        hook = denoiser.register_forward_pre_hook(hear, with_kwargs=True)
        drawn(replace(request, sampling=replace(request.sampling, steps=2)), models)
        hook.remove()
        return told[: len(told) // 2]

    plain, light, heavy = map(said, ("a red dog", "a (red:0.5) dog", "a (red:1.5) dog"))
    assert plain and len(plain) == len(light) == len(heavy)
    moved = [not torch.equal(one, other) for one, other in zip(plain, heavy, strict=True)]
    assert moved.count(True) == 1, "the negative prompt stays"
    at = moved.index(True)
    assert torch.allclose(heavy[at] - plain[at], plain[at] - light[at], atol=1e-5)
    assert all(map(torch.equal, plain, said("a (red:1.0) dog")))
    alike, weighed = (
        said(prompt, negative_prompt="a red dog") for prompt in ("a red dog", "a (red:1.5) dog")
    )
    moved = [not torch.equal(one, other) for one, other in zip(alike, weighed, strict=True)]
    assert moved == [index == at for index in range(len(moved))], "a negative prompt of the same words too"
