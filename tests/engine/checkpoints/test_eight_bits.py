"""Weights packed in 8 bits: half the memory, nearly the same picture, and still all that a model does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny import tiny_sd
from tiny_families import tiny_folder

from engine.api.errors import UnsafeFile
from engine.api.events import ImageReady, Notice
from engine.api.request import GenerationRequest, Lora, Speed
from engine.checkpoints.eight_bits import packing
from engine.checkpoints.eight_bits.layers import pack, unpack
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.picture import picture
from engine.tasks import run

NAMES = ("stable_diffusion", "flux-dev", "z-image")
"""Packed once whole in memory, once while the file is read; the last asks its layers for their format."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("families")
    made = {name: tiny_folder(name, root / name) for name in NAMES[1:]}
    return {**made, "stable_diffusion": tiny_sd(root / "sd")}


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Models:
    monkeypatch.setattr(packing, "LEAST_NUMBERS", 64)  # tiny layers are packed too
    picture.KEPT.clear()
    return Models(Catalog(), "cpu")


@pytest.fixture
def is_short(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From now on a plan finds next to no memory."""
    return lambda: monkeypatch.setattr("engine.generation.free_bytes", lambda device: 1)


def ask(folder: Path, models: Models, speed: Speed = Speed.FAST) -> GenerationRequest:
    info = models.catalog.find(str(folder))
    sampling = replace(info.defaults.sampling, steps=2, seed=5)
    return info.request("a dog", width=64, height=64, speed=speed, sampling=sampling)


def made_of(request: GenerationRequest, models: Models) -> tuple[ImageReady, list[str]]:
    """The picture, and what was said for want of memory."""
    events = list(run(request, models))
    said = [event.code for event in events if isinstance(event, Notice)]
    return next(event for event in events if isinstance(event, ImageReady)), said


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_that_is_short_packs_and_the_picture_is_nearly_the_same(name, folders, models, is_short):
    request = ask(folders[name], models)
    wide, _ = made_of(request, models)
    info = models.catalog.find(str(folders[name]))
    dtype = getattr(torch, str(wide.recipe.environment.dtype))
    whole = models.load(info, dtype).bytes
    is_short()
    packed, said = made_of(request, models)
    assert "eight_bits" in said and "eight_bits" in str(packed.recipe.extra["makeshifts"])
    loaded = models.load(info, dtype, eight_bits=True)
    assert packing.is_packed(loaded.denoiser) and not packing.is_packed(loaded.vae)
    assert all(map(packing.is_packed, loaded._text.values()))
    assert loaded.bytes < whole and loaded.denoiser.dtype is dtype
    assert 0 < np.abs(packed.pixels.astype(int) - wide.pixels).mean() < 4
    again, _ = made_of(request, models)
    assert np.array_equal(again.pixels, packed.pixels)


def test_exact_is_never_packed(folders, models, is_short):
    request = ask(folders["flux-dev"], models, Speed.EXACT)
    wanted, _ = made_of(request, models)
    is_short()
    made, said = made_of(request, models)
    assert "eight_bits" not in said and np.array_equal(made.pixels, wanted.pixels)


def test_a_lora_goes_around_packed_layers_and_comes_off_again(folders, models, is_short, tmp_path):
    request = ask(folders["flux-dev"], models)
    info = models.catalog.find(request.model)
    layer = models.load(info, torch.float32).denoiser.get_submodule("transformer_blocks.0.attn.to_q").weight
    rows, columns = layer.shape
    name = "transformer.transformer_blocks.0.attn.to_q.lora_"
    file = tmp_path / "lora.safetensors"
    save_file({f"{name}A.weight": torch.ones(2, columns), f"{name}B.weight": torch.ones(rows, 2)}, file)
    worn = replace(request, loras=(Lora(str(file), 0.5),))
    wide, _ = made_of(worn, models)
    is_short()
    before, _ = made_of(request, models)
    packed, _ = made_of(worn, models)
    assert not np.array_equal(packed.pixels, before.pixels)
    assert np.abs(packed.pixels.astype(int) - wide.pixels).mean() < 4
    after, _ = made_of(request, models)
    assert np.array_equal(after.pixels, before.pixels)


def test_what_is_no_number_is_found_in_packed_weights_too(models, tmp_path):
    folder = tiny_folder("flux-dev", tmp_path / "nan")
    file = folder / "transformer" / "diffusion_pytorch_model.safetensors"
    state = load_file(file)
    state["transformer_blocks.0.attn.to_q.weight"][3, 5] = torch.nan
    save_file(state, file)
    with pytest.raises(UnsafeFile, match="no numbers at all"):
        models.load(models.catalog.find(str(folder)), torch.bfloat16, eight_bits=True)


def test_a_row_is_off_by_half_a_step_at_most():
    torch.manual_seed(0)
    weight = torch.randn(40, 3, 5, 5) * torch.logspace(-6, 3, 40)[:, None, None, None]
    weight[7] = 0
    numbers, scale = pack(weight)
    assert numbers.shape == weight.shape and numbers.dtype is torch.int8
    for dtype in (torch.float32, torch.float16, torch.bfloat16):
        back = unpack(numbers, scale, dtype).float()
        rounding = {torch.float32: 0, torch.float16: 2**-11, torch.bfloat16: 2**-8}[dtype]
        allowed = 0.51 * scale.reshape(-1, 1, 1, 1) + rounding * weight.abs() + 6e-8
        assert ((back - weight).abs() <= allowed).all()
    assert not unpack(numbers, scale, torch.float32)[7].any()
