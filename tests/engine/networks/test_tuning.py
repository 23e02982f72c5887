"""A denoiser that works faster gives the same but for last bits, can be cancelled, and is given back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tiny import tiny_sd

from engine.api.request import Speed
from engine.api.speed import Lever
from engine.diffusion import attention
from engine.diffusion.devices import dtype_for
from engine.diffusion.tap import blocks_of
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.networks.tuning import Tuned, Tuning, can_compile
from engine.tasks import run

PLAIN = Tuning()


@pytest.fixture(scope="module")
def unet(tmp_path_factory: pytest.TempPathFactory) -> torch.nn.Module:
    folder = tiny_sd(tmp_path_factory.mktemp("models") / "sd")
    models = Models(Catalog(), "cpu")
    return models.load(models.catalog.find(str(folder)), torch.float32).denoiser


def answer(unet: torch.nn.Module) -> torch.Tensor:
    torch.manual_seed(0)
    sample, words = torch.rand(1, 4, 8, 8), torch.rand(1, 7, 32)
    with torch.inference_mode():
        return unet(sample, 10, encoder_hidden_states=words, return_dict=False)[0]


def test_channels_side_by_side_are_the_same_picture_and_come_apart_again(unet):
    before, tuned = answer(unet), Tuned(unet)
    with torch.inference_mode():  # as jobs run
        tuned.be(Tuning(channels_last=True))
    assert unet.conv_in.weight.is_contiguous(memory_format=torch.channels_last)
    assert torch.allclose(answer(unet), before, atol=1e-5)
    tuned.be(PLAIN)
    assert torch.equal(answer(unet), before)
    assert not any(parameter.is_inference() for parameter in unet.parameters())


def test_compiled_blocks_are_left_between_and_are_given_back(unet):
    """By the compiler's first half: the second writes kernels, which takes minutes."""
    before, tuned, passed = answer(unet), Tuned(unet), []
    tuned.be(Tuning(compiled=True), backend="eager")
    compiled = [module for module in unet.modules() if "forward" in vars(module)]
    assert {type(module).__name__ for module in compiled} == {"BasicTransformerBlock"}
    hooks = [block.register_forward_pre_hook(lambda *_: passed.append(1)) for block in blocks_of(unet)]
    assert torch.allclose(answer(unet), before, atol=1e-5)
    first = len(passed)
    answer(unet)
    assert first > 0 and len(passed) == 2 * first  # what cancels is asked each time, not only while compiling
    for hook in hooks:
        hook.remove()
    tuned.be(PLAIN)
    assert not [module for module in unet.modules() if "forward" in vars(module)]
    assert torch.equal(answer(unet), before)


def test_a_processor_compiles_nothing():
    assert not can_compile("cpu") and not can_compile("mps")


def test_a_fast_picture_is_drawn_as_its_levers_say_and_exact_as_it_was_loaded(tmp_path: Path, monkeypatch):
    as_on_a_card = {Speed.EXACT: (), Speed.FAST: (Lever.CHANNELS_LAST,)}
    monkeypatch.setattr("engine.picture.speed.levers_of", lambda info, speed, device: as_on_a_card[speed])
    monkeypatch.setattr("engine.diffusion.devices.fast_dtype", lambda device: torch.float32)  # one network
    models = Models(Catalog(), "cpu")
    info = models.catalog.find(str(tiny_sd(tmp_path / "model")))
    sampling = replace(info.defaults.sampling, steps=1)
    laid: dict[Speed, bool] = {}
    for speed in (Speed.EXACT, Speed.FAST, Speed.EXACT):
        list(run(info.request("a dog", width=64, height=64, speed=speed, sampling=sampling), models))
        model = models.load(info, dtype_for(speed, models.device))
        laid[speed] = model.denoiser.conv_in.weight.is_contiguous(memory_format=torch.channels_last)
    assert laid == {Speed.FAST: True, Speed.EXACT: False}


def test_the_kernels_that_are_here_are_tried_and_put_in_order(monkeypatch):
    from torch.nn.attention import SDPBackend

    attention.kernels_by_speed.cache_clear()
    monkeypatch.setattr(attention, "TOKENS", 16)
    found = attention.kernels_by_speed("cpu", torch.float32)
    assert SDPBackend.FLASH_ATTENTION in found and SDPBackend.CUDNN_ATTENTION not in found
    attention.kernels_by_speed.cache_clear()


def test_the_fastest_kernel_is_asked_first_and_afterwards_torchs_own_order_stands(monkeypatch):
    from torch.nn.attention import SDPBackend

    order = (SDPBackend.EFFICIENT_ATTENTION, SDPBackend.FLASH_ATTENTION)
    monkeypatch.setattr(attention, "kernels_by_speed", lambda device, dtype: order)
    before = torch._C._get_sdp_priority_order()
    with attention.fastest_attention(torch.device("cuda", 0), torch.bfloat16):
        asked = torch._C._get_sdp_priority_order()
        assert asked[:3] == [backend.value for backend in (*order, SDPBackend.MATH)]
    assert torch._C._get_sdp_priority_order() == before
    with attention.fastest_attention(torch.device("cpu"), torch.bfloat16):
        assert torch._C._get_sdp_priority_order() == before
