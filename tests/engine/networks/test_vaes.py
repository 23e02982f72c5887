"""VAEs of the artist's folders in place of a model's own, tiny ones too: found, held to the model, put in."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import diffusers
import numpy as np
import original_layouts as layouts
import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny import tiny_sd
from tiny_families import vae as other_vae
from tiny_single import flux2_klein, write_folder

from engine.api.control import Control
from engine.api.errors import EngineError, ModelNotFound, UnsupportedModel
from engine.api.events import ImageReady, Step
from engine.api.images import ImageInput
from engine.api.recipe import Recipe
from engine.api.request import GenerationRequest
from engine.api.vae import VaeInfo
from engine.diffusion import preview, tiny_preview
from engine.diffusion.latents.table import latent_space
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.models.named.vaes import fitting_vaes
from engine.models.parts.vae_files import read_vae
from engine.networks.vaes import load_vae
from engine.picture import previews
from engine.tasks import run

UNSEEN = Control(wants_previews=False)
"""Fitting a preview to each tiny VAE takes longer than all else."""


def tiny_vae(channels: int = 4) -> diffusers.AutoencoderTiny:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return diffusers.AutoencoderTiny(latent_channels=channels)


def as_its_makers_give_it(state: dict[str, torch.Tensor], folder: Path) -> None:
    """TAESD's two files: the decoder counts what squashes its input first."""
    for half, shift in (("encoder", 0), ("decoder", 1)):
        head = f"{half}.layers."
        own = {name.removeprefix(head): tensor for name, tensor in state.items() if name.startswith(head)}
        named = {}
        for name, tensor in own.items():
            number, _, rest = name.partition(".")
            named[f"{int(number) + shift}.{rest}"] = tensor.clone()
        save_file(named, folder / f"taesd_{half}.safetensors")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A model, two full VAEs for it, as a file and as a folder, one for other models, and TAESD twice."""
    home = tmp_path_factory.mktemp("vaes")
    tiny_sd(home / "dream")
    own = diffusers.AutoencoderKL.from_pretrained(home / "dream" / "vae")
    with torch.random.fork_rng():
        torch.manual_seed(2)
        better = diffusers.AutoencoderKL.from_config(own.config)
    better.save_pretrained(home / "better")
    save_file({name: tensor.clone() for name, tensor in own.state_dict().items()}, home / "same.safetensors")
    save_file(
        {
            name: tensor.contiguous().clone()
            for name, tensor in layouts.kl(other_vae(16).state_dict()).items()
        },
        home / "sixteen.safetensors",
    )
    of_films = diffusers.AutoencoderKLQwenImage(base_dim=8, dim_mult=[1, 2, 2, 2], num_res_blocks=1)
    of_films.save_pretrained(home / "of-films")
    tiny = tiny_vae()
    tiny.save_pretrained(home / "taesd")
    (home / "vae_approx").mkdir()
    as_its_makers_give_it(dict(tiny.state_dict()), home / "vae_approx")
    return home


@pytest.fixture(scope="module")
def models(folder) -> Models:
    return Models(Catalog([folder]), "cpu")


def ask(models: Models, vae: str = "", **changes) -> GenerationRequest:
    info = models.catalog.find("dream")
    request = info.request("a dog", width=64, height=64, vae=vae, **changes)
    return replace(request, sampling=replace(request.sampling, steps=2, seed=3))


def made(request: GenerationRequest, models: Models) -> tuple[np.ndarray, Recipe]:
    (event,) = [event for event in run(request, models, UNSEEN) if isinstance(event, ImageReady)]
    return event.pixels, event.recipe


def test_what_can_take_the_place_is_listed_and_the_rest_is_refused_by_a_sentence(folder, models):
    info = models.catalog.find("dream")
    assert info.capabilities.vae_kind == "AutoencoderKL 4 8"
    known = {vae.name: vae for vae in models.catalog.beside(VaeInfo)}
    assert {"better", "same", "sixteen", "taesd", "taesd_decoder"} <= known.keys()
    assert known["of-films"].kind == "AutoencoderKLQwenImage 16 8"
    fitting = {vae.name for vae in fitting_vaes(info, list(known.values()))}
    assert fitting == set(known) - {"sixteen", "of-films"}
    assert [name for name, vae in known.items() if vae.is_tiny] == ["taesd", "taesd_decoder", "taesd_encoder"]
    with pytest.raises(UnsupportedModel, match="AutoencoderKL 16 8, and the model's own is AutoencoderKL 4"):
        made(ask(models, "sixteen"), models)
    with pytest.raises(ModelNotFound, match="There is no VAE 'nowhere'; the ones here are: "):
        made(ask(models, "nowhere"), models)


def test_a_vae_decodes_in_place_of_the_model_s_own_and_goes_away_again(folder, models):
    own, told = made(ask(models), models)
    assert not told.vae_sha256
    assert np.array_equal(made(ask(models, "same"), models)[0], own)
    other, told = made(ask(models, "better"), models)
    assert not np.array_equal(other, own) and len(told.vae_sha256) == 64 and told.request.vae == "better"
    pipeline = diffusers.StableDiffusionPipeline.from_pretrained(
        folder / "dream", vae=diffusers.AutoencoderKL.from_pretrained(folder / "better"), dtype=torch.float32
    )
    model = models.load(models.catalog.find("dream"), torch.float32)
    assert type(model.vae).__name__ == type(pipeline.vae).__name__
    assert np.array_equal(made(ask(models), models)[0], own)


def test_tiny_ones_draw_alike_from_the_folder_and_from_the_makers_files(folder, models):
    own, _ = made(ask(models), models)
    tiny, _ = made(ask(models, "taesd"), models)
    assert np.array_equal(made(ask(models, "taesd_decoder"), models)[0], tiny)
    assert np.array_equal(
        made(ask(models, str(folder / "vae_approx" / "taesd_encoder.safetensors")), models)[0], tiny
    )
    model = models.load(models.catalog.find("dream"), torch.float32)
    models.exchange_vae(model, None)
    assert not np.array_equal(tiny, own)
    y, x = np.mgrid[0:64, 0:64]
    start = ImageInput.of(np.stack([x * 3, y * 3, 255 - x - y], axis=2).astype(np.uint8), "drawing.png")
    begun = replace(ask(models, "taesd"), image=start)
    begun = replace(begun, sampling=replace(begun.sampling, strength=0.5, steps=4))
    assert made(begun, models)[0].std() > 1


def test_half_a_tiny_vae_says_what_is_missing(folder, tmp_path):
    file = tmp_path / "taef1_decoder.safetensors"
    save_file(load_file(folder / "vae_approx" / "taesd_decoder.safetensors"), file)
    with pytest.raises(UnsupportedModel, match="is the decoder of a tiny VAE alone, and its encoder does"):
        Catalog().find_beside(VaeInfo, str(file))


def test_a_vae_with_numbers_that_are_none_is_named(folder, tmp_path):
    state = load_file(folder / "same.safetensors")
    state["decoder.conv_in.weight"][0] = float("nan")
    save_file(state, tmp_path / "broken.safetensors")
    models = Models(Catalog([folder]), "cpu")
    with pytest.raises(EngineError, match=r"broken.safetensors is damaged: 36 numbers in its VAE"):
        made(ask(models, str(tmp_path / "broken.safetensors")), models)
    assert json.dumps(made(ask(models), models)[1].to_json())


def test_a_tiny_vae_that_is_like_the_model_s_own_draws_the_steps_and_not_the_picture(models, monkeypatch):
    monkeypatch.setattr(preview, "LONGEST_FIT_S", 0)
    for room in (preview, tiny_preview):
        monkeypatch.setattr(room, "LEAST_SAMPLES", 2)
    request = by_euler(models)
    plain, _ = made(request, models)

    def steps(control: Control) -> list[np.ndarray]:
        events = list(run(request, models, control))
        (ready,) = [event for event in events if isinstance(event, ImageReady)]
        assert np.array_equal(ready.pixels, plain)
        return [event.preview for event in events if isinstance(event, Step) and event.preview is not None]

    fitted = steps(Control(tiny_vaes=False))
    assert len(steps(Control())) == len(fitted)  # random weights: it was looked at, and is nothing like it
    monkeypatch.setattr(previews, "likeness", lambda *_: 0.99)
    monkeypatch.setattr(tiny_preview, "SHARE", 1e9)  # of so small a network's step it would take too much
    shown = steps(Control())
    assert [picture.shape for picture in shown] == [(32, 32, 3)] * 2  # of every step, at four pixels a cell
    assert models._tiny is not None and nearly(shown[-1], drawn_by(models._tiny[1], models))
    assert len(steps(Control(tiny_vaes=False))) == len(fitted)


def by_euler(models: Models) -> GenerationRequest:
    """Its last estimate is the finished picture's latents."""
    request = ask(models)
    return replace(request, sampling=replace(request.sampling, scheduler="euler"))


