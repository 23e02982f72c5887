"""Memory that runs out in real tiny networks: what is tried, what is said, and that nothing is held."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import tiny_sd
from tiny_families import tiny_folder

from engine.api.control import Control
from engine.api.errors import OutOfMemory
from engine.api.events import Event, Finished, ImageReady, Loading, Notice, Step
from engine.api.request import GenerationRequest, Sampling, Speed
from engine.diffusion.devices import fast_dtype
from engine.families.loaded_model import LoadedModel
from engine.memory import Ladder, Relief
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.picture import picture
from engine.tasks import run


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tiny_sd(tmp_path_factory.mktemp("models") / "model")


@pytest.fixture
def models() -> Models:
    picture.KEPT.clear()
    return Models(Catalog(), device="cpu")


def ask(folder: Path, prompt="a dog", steps=4, **changes) -> GenerationRequest:
    return GenerationRequest(
        str(folder), prompt, "", 64, 64, Sampling("euler_a", steps, guidance=3.0, seed=7), **changes
    )


def made_of(events: list[Event]) -> ImageReady:
    return next(event for event in events if isinstance(event, ImageReady))


def notices(events: list[Event]) -> list[str]:
    return [event.code for event in events if isinstance(event, Notice)]


class Shortage:
    """Makes a layer raise what torch raises, at the calls that `hits` picks by number (from 1) and batch."""

    def __init__(self, hits: Callable[[int, int], bool]) -> None:
        self.hits, self.calls = hits, 0
        self.held: list[weakref.ref] = []

    def __call__(self, _module, inputs) -> None:
        self.calls += 1
        if self.hits(self.calls, len(inputs[0])):
            big = torch.zeros(1 << 20)
            self.held.append(weakref.ref(big))
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")


@contextmanager
def shortage(network: torch.nn.Module, hits: Callable[[int, int], bool]) -> Iterator[Shortage]:
    short = Shortage(hits)
    hook = network.register_forward_pre_hook(short)
    try:
        yield short
    finally:
        hook.remove()


def loaded(models: Models, folder: Path, dtype: torch.dtype = torch.float32) -> LoadedModel:
    return models.load(models.catalog.find(str(folder)), dtype)


def layer(models: Models, folder: Path, name: str) -> torch.nn.Module:
    """The first of the network `name`, which every pass goes through."""
    model = loaded(models, folder)
    return model.denoiser.conv_in if name == "unet" else model.vae.decoder


def test_a_shortage_at_a_step_frees_what_is_not_needed_and_makes_the_same_picture(folder, models):
    calm = list(run(ask(folder), models))
    assert picture.KEPT.bytes > 0
    with shortage(layer(models, folder, "unet"), lambda call, _: call == 3) as short:
        events = list(run(ask(folder), models))
    assert notices(events) == ["memory_freed"]
    assert np.array_equal(made_of(events).pixels, made_of(calm).pixels)
    assert [event.index for event in events if isinstance(event, Step)] == [1, 2, 3, 4]  # none is said twice
    replayed = [event.share for event in events if isinstance(event, Loading) and event.stage == "replay"]
    assert replayed == [0.5, 1.0]
    assert "makeshifts" not in made_of(events).recipe.extra
    assert [held() for held in short.held] == [None]


@pytest.mark.parametrize("name", ["stable-diffusion", "sdxl", "flux-dev"])
def test_memory_that_runs_out_at_loading_at_the_first_step_and_at_decoding_still_makes_the_picture(
    name, models, tmp_path, monkeypatch
):
    make = tiny_sd if name == "stable-diffusion" else partial(tiny_folder, name)
    folder = make(tmp_path / "model")
    info = models.catalog.find(str(folder))
    request = info.request("a dog", width=64, height=64)
    request = replace(request, sampling=replace(request.sampling, steps=2, seed=7))
    calm = made_of(list(run(request, models, Control(wants_previews=False))))
    models.let_go_oldest(models.catalog.find("toy"))
    picture.KEPT.clear()
    load, short = models.load, Shortage(lambda call, _: call == 1)

    def load_short_of_memory(*args, **how) -> LoadedModel:
        short(None, [torch.zeros(1)])
        return load(*args, **how)

    monkeypatch.setattr(models, "load", load_short_of_memory)
    events = run(request, models, Control(wants_previews=False))
    seen = [next(events)]
    while not isinstance(seen[-1], Loading) or seen[-1].stage != "prompt":
        seen.append(next(events))
    assert notices(seen) == ["memory_freed"]  # it was loaded the second time
    model = load(info, torch.float32)
    first_layer = model.denoiser.x_embedder if name == "flux-dev" else model.denoiser.conv_in
    first_step = shortage(first_layer, lambda call, _: call == 1)
    at_decoding = shortage(model.vae.decoder, lambda call, _: call == 1)
    with first_step as one, at_decoding as other:
        seen += events
    assert notices(seen)[1:] in (["smaller_batch", "tiled_decode"], ["tiled_decode"])
    assert one.calls > 1 and other.calls > 1
    off = np.abs(made_of(seen).pixels.astype(int) - calm.pixels.astype(int)).max()
    assert off <= 1 and isinstance(seen[-1], Finished)


def test_a_batch_that_never_fits_is_computed_one_by_one_and_the_recipe_says_so(folder, models):
    calm = made_of(list(run(ask(folder), models)))
    with shortage(layer(models, folder, "unet"), lambda _, batch: batch > 1):
        events = list(run(ask(folder, images=2), models))
    assert notices(events) == ["memory_freed", "smaller_batch"]  # the second picture needs no search
    assert events[-1].images == 2
    made = made_of(events)
    assert np.abs(made.pixels.astype(int) - calm.pixels.astype(int)).max() <= 1
    assert made.recipe.extra["makeshifts"] == ["smaller_batch"]
    assert any(line.startswith("makeshifts: ") for line in made.recipe.differences(calm.recipe))


@pytest.mark.parametrize("scheduler", ["euler", "heun", "dpmpp_2m"])
def test_fast_steps_one_by_one_end_where_fast_steps_end(folder, models, scheduler):
    request = GenerationRequest(
        str(folder), "a dog", "", 64, 64, Sampling(scheduler, 12, guidance=3.0, seed=7), speed=Speed.FAST
    )
    calm = made_of(list(run(request, models)))
    model = loaded(models, folder, fast_dtype(models.device))
    with shortage(model.denoiser.conv_in, lambda _, batch: batch > 1):
        events = list(run(request, models))
    short = made_of(events)
    assert notices(events) == ["memory_freed", "smaller_batch"]
    assert np.abs(short.pixels.astype(int) - calm.pixels.astype(int)).max() <= 2


def fails_for_good(request: GenerationRequest, models: Models) -> list[str]:
    """The codes of what was tried."""
    events = run(request, models)
    tried = []
    with pytest.raises(OutOfMemory, match="smaller") as caught:
        while True:
            tried += notices([next(events)])
    assert caught.value.exit_code == 6
    assert caught.value.__context__ is None  # which would hold the tensors of the last attempt
    return tried


@pytest.mark.parametrize("place", ["unet", "vae"])
def test_a_shortage_that_stays_ends_with_advice_and_the_next_job_is_made(folder, models, place):
    calm = made_of(list(run(ask(folder), models)))
    with shortage(layer(models, folder, place), lambda *_: True) as short:
        tried = fails_for_good(ask(folder), models)
    assert [code for code in tried if code != "tiled_decode"] == ["memory_freed", "smaller_batch"]
    assert tried.count("tiled_decode") == (3 if place == "vae" else 0)
    assert [held() for held in short.held] == [None] * len(short.held)
    assert len(short.held) == (6 if place == "vae" else 3)
    assert np.array_equal(made_of(list(run(ask(folder), models))).pixels, calm.pixels)


@pytest.mark.parametrize("times", [1, 99])
def test_a_shortage_at_the_text_encoder_frees_and_tries_again(folder, models, times):
    model = loaded(models, folder)
    load, short = model._load_text["text_encoder"], Shortage(lambda call, _: call <= times)

    def load_short_of_memory():
        encoder = load()
        encoder.final_layer_norm.register_forward_pre_hook(short)
        return encoder

    model._load_text["text_encoder"] = load_short_of_memory
    request = ask(folder, f"never seen before, {times}")
    if times == 1:
        events = list(run(request, models))
        assert notices(events) == ["memory_freed"]
        assert isinstance(events[-1], Finished)
    else:
        assert fails_for_good(request, models) == ["memory_freed", "smaller_batch"]
    assert [held() for held in short.held] == [None] * len(short.held)


def test_other_models_are_let_go_first(folder, models, tmp_path):
    other = tiny_sd(tmp_path / "other", seed=1)
    list(run(ask(other), models))
    list(run(ask(folder), models))
    both = models.bytes
    with shortage(layer(models, folder, "unet"), lambda call, _: call == 1):
        list(run(ask(folder), models))
    assert models.bytes < both / 2


def test_tiles_are_in_the_recipe(folder, models):
    with shortage(layer(models, folder, "vae"), lambda call, _: call == 1):
        events = list(run(ask(folder), models))
    assert notices(events) == ["tiled_decode"]
    assert made_of(events).recipe.extra["makeshifts"] == ["tiled_decode"]


def test_an_error_that_is_no_shortage_is_raised_at_once_and_its_tensors_go_with_it(folder, models):
    held = []

    def fail(*_):
        big = torch.zeros(1 << 20)
        held.append(weakref.ref(big))
        raise RuntimeError("shapes do not match")

    hook = layer(models, folder, "unet").register_forward_pre_hook(fail)
    try:
        list(run(ask(folder), models))
    except RuntimeError as error:
        assert "shapes" in str(error)
    hook.remove()
    gc.collect()
    assert [reference() for reference in held] == [None]


@pytest.fixture
def elsewhere(monkeypatch) -> torch.device:
    """The processor by a name that torch takes for another device, so that all is moved."""
    device = torch.device("cpu", 0)
    monkeypatch.setattr(Models, "device", property(lambda self: device))
    return device


@pytest.mark.parametrize("relief", [Relief(offload=True), Relief(offload=True, in_groups=True)])
def test_networks_that_wait_outside_make_the_same_picture_and_are_outside_again(
    folder, models, elsewhere, monkeypatch, relief
):
    calm = made_of(list(run(ask(folder), models)))
    picture.KEPT.clear()
    monkeypatch.setattr("engine.generation._planned", lambda *_: relief)
    moves: dict[int, torch.device] = {}
    monkeypatch.setattr(
        "engine.families.in_memory._move", lambda network, to: moves.update({id(network): to})
    )
    model = loaded(models, folder)
    events = list(run(ask(folder, "a dog"), models))
    assert np.array_equal(made_of(events).pixels, calm.pixels)
    wanted = ["offload"] + ["group_offload"] * relief.in_groups
    assert notices(events) == wanted and "makeshifts" not in made_of(events).recipe.extra
    assert model.rests_at == torch.device("cpu") and model.device == elsewhere
    assert moves[id(model.denoiser)] == torch.device("cpu") and moves[id(model.vae)] == elsewhere
    assert not [module for module in model.denoiser.modules() if _group_hooks(module)]
    info = models.catalog.find(str(folder))
    assert 0 < models.bytes_of_kept(info, torch.float32) < model.bytes  # of the device the rest is free
    monkeypatch.setattr("engine.generation._planned", lambda *_: Relief())
    list(run(ask(folder), models))
    assert model.rests_at == elsewhere


def _group_hooks(module: torch.nn.Module) -> list[str]:
    registry = getattr(module, "_diffusers_hook", None)
    return list(registry.hooks) if registry is not None else []


def test_a_new_prompt_is_read_where_the_model_works(folder, models, elsewhere, monkeypatch):
    calm = made_of(list(run(ask(folder, "seen"), models)))
    monkeypatch.setattr("engine.generation._planned", lambda *_: Relief(offload=True))
    model = models.load(models.catalog.find(str(folder)), torch.float32, outside=True)
    with model.reading():
        assert model.has_text_encoder
    events = list(run(ask(folder, "never seen while it waited"), models))
    assert not np.array_equal(made_of(events).pixels, calm.pixels)


def test_weights_that_were_moved_can_still_be_learnt_from(folder, models, elsewhere, monkeypatch):
    monkeypatch.setattr("engine.generation._planned", lambda *_: Relief(offload=True, in_groups=True))
    list(run(ask(folder), models))
    model = loaded(models, folder)
    latents = torch.rand(1, 4, 8, 8, requires_grad=True)
    model.denoiser(latents, torch.tensor([10]), torch.rand(1, 7, 32)).sample.sum().backward()
    assert latents.grad is not None


def test_a_picture_that_would_not_fit_is_developed_in_tiles_from_the_start(folder, models, monkeypatch):
    """On a processor the system would end the process: nothing could be caught there."""
    request = ask(folder)
    whole = list(run(request, models))
    assert notices(whole) == []
    monkeypatch.setattr("engine.generation.free_bytes", lambda device: 1)
    monkeypatch.setattr("engine.api.job_plan.DENOISED_BYTES_PER_PX", 0)  # tiny decoders take the least
    picture.KEPT.clear()
    events = list(run(request, models))
    assert notices(events) == ["tiled_decode"]
    assert made_of(events).recipe.extra["makeshifts"] == ["tiled_decode"]


def test_models_that_are_not_needed_leave_before_anything_is_done_to_this_one(
    folder, models, tmp_path, monkeypatch
):
    other = tiny_sd(tmp_path / "other", seed=1)
    list(run(ask(other), models))
    monkeypatch.setattr("engine.generation.free_bytes", lambda device: 1 if models.bytes else 1 << 40)
    assert notices(list(run(ask(folder), models))) == []
    assert models.bytes_of_kept(models.catalog.find(str(other)), torch.float32) == 0


def test_the_rungs_of_a_card_and_of_a_processor(monkeypatch):
    monkeypatch.setattr("engine.memory.empty_caches", lambda: None)  # there is nothing in them

    def rungs(device: str, **how) -> list[Relief]:
        ladder, seen = Ladder(torch.device(device), lambda: None, **how), []

        def attempt(relief: Relief):
            seen.append(relief)
            raise OutOfMemory("no")
            yield

        with pytest.raises(OutOfMemory):
            list(ladder.climb(attempt))
        return seen[2:]  # the first, and once more after what was not needed was let go

    assert rungs("cpu") == [Relief(one_by_one=True)]
    assert rungs("cpu", may_pack=True)[-1] == Relief(one_by_one=True, eight_bits=True)
    outside, one = Relief(offload=True), Relief(offload=True, one_by_one=True)
    assert rungs("cuda") == [outside, one, replace(one, in_groups=True)]
    packed = replace(one, eight_bits=True)
    assert rungs("cuda", may_pack=True) == [outside, one, packed, replace(packed, in_groups=True)]
    planned = Relief(offload=True, eight_bits=True)
    assert rungs("cuda", may_pack=True, start=planned) == [packed, replace(packed, in_groups=True)]
