"""Passes that are spared: what is kept answers in their place, and nothing of it is left on the network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import tiny_sd
from tiny_families import FAMILIES, tiny_folder

from engine.api import speed as speeds
from engine.api.control import Control
from engine.api.events import ImageReady, Loading, Step
from engine.api.images import ImageInput
from engine.api.request import GenerationRequest, Speed
from engine.api.speed import LEAST_DEEP_STEPS, LEVELS, Lever, levers_of
from engine.diffusion.devices import fast_dtype
from engine.diffusion.step_cache import DeepCache, EasyCache
from engine.diffusion.tap import NetworkCall
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.picture import picture
from engine.tasks import run

UNETS = ("stable_diffusion", "sdxl")
UNCHANGED = ("dit", "unet2d", "consistency")
"""Entries to which no speed does more than shorten the numbers."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("families")
    made = {name: tiny_folder(name, root / name) for name in FAMILIES}
    return {**made, "stable_diffusion": tiny_sd(root / "sd")}


@pytest.fixture(scope="module")
def models() -> Models:
    return Models(Catalog(), "cpu")


@pytest.fixture(autouse=True)
def nothing_kept():
    picture.KEPT.clear()


@pytest.fixture
def deep_at_once(monkeypatch):
    """The cache of a U-Net's inner levels, in pictures of fewer steps than it is for."""
    monkeypatch.setattr("engine.picture.speed.LEAST_DEEP_STEPS", 1)


def ask(folder: Path, models: Models, speed: Speed, steps: int = 12) -> GenerationRequest:
    info = models.catalog.find(str(folder))
    own = info.defaults.sampling
    side = info.defaults.width if info.capabilities.fixed_size else 64
    guidance = 3.0 if info.capabilities.guidance else own.guidance
    request = info.request(
        "church" if info.capabilities.classes else "a dog", width=side, height=side, speed=speed,
        sampling=replace(own, steps=steps, guidance=guidance, seed=5),
    )  # fmt: skip
    if not info.capabilities.needs_picture:
        return request
    return replace(request, image=ImageInput.of(np.full((64, 64, 3), 90, np.uint8)))


def pixels_of(request: GenerationRequest, models: Models) -> np.ndarray:
    return next(event.pixels for event in run(request, models) if isinstance(event, ImageReady))


class Counted:
    """How often a module is run."""

    def __init__(self, module: torch.nn.Module) -> None:
        self.runs = 0
        self._forward = module.forward
        module.forward = self  # type: ignore[method-assign]
        self._module = module

    def __call__(self, *args, **kwargs):
        self.runs += 1
        return self._forward(*args, **kwargs)

    def end(self) -> int:
        del self._module.forward
        return self.runs


def inner_attention(model) -> torch.nn.Module:
    """Deep inside, so that a pass that is answered from what was kept does not come here."""
    return model.denoiser.mid_block.resnets[0]


@pytest.mark.parametrize("name", UNETS)
def test_fastest_goes_less_often_to_the_bottom_of_a_unet(folders, models, name, deep_at_once):
    model = models.load(models.catalog.find(str(folders[name])), fast_dtype(models.device))
    runs, made = {}, {}
    for speed in (Speed.FAST, Speed.FASTEST):
        counted = Counted(inner_attention(model))
        made[speed] = pixels_of(ask(folders[name], models, speed), models)
        runs[speed] = counted.end()
    assert runs[Speed.FASTEST] < runs[Speed.FAST]
    assert not np.array_equal(made[Speed.FAST], made[Speed.FASTEST])
    blocks = [*model.denoiser.down_blocks, model.denoiser.mid_block, *model.denoiser.up_blocks]
    assert not [block for block in blocks if "forward" in vars(block) or block._forward_hooks]


def test_of_few_steps_every_pass_through_a_unet_is_whole(folders, models):
    """Between so few the inner levels change too much."""
    model = models.load(models.catalog.find(str(folders["stable_diffusion"])), fast_dtype(models.device))
    passes, deep = Counted(model.denoiser.conv_in), Counted(inner_attention(model))
    pixels_of(ask(folders["stable_diffusion"], models, Speed.FASTEST, steps=LEAST_DEEP_STEPS - 1), models)
    assert passes.end() == deep.end() > 0


