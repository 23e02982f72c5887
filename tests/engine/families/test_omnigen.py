"""OmniGen reads words and pictures in the network that draws: its steps go upwards."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
import transformers
from diffusers.pipelines.omnigen import pipeline_omnigen
from PIL import Image
from stock import bare
from tiny_further import omnigen
from worn import assert_places_are_followed, drawn

from engine.api.edit import Edit
from engine.api.events import ImageReady, Step
from engine.api.images import ImageInput
from engine.api.mask import MaskInput
from engine.api.model_info import ModelInfo
from engine.api.references import ReferenceInput
from engine.api.request import Branch, GenerationRequest
from engine.families.adapted.omnigen import OmniGen, Reading, named_in
from engine.families.heeded import WeighedText
from engine.picture.picture import KEPT
from engine.tasks import run

STEPS = 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("omnigen") / "omnigen"
    with torch.random.fork_rng():
        torch.manual_seed(0)
        omnigen(OmniGen).save_pretrained(folder)
    index = (folder / "model_index.json").read_text()
    (folder / "model_index.json").write_text(index.replace('"OmniGen"', '"OmniGenPipeline"'))
    (folder / "lienzo.json").write_text('{"width": 64, "height": 64}')
    return folder


def ask(info: ModelInfo, **changes: Any) -> GenerationRequest:
    sampling = replace(info.defaults.sampling, steps=STEPS, guidance=2.0, seed=7)
    return info.request("a dog", width=64, height=64, sampling=sampling, **changes)


def drawing() -> ImageInput:
    y, x = np.mgrid[0:64, 0:64]
    return ImageInput.of(np.stack([x * 3, y * 3, 255 - x - y], axis=2).astype(np.uint8), "drawing.png")


def test_it_draws_what_its_pipeline_draws_begins_midway_and_goes_on(folder, models, monkeypatch):
    KEPT.clear()
    info = models.catalog.find(str(folder))
    assert info.family == "omnigen" and info.capabilities.prompt and info.capabilities.references == 3
    request = ask(info)
    events = list(run(request, models))
    steps = [event for event in events if isinstance(event, Step)]
    assert [step.index for step in steps] == list(range(1, STEPS + 1))
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    # the last estimate is the picture: the level of noise is read in the right direction
    assert np.abs(made[::8, ::8].astype(int).mean() - steps[-1].preview.astype(int).mean()) < 12
    monkeypatch.setattr(
        pipeline_omnigen, "OmniGenMultiModalProcessor", lambda words, **_: Reading(words), False
    )
    tokenizer = transformers.PreTrainedTokenizerFast.from_pretrained(folder / "tokenizer")
    stock = diffusers.OmniGenPipeline.from_pretrained(folder, tokenizer=tokenizer, dtype=torch.float32)
    bare(stock)
    own = stock(
        "a dog", width=64, height=64, num_inference_steps=STEPS, guidance_scale=2.0,
        generator=torch.Generator().manual_seed(7),
    ).images[0]  # fmt: skip
    assert np.array_equal(made, np.array(own)) and made.std() > 1
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)
    midway = replace(request, image=drawing(), sampling=replace(request.sampling, strength=0.34))
    begun = drawn(midway, models).astype(int)
    start = drawing().pixels.astype(int)
    assert np.abs(begun - start).mean() < np.abs(made - start).mean()
    mask = np.zeros((64, 64), np.uint8)
    mask[:32, :32] = 255
    edited = drawn(request.with_edit(drawing(), Edit(mask=MaskInput.of(mask))), models)
    assert np.array_equal(edited[56:, 56:], drawing().pixels[56:, 56:])
    assert not np.array_equal(edited[:32, :32], drawing().pixels[:32, :32])
    assert_places_are_followed(request, models, made)


def test_it_takes_after_pictures_the_same_each_time(folder, models):
    info = models.catalog.find(str(folder))
    request = ask(info)
    seen = replace(request, references=(ReferenceInput(drawing(), 1.0),))
    made = drawn(seen, models)
    assert not np.array_equal(made, drawn(request, models))
    assert np.array_equal(drawn(seen, models), made)
    named = replace(seen, prompt="<|image_1|> a dog")
    assert np.array_equal(drawn(named, models), made)


@pytest.mark.parametrize("pictures", [0, 1])
def test_a_word_that_weighs_more_is_looked_at_more_and_one_of_no_weight_not_at_all(folder, models, pictures):
    info = models.catalog.find(str(folder))
    assert info.capabilities.prompt_weights
    references = (ReferenceInput(drawing(), 1.0),) * pictures
    request = replace(ask(info), references=references)

    def said(prompt: str) -> np.ndarray:
        return drawn(replace(request, prompt=prompt), models)

    plain = said("a red dog of <|image_1|> (the:1.0) garden")
    assert np.array_equal(plain, said("a red dog of <|image_1|> the garden"))
    heavy = said("a (red:1.5) dog of <|image_1|> the garden")
    assert not np.array_equal(plain, heavy)
    assert not np.array_equal(heavy, said("a red dog of <|image_1|> the (garden:1.5)"))

    processor = Reading(models.load(info, torch.float32).components["tokenizer"])
    text = "a red dog of <|image_1|> the garden"
    for weight in (1.5, 0.0):
        told = named_in(WeighedText(text, ((weight, ((2, 5), (25, 28))),)), pictures)
        seen = [[drawing_pil()] * pictures] if pictures else None
        read = processor([told], seen, height=64, width=64, use_img_cfg=bool(pictures))
        before = processor([str(told)], seen, height=64, width=64, use_img_cfg=bool(pictures))
        nothing = torch.finfo(torch.float32).min
        looked = torch.where(before["attention_mask"] == 1, 0.0, nothing)
        differs = (read["attention_mask"][:, 0] != looked).any(1).nonzero().tolist()
        assert {row for row, _ in differs} == {0}, "the negative prompt stays"
        words = "".join(processor.text_tokenizer.decode(before["input_ids"][0, at]) for _, at in differs)
        assert words == "redthe"
        last = read["attention_mask"][0, 0, -1, [at for _, at in differs]]
        assert torch.allclose(last, torch.full_like(last, np.log(weight) if weight else nothing))


def drawing_pil() -> Image.Image:
    return Image.fromarray(drawing().pixels)


@pytest.mark.parametrize(
    "prompt, count, told",
    [
        ("a dog", 0, "a dog"),
        ("a dog", 2, "<img><|image_1|></img> <img><|image_2|></img> a dog"),
        ("the dog of <|image_2|>", 2, "<img><|image_1|></img> the dog of <img><|image_2|></img>"),
        ("<img><|image_1|></img> in rain", 1, "<img><|image_1|></img> in rain"),
        ("as in <|image_4|>", 0, "as in "),
    ],
)
def test_each_picture_is_named_once_and_no_other(prompt, count, told):
    assert named_in(prompt, count) == told
