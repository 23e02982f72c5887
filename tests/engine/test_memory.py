"""Memory that runs out in real tiny networks: what is tried, what is said, and that nothing is held."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import tiny_sd

from engine.api.errors import OutOfMemory
from engine.api.events import Event, Finished, ImageReady, Loading, Notice, Step
from engine.api.request import GenerationRequest, Sampling, Speed
from engine.diffusion.devices import fast_dtype
from engine.families.family import LoadedModel
from engine.memory import offloaded
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
    return model.unet.conv_in if name == "unet" else model.vae.decoder


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
    with shortage(model.unet.conv_in, lambda _, batch: batch > 1):
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


class OnTheDevice:
    """What `offloaded` needs of a pipeline; its device is one that every computer has."""

    device = torch.device("meta")

    def __init__(self, **networks: torch.nn.Module | None) -> None:
        self.__dict__.update(networks)

    def enable_model_cpu_offload(self, device: torch.device) -> None:
        for network in filter(None, vars(self).values()):
            network.to_empty(device="cpu")

    @property
    def components(self) -> dict[str, torch.nn.Module | None]:
        return vars(self)

    def remove_all_hooks(self) -> None:
        """Their networks stay where they are."""


@pytest.mark.parametrize("has_text_encoder", [True, False])
def test_after_an_offload_all_networks_are_where_they_were(has_text_encoder):
    networks = {name: torch.nn.Linear(2, 2, device="meta") for name in ("unet", "vae", "text_encoder")}
    pipeline = OnTheDevice(
        **{**networks, "text_encoder": networks["text_encoder"] if has_text_encoder else None}
    )
    with offloaded(pipeline, pipeline.device):
        assert networks["unet"].weight.device.type == "cpu"
    assert {network.weight.device.type for network in networks.values()} == {"meta"}


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
