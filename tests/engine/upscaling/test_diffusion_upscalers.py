"""Diffusion models that make pictures larger: found as networks of Enlarge, equal to diffusers' pipelines."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from original_names import original_state
from PIL import Image
from safetensors.torch import save_file
from stock import bare
from tiny import full_tokenizer, tiny_text_encoder
from tiny_diffusion_upscalers import MADE, STOCK
from tiny_stages import saved

from engine.api.control import Control
from engine.api.errors import BadRequest, UnsafeFile, UnsupportedModel
from engine.api.events import Finished, ImageReady, Loading
from engine.api.images import ImageInput, Pixels
from engine.api.model_file import FileKind
from engine.api.request import GenerationRequest, Sampling
from engine.api.upscale import Upscale, UpscalerInfo
from engine.diffusion.tiles import Span, spans
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.models.parts.upscaler_files import read_upscaler
from engine.models.places.walk import Place
from engine.models.scanning.describe import describe
from engine.networks.upscaling_pipelines import UPSCALING
from engine.tasks import run

STEPS = 2
KINDS = dict(zip(MADE, UPSCALING, strict=True))


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return saved({name: make for name, (make, *_) in MADE.items()}, tmp_path_factory.mktemp("larger"))


@pytest.fixture(scope="module")
def models(home) -> Models:
    return Models(Catalog([home]), "cpu")


def drawing(side: int) -> Pixels:
    y, x = np.mgrid[0:side, 0:side]
    return np.stack([x * 4 % 256, y * 5 % 256, (x * y) % 256], axis=2).astype(np.uint8)


def ask(pixels: Pixels, upscale: Upscale, prompt: str = "a dog") -> GenerationRequest:
    request = GenerationRequest("starter", prompt, sampling=Sampling("ddim", seed=7))
    return request.with_upscale(ImageInput.of(pixels, "drawing.png"), upscale)


def larger(request: GenerationRequest, models: Models) -> Pixels:
    (made,) = [event for event in run(request, models, Control()) if isinstance(event, ImageReady)]
    return made.pixels


def own(home: Path, name: str, pixels: Pixels, **more: Any) -> Pixels:
    """What diffusers' own pipeline makes."""
    stock = STOCK.DiffusionPipeline.from_pretrained(home / name, dtype=torch.float32, local_files_only=True)
    bare(stock)
    told = {
        "x4": {"prompt": "a dog", "negative_prompt": ""}, "x2": {"prompt": "a dog", "guidance_scale": 1.0},
        "ldm": {},
    }[name]  # fmt: skip
    made = stock(
        image=Image.fromarray(pixels), num_inference_steps=STEPS, generator=torch.Generator().manual_seed(7),
        **told, **more,
    )  # fmt: skip
    return np.array(made.images[0])


def test_they_are_listed_among_the_networks_of_enlarge_and_not_among_the_models(home, models):
    known = {info.name: info for info in models.catalog.beside(UpscalerInfo)}
    assert {name: known[name].scale for name in MADE} == {name: scale for name, (_, scale, _) in MADE.items()}
    assert (
        [name for name in MADE if known[name].reads_words],
        [name for name in MADE if known[name].noise_level is not None],
    ) == (["x4", "x2"], ["x4"])
    assert all(known[name].steps and known[name].is_built_in and known[name].bytes for name in MADE)
    assert {known[name].architecture for name in MADE} == {kind.title for kind in UPSCALING.values()}
    for name in MADE:
        assert describe(Place(home / name, name)).kind is FileKind.UPSCALER
        with pytest.raises(UnsupportedModel, match="is no model but an upscaler"):
            models.catalog.find(str(home / name))


@pytest.mark.parametrize("name", MADE)
def test_one_tile_is_what_the_stock_pipeline_makes_and_each_step_is_said(name, home, models):
    _, scale, side = MADE[name]
    pixels = drawing(side)
    events = list(run(ask(pixels, Upscale(scale, name, steps=STEPS)), models, Control()))
    (made,) = [event for event in events if isinstance(event, ImageReady)]
    assert made.pixels.shape == (side * scale, side * scale, 3) and made.pixels.std() > 1
    assert np.abs(made.pixels.astype(int) - own(home, name, pixels)).max() <= 1
    shares = [
        event.share or 0.0 for event in events if isinstance(event, Loading) and event.stage == "upscale"
    ]
    assert shares == sorted(shares) and {0.5, 1.0} <= set(shares)
    assert isinstance(events[-1], Finished)
    assert made.recipe.upscale is not None and len(made.recipe.upscale.sha256) == 64