def test_cancelling_a_spared_pass_leaves_the_network_as_it_was(folders, models, deep_at_once):
    request, control = ask(folders["stable_diffusion"], models, Speed.FASTEST), Control()
    wanted = pixels_of(request, models)
    for event in run(request, models, control):
        if isinstance(event, Step) and event.index == 9:
            control.cancel()
    picture.KEPT.clear()
    assert np.array_equal(pixels_of(request, models), wanted)


@pytest.mark.parametrize("name", [name for name in FAMILIES if name not in UNCHANGED])
def test_every_family_draws_at_every_speed_and_alike_each_time(folders, models, name):
    exact = pixels_of(ask(folders[name], models, Speed.EXACT), models)
    for speed in (Speed.FAST, Speed.FASTEST):
        request = ask(folders[name], models, speed)
        made = pixels_of(request, models)
        picture.KEPT.clear()
        assert np.array_equal(pixels_of(request, models), made)
        assert made.shape == exact.shape


@pytest.mark.parametrize("name", ["flux-dev", "sd3", "z-image", "qwen-image", "chroma", "flux-fill"])
def test_networks_of_flow_spare_passes_where_little_changes(folders, models, name, monkeypatch):
    """A tiny network changes little: with a wide tolerance only the first steps and the last are computed."""
    model = models.load(models.catalog.find(str(folders[name])), fast_dtype(models.device))
    runs = {}
    for tolerance in (0.0, 1e9):
        level = replace(LEVELS[Speed.FASTEST], tolerance=tolerance)
        monkeypatch.setattr(speeds, "LEVELS", {**LEVELS, Speed.FASTEST: level})
        monkeypatch.setattr("engine.picture.speed.LEVELS", {**LEVELS, Speed.FASTEST: level})
        counted = Counted(
            model.denoiser.norm_out if hasattr(model.denoiser, "norm_out") else model.denoiser.layers[0]
        )
        picture.KEPT.clear()
        pixels_of(ask(folders[name], models, Speed.FASTEST), models)
        runs[tolerance] = counted.end()
    assert runs[1e9] == runs[0.0] // 12 * 3  # 15 % of twelve steps are two, and the last


def test_few_steps_are_all_computed(folders, models):
    folder = folders["flux-schnell"]
    exact = ask(folder, models, Speed.EXACT, steps=4)
    assert np.abs(
        pixels_of(replace(exact, speed=Speed.FASTEST), models).astype(int)
        - pixels_of(replace(exact, speed=Speed.FAST), models)
    ).max() == 0  # fmt: skip


def test_a_branch_at_fastest_goes_on(folders, models, deep_at_once):
    from engine.api.request import Branch

    origin = ask(folders["stable_diffusion"], models, Speed.FASTEST)
    pixels_of(origin, models)
    branch = replace(origin, prompt="a cat", branch=Branch(origin, 0, 6))
    first = pixels_of(branch, models)
    picture.KEPT.clear()
    events = list(run(branch, models))
    assert [event for event in events if isinstance(event, Loading) and event.stage == "replay"]
    again = next(event.pixels for event in events if isinstance(event, ImageReady))
    assert np.array_equal(first, again)  # from memory and made anew


