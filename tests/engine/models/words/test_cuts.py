"""The mark of what is no longer read stands right there, on every family."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from tiny_families import FAMILIES, tiny_folder
from tiny_instructed import INSTRUCTED, instructed_folder
from tiny_other import MODULAR, OTHERS, modular_folder, other_folder

from engine.api.images import ImageInput
from engine.api.model_info import ModelInfo
from engine.families.registry import families
from engine.families.words import StockReader
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.models.words.tokens import count_tokens
from engine.tasks import run

MAKERS = ((FAMILIES, tiny_folder), (OTHERS, other_folder), (INSTRUCTED, instructed_folder),
          (MODULAR, modular_folder))  # fmt: skip
WORDLESS = ("dit", "unet2d", "consistency")
CHUNKED = ("sdxl", "sdxl-inpainting", "sdxl-instruct")
ALIKE = ("flux-schnell", "flux-fill", "flux-kontext", "qwen-image-edit-plus", "flux3", "flux3-distilled")
"""They read as another entry does; of FLUX.3 8,192 tokens would take a minute: it was tried by hand."""
NAMES = [name for made, _ in MAKERS for name in made if name not in (*WORDLESS, *CHUNKED, *ALIKE)]
SIDE = 64


class Heard(Exception):
    """The network was called: nothing is to be drawn."""


@pytest.fixture(scope="module")
def models() -> Models:
    return Models(Catalog(), "cpu")


def floats_of(value: Any) -> list[torch.Tensor]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [tensor for one in value for tensor in floats_of(one)]
    return [value.clone()] if isinstance(value, torch.Tensor) else []


def said(info: ModelInfo, models: Models, prompt: str) -> list[torch.Tensor]:
    """What the network is told of `prompt`."""
    model = models.load(info, torch.float32)
    if isinstance(model.reader, StockReader):
        made = model.reader.encode(model, model.reader.read(model, prompt, None, False), ())
        rows = model.reader.weighed if model.reader.ears else made  # others tell of the prompt as a whole
        return [made[row] for row in rows]
    own = info.defaults.sampling
    sampling = replace(own, steps=2, seed=7, guidance=min(1, own.guidance))
    changes: dict[str, Any] = {"width": SIDE, "height": SIDE, "sampling": sampling}
    if info.capabilities.needs_picture:
        changes["image"] = ImageInput.of(np.full((SIDE, SIDE, 3), 120, np.uint8))
    told: list[torch.Tensor] = []

    def hear(_: Any, args: Any, call: dict[str, Any]) -> None:
        told.extend(floats_of((args, call)))
        raise Heard

    hook = model.denoiser.register_forward_pre_hook(hear, with_kwargs=True)
    try:
        with pytest.raises(Heard):
            list(run(info.request(prompt, **changes), models))
    finally:
        hook.remove()
    return told


@pytest.mark.parametrize("name", NAMES)
def test_nothing_behind_the_mark_is_read_and_all_before_it_is(name, models, tmp_path):
    make = next(make for made, make in MAKERS if name in made)
    info = models.catalog.find(str(make(name, tmp_path / name)))
    assert info.family in families()
    most = info.capabilities.prompt_tokens
    letters = "abcde fghij " * ((most or 600) // 10 + 20)
    count = count_tokens(info, letters)
    assert not count.are_words and (count.cut_at is None) == (count.limit is None)
    at = count.cut_at or len(letters.rstrip())

    def differs(place: int) -> bool:
        changed = said(info, models, f"{letters[:place]}x{letters[place + 1 :]}")
        return not all(map(torch.equal, plain, changed))

    plain = said(info, models, letters)
    before = at - 1 if letters[at - 1] != " " else at - 2
    assert differs(before)
    if count.cut_at is not None:
        assert not differs(at)