@pytest.fixture(scope="module")
def x4_file(tmp_path_factory) -> Path:
    """x4 as its makers' one file, in the sizes that such files have: levels, heads and tokens."""
    folder = tmp_path_factory.mktemp("single")
    with torch.random.fork_rng():
        torch.manual_seed(3)
        unet = STOCK.UNet2DConditionModel(
            sample_size=128, in_channels=7, out_channels=4, block_out_channels=(32, 64), layers_per_block=2,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), attention_head_dim=8,
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), cross_attention_dim=32,
            num_class_embeds=1000, only_cross_attention=[True, True], use_linear_projection=True,
        )  # fmt: skip
        vae = STOCK.AutoencoderKL(
            block_out_channels=(32,) * 3, down_block_types=("DownEncoderBlock2D",) * 3, layers_per_block=1,
            up_block_types=("UpDecoderBlock2D",) * 3, latent_channels=4, scaling_factor=0.08333,
        )  # fmt: skip
        tokenizer = full_tokenizer(2)
        text = tiny_text_encoder(2, len(tokenizer))
    noise = {"beta_start": 0.0001, "beta_end": 0.02, "beta_schedule": "scaled_linear"}
    STOCK.StableDiffusionUpscalePipeline(
        vae=vae, text_encoder=text, tokenizer=tokenizer, unet=unet,
        low_res_scheduler=STOCK.DDPMScheduler(**noise),
        scheduler=STOCK.DDIMScheduler(
            **noise, prediction_type="v_prediction", clip_sample=False, set_alpha_to_one=False,
            steps_offset=1,
        ),
    ).save_pretrained(folder / "x4")  # fmt: skip
    state = original_state(unet, vae, text, 2)
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, folder / "upscaler.safetensors")
    return folder / "upscaler.safetensors"


def test_x4_is_read_from_its_makers_one_file(x4_file):
    home = x4_file.parent
    models = Models(Catalog([home]), "cpu")
    known = {info.name: info for info in models.catalog.beside(UpscalerInfo)}
    single, folder = known["upscaler"], known["x4"]
    assert (single.scale, single.steps, single.reads_words, single.noise_level) == (4, 75, True, 20)
    assert single.architecture == folder.architecture and single.is_built_in
    pixels = drawing(16)
    made = larger(ask(pixels, Upscale(4, "upscaler", steps=STEPS)), models)
    assert np.abs(made.astype(int) - own(home, "x4", pixels)).max() <= 1 and made.std() > 1
    with pytest.raises(UnsupportedModel, match="is no model but an upscaler"):
        models.catalog.find(str(x4_file))


def test_words_seed_and_noise_level_count(home, models):
    pixels = drawing(16)
    plain = Upscale(4, "x4", steps=STEPS)
    made = larger(ask(pixels, plain), models)
    assert np.abs(
        larger(ask(pixels, Upscale(4, "x4", steps=STEPS, noise_level=200)), models).astype(int)
        - own(home, "x4", pixels, noise_level=200)
    ).max() <= 1  # fmt: skip
    assert np.array_equal(made, larger(ask(pixels, Upscale(4, "x4", steps=STEPS, noise_level=20)), models))
    assert not np.array_equal(made, larger(ask(pixels, plain, "a red house"), models))
    assert np.array_equal(made, larger(ask(pixels, plain, "a (dog:1.2)"), models))  # it weighs no words
    two = [larger(ask(drawing(64), Upscale(2, "x2", steps=1), words), models) for words in ("", "a dog")]
    assert not np.array_equal(*two)