def test_the_table_says_what_is_done(folders, models, monkeypatch):
    def of(name: str, speed: Speed, device: str = "cpu") -> tuple[Lever, ...]:
        return levers_of(models.catalog.find(str(folders[name])), speed, device)

    short, sparse, deep, easy = (
        Lever.SHORT_NUMBERS, Lever.SPARSE_GUIDANCE, Lever.DEEP_CACHE, Lever.EASY_CACHE,
    )  # fmt: skip
    beside, kernel, compiled = Lever.CHANNELS_LAST, Lever.FAST_ATTENTION, Lever.COMPILED_BLOCKS
    assert not any(of(name, Speed.EXACT, "cuda:0") for name in folders)
    assert of("sdxl", Speed.FAST) == (short, sparse)
    assert of("sdxl", Speed.FASTEST) == of("stable_diffusion", Speed.FASTEST) == (short, sparse, deep)
    assert of("sdxl", Speed.FAST, "cuda:0") == (short, sparse, kernel, beside)
    assert of("pixart", Speed.FASTEST) == (short, sparse)
    assert of("flux-dev", Speed.FAST) == of("sana", Speed.FASTEST) == (short, easy)
    assert of("unet2d", Speed.FASTEST) == of("dit", Speed.FASTEST) == (short,)
    assert of("flux-dev", Speed.FAST, "cuda:0") == (short, easy, kernel)
    assert of("flux-dev", Speed.FASTEST, "cuda:0") == (short, easy, compiled, kernel)
    assert of("sdxl", Speed.FASTEST, "cuda:0") == (short, sparse, deep, compiled, kernel, beside)
    assert levers_of(models.catalog.find("toy"), Speed.FASTEST) == ()
    monkeypatch.setattr("engine.api.speed.has_sage_attention", lambda: True)
    sage = Lever.EIGHT_BIT_ATTENTION  # where the package is installed, of transformers on a card
    assert of("flux-dev", Speed.FASTEST, "cuda:0") == (short, easy, compiled, kernel, sage)
    assert not any(sage in of(name, Speed.FAST, "cuda:0") for name in folders)
    assert sage not in (*of("sdxl", Speed.FASTEST, "cuda:0"), *of("flux-dev", Speed.FASTEST))


# the moments by themselves


def passed(
    cache: EasyCache, step: int, sample: torch.Tensor, answer: torch.Tensor
) -> tuple[bool, torch.Tensor]:
    """Whether the pass was computed, and what came of it."""
    call = NetworkCall((sample,), {}, step, lambda *_: (answer,))
    cache.before_network(call)
    computed = call.output is None
    if computed:
        call.output = answer
    cache.after_network(call)
    assert call.output is not None
    return computed, call.output


def test_easy_cache_computes_where_much_changes_and_carries_on_where_little_does():
    cache, ones = EasyCache(first=2, total=10, tolerance=0.2), torch.ones(1, 4, 4, 4)
    computed = []
    for step in range(1, 11):
        value = 1.0 + 0.01 * step + (5.0 if step >= 6 else 0.0)  # a leap at the sixth
        was, made = passed(cache, step, value * ones, 2 * value * ones)
        computed.append(was)
        assert torch.allclose(made, 2 * value * ones, rtol=0.1)
    assert computed[:2] == [True, True] and computed[5] and computed[-1]
    assert computed[2:5] == [False] * 3 and cache.spared == computed.count(False)


def test_calls_of_one_step_are_told_apart():
    cache, ones = EasyCache(first=2, total=9, tolerance=1e9), torch.ones(1, 4, 4, 4)
    for step in range(1, 6):
        _, with_prompt = passed(cache, step, ones * step, ones * step + 1)
        _, without = passed(cache, step, ones * step, ones * step - 1)
        assert torch.equal(with_prompt, ones * step + 1) and torch.equal(without, ones * step - 1)


def test_deep_cache_answers_half_a_batch_with_its_half(folders, models):
    unet = models.load(models.catalog.find(str(folders["stable_diffusion"])), torch.float32).denoiser
    cache, words = DeepCache(unet, first=1, every=2), torch.rand(2, 7, 32)
    sample = torch.rand(2, 4, 8, 8)

    def ask_for(step: int, half: slice) -> torch.Tensor:
        call = NetworkCall((sample[half], 10), {"encoder_hidden_states": words[half]}, step, unet.forward)
        cache.before_network(call)
        with torch.inference_mode():
            return call.forward(*call.args, **call.kwargs, return_dict=False)[0]

    whole = ask_for(1, slice(0, 2))
    assert torch.allclose(ask_for(2, slice(1, 2)), whole[1:], atol=1e-5)
    assert torch.allclose(ask_for(3, slice(0, 2)), whole, atol=1e-5)
    assert torch.allclose(ask_for(4, slice(0, 2)), whole, atol=1e-5)