def nearly(one: np.ndarray, other: np.ndarray) -> bool:
    return int(np.abs(one.astype(int) - other).max()) <= 1


def drawn_by(space, models: Models) -> np.ndarray:
    """The last step's estimate, which is the finished latents, through a tiny VAE, half as large."""
    taken: list[torch.Tensor] = []
    model = models.load(models.catalog.find("dream"), torch.float32)
    decode = model.space.decode
    model.space.decode = lambda latents, *rest: taken.append(latents.clone()) or decode(latents, *rest)
    try:
        made(by_euler(models), models)
    finally:
        del model.space.decode
    image = torch.nn.functional.avg_pool2d(space.decode(taken[-1]), 2)[0]
    return image.add(1).mul(127.5).add(0.5).clamp(0, 255).byte().permute(1, 2, 0).numpy()


# FLUX.2's


def tiny_flux2() -> dict[str, torch.Tensor]:
    """The weights of `taef2.safetensors` at random, under its names."""
    state = dict(tiny_vae(32).state_dict())
    for half, blocks in (("decoder", (2, 3, 4)), ("encoder", (11, 12, 13))):
        for block in blocks:
            pool = f"{half}.layers.{block}.pool"
            state[f"{pool}.0.weight"] = torch.randn(256, 64, 1, 1) / 8
            state[f"{pool}.1.weight"], state[f"{pool}.1.bias"] = torch.rand(256), torch.randn(256)
            state[f"{pool}.3.weight"] = torch.randn(64, 256, 1, 1) / 8
    return state