def test_a_large_picture_goes_in_tiles_of_any_size_and_is_cancelled_between_blocks(models, monkeypatch):
    pixels, largest, decoded = drawing(80)[:36], [], []
    network, _ = models.load_upscaler(
        read_upscaler(models.catalog.find_beside(UpscalerInfo, "x4").path), torch.float32
    )
    load, decode = models.load_upscaler, type(network).decoded

    def watched(*given: Any) -> Any:
        network, scale = load(*given)
        unet = network.parts["unet"]
        unet.conv_in.register_forward_pre_hook(lambda _, given: largest.append(tuple(given[0].shape[-2:])))
        return network, scale

    def measured(self: Any, latents: torch.Tensor) -> torch.Tensor:
        decoded.append(tuple(latents.shape[-2:]))
        return decode(self, latents)

    monkeypatch.setattr(models, "load_upscaler", watched)
    monkeypatch.setattr(type(network), "decoded", measured)
    request = ask(pixels, Upscale(2, "x4", tile_px=64, steps=1))
    made = larger(request, models)
    assert made.shape == (72, 160, 3)
    assert largest == decoded == [(40, 64), (40, 64)]
    control = Control()
    for event in run(ask(pixels, Upscale(2, "x4", tile_px=64, steps=9)), models, control):
        if isinstance(event, Loading) and event.stage == "upscale":
            control.cancel()
    assert len(largest) < 2 + 2 * 9 and len(decoded) == 2
    assert np.array_equal(larger(request, models), made)


def steps_and_detail(pixels: Pixels, tiles: tuple[Span, ...], scale: int) -> tuple[float, float]:
    """How steep the change is where tiles begin and end, against lines beside them that lie alike in their
    cells; and how much detail there is in the midst of overlaps, against the midst of tiles."""
    grey = pixels.astype(float).mean(axis=2)
    lines = np.abs(np.diff(grey, axis=1)).mean(axis=0)
    edges = {edge * scale for tile in tiles for edge in (tile.start, tile.stop)} - {0, grey.shape[1]}
    steep = [
        lines[edge - 1] / np.mean([lines[edge - 1 + 8 * away] for away in (-3, -2, -1, 1, 2, 3)])
        for edge in edges
    ]
    fine = np.abs(grey[:, 2:] + grey[:, :-2] - 2 * grey[:, 1:-1]).mean(axis=0)

    def detail_at(places: list[int]) -> float:
        return float(np.mean([fine[place - 16 : place + 16].mean() for place in places]))

    between = [(one.start + other.stop) * scale // 2 for other, one in itertools.pairwise(tiles)]
    inside = [(tile.start + tile.stop) * scale // 2 for tile in tiles]
    return float(np.mean(steep)), detail_at(between) / detail_at(inside)


@pytest.mark.parametrize("name", MADE)
def test_figures_tell_no_seam_from_what_is_drawn_at_once(name, models):
    scale, width, cell = MADE[name][1], 144, UPSCALING[KINDS[name]].px_per_cell
    y, x = np.mgrid[0:32, 0:width]
    smooth = np.stack([x * 255 // width, y * 8, 255 - x * 255 // width], axis=2).astype(np.uint8)
    blocks = np.random.default_rng(0).integers(0, 256, (16, width // 2, 3), np.uint8)
    pixels = np.concatenate([smooth, blocks.repeat(2, 0).repeat(2, 1)])
    tiles = spans(width, 64, 16, cell)
    in_tiles, at_once = (
        larger(ask(pixels, Upscale(scale, name, tile_px=tile, steps=STEPS)), models) for tile in (64, 256)
    )
    assert len(tiles) == 3 and not np.array_equal(in_tiles, at_once)
    for half in (np.s_[: 32 * scale], np.s_[32 * scale :]):
        steep, detail = steps_and_detail(in_tiles[half], tiles, scale)
        usual, told = steps_and_detail(at_once[half], tiles, scale)
        assert abs(steep - usual) < 0.15
        assert abs(detail - told) < 0.12  # tiles drawn one by one have a fifth less where they overlap


def test_what_cannot_be_is_named(home, models, tmp_path):
    with pytest.raises(BadRequest, match="lays no noise"):
        run(ask(drawing(32), Upscale(4, "ldm", noise_level=20)), models, Control())
    with pytest.raises(BadRequest, match="noise_level"):
        ask(drawing(32), Upscale(4, "x4", noise_level=400)).validated()
    half = Path(shutil.copytree(home / "x4", tmp_path / "half"))
    shutil.rmtree(half / "low_res_scheduler")
    with pytest.raises(UnsafeFile, match="low_res_scheduler"):
        read_upscaler(half)
    odd = Path(shutil.copytree(home / "ldm", tmp_path / "odd"))
    file = odd / "scheduler" / "scheduler_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "_class_name": "SomeScheduler"}))
    with pytest.raises(UnsafeFile, match="no usable scheduler"):
        list(run(ask(drawing(32), Upscale(4, str(odd))), models, Control()))