def by_hand(state: dict[str, torch.Tensor], latents: torch.Tensor) -> torch.Tensor:
    """TAEF2's decoder as its makers describe it: B x 32 x h x w to pixels from 0 to 1."""
    conv, weight = torch.nn.functional.conv2d, lambda name: state[f"decoder.layers.{name}.weight"]

    def bias(name: str) -> torch.Tensor | None:
        return state.get(f"decoder.layers.{name}.bias")

    found, number = conv((latents / 3).tanh() * 3, weight("0"), bias("0"), padding=1).relu(), 2
    for blocks in (3, 3, 3, 1):
        for block in range(number, number + blocks):
            if f"decoder.layers.{block}.pool.0.weight" in state:
                wide = conv(found, weight(f"{block}.pool.0"))
                wide = torch.nn.functional.group_norm(
                    wide, 4, weight(f"{block}.pool.1"), bias(f"{block}.pool.1")
                )
                found = found + conv(wide.relu(), weight(f"{block}.pool.3"))
            inner = found
            for layer in (0, 2, 4):
                name = f"{block}.conv.{layer}"
                inner = conv(inner, weight(name), bias(name), padding=1)
                inner = inner.relu() if layer < 4 else inner
            found = (inner + found).relu()
        number += blocks
        if blocks == 3:
            found, number = torch.nn.functional.interpolate(found, scale_factor=2), number + 1
        found, number = conv(found, weight(str(number)), bias(str(number)), padding=1), number + 1
    return found


@pytest.mark.parametrize("halves", [False, True])
def test_the_tiny_one_of_flux_2_draws_what_its_makers_say(halves, tmp_path):
    state = tiny_flux2()
    if halves:
        as_its_makers_give_it(state, tmp_path)
    path = tmp_path / ("taesd_decoder.safetensors" if halves else "taef2.safetensors")
    if not halves:
        save_file(state, path)
    file = read_vae(path)
    assert file.is_tiny and file.kind == "AutoencoderKLFlux2 32 16"
    space = latent_space(load_vae(file, None, torch.float32, torch.device("cpu")))
    assert (space.cell_px, space.channels) == (16, 128)
    latents = torch.randn(1, 128, 3, 2)
    with torch.inference_mode():
        truth = by_hand(state, torch.nn.functional.pixel_shuffle(latents, 2)) * 2 - 1
        assert torch.allclose(space.decode(latents), truth, atol=1e-4)
        assert space.encode(space.decode(latents)).shape == latents.shape


def test_the_tiny_one_of_flux_2_draws_its_steps_and_pictures(tmp_path, monkeypatch):
    write_folder(flux2_klein(), tmp_path / "klein")
    save_file(tiny_flux2(), tmp_path / "taef2.safetensors")
    models = Models(Catalog([tmp_path]), "cpu")
    info = models.catalog.find("klein")
    monkeypatch.setattr(preview, "LONGEST_FIT_S", 0)
    for room in (preview, tiny_preview):
        monkeypatch.setattr(room, "LEAST_SAMPLES", 2)
    monkeypatch.setattr(previews, "likeness", lambda *_: 0.99)
    request = info.request("a dog", width=64, height=64)
    request = replace(request, sampling=replace(request.sampling, steps=2, seed=3))
    own = [event for event in run(request, models, Control()) if isinstance(event, (Step, ImageReady))]
    assert models._tiny is not None and type(models._tiny[1].vae).__name__ == "AutoencoderTinyFlux2"
    assert any(isinstance(event, Step) and event.preview is not None for event in own)
    other, _ = made(replace(request, vae="taef2"), models)
    assert not np.array_equal(other, own[-1].pixels)
    assert isinstance(own[-1], ImageReady)
    start = ImageInput.of(other, "drawing.png")
    begun = replace(request, vae="taef2", image=start, sampling=replace(request.sampling, strength=0.5))
    assert made(begun, models)[0].shape == other.shape
