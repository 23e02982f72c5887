"""HunyuanImage's refiner: what it makes of a picture is what diffusers makes of it, also in tiles."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image
from stock import bare
from tiny_families import byte_tokenizer, flow, qwen_image
from tiny_other import change_of
from tiny_stages import saved, stirred
from worn import assert_it_is_worn, assert_places_are_followed, drawn

from engine.api.control import Control
from engine.api.edit import Edit
from engine.api.errors import BadRequest
from engine.api.events import ImageReady, Step
from engine.api.images import ImageInput, Pixels
from engine.api.mask import MaskInput
from engine.api.request import Branch, GenerationRequest
from engine.api.upscale import Upscale
from engine.models.cache import Models
from engine.networks.hunyuan_vaes import AutoencoderKLHunyuanImage, AutoencoderKLHunyuanImageRefiner
from engine.picture.picture import KEPT
from engine.tasks import run

STOCK: Any = diffusers
STEPS = 3
SIDE = 64


def refiner(taught: bool = True) -> Any:
    """16 pixels a cell, 8 channels of two frames."""
    transformer = STOCK.HunyuanImageTransformer2DModel(
        in_channels=16, out_channels=8, num_attention_heads=2, attention_head_dim=8, num_layers=1,
        num_single_layers=1, num_refiner_layers=1, patch_size=(1, 1, 1), text_embed_dim=16,
        rope_axes_dim=(2, 4, 2), guidance_embeds=taught,
    )  # fmt: skip
    vae = STOCK.AutoencoderKLHunyuanImageRefiner(
        latent_channels=4, block_out_channels=(8, 8, 16, 16, 16), layers_per_block=1, scaling_factor=0.9
    )
    more: dict[str, Any] = {} if taught else {"guider": STOCK.AdaptiveProjectedMixGuidance()}
    return STOCK.HunyuanImageRefinerPipeline(
        scheduler=flow(shift=4.0), vae=vae, text_encoder=qwen_image().text_encoder,
        tokenizer=byte_tokenizer(), transformer=stirred(transformer), **more,
    )  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    made = {"refiner": refiner, "guided": lambda: refiner(False)}
    home = saved(made, tmp_path_factory.mktemp("refined"))
    for name in made:
        (home / name / "lienzo.json").write_text(f'{{"width": {SIDE}, "height": {SIDE}}}')
    return home


@pytest.fixture(autouse=True)
def nothing_kept():
    KEPT.clear()


def drawing(width: int = SIDE) -> Pixels:
    y, x = np.mgrid[0:SIDE, 0:width]
    return np.stack([x * 3 % 256, y * 3, 255 - (x + y) % 256], axis=2).astype(np.uint8)


def ask(home: Path, name: str, models: Models) -> GenerationRequest:
    info = models.catalog.find(str(home / name))
    sampling = replace(info.defaults.sampling, steps=STEPS, guidance=2.0, seed=7)
    image = ImageInput.of(drawing(), "drawing.png")
    return info.request("a dog", image=image, width=SIDE, height=SIDE, sampling=sampling)


def stock(folder: Path) -> np.ndarray:
    pipeline = bare(STOCK.HunyuanImageRefinerPipeline.from_pretrained(folder))
    told: dict[str, Any] = {"distilled_guidance_scale": 2.0}
    if pipeline.guider is not None:
        pipeline.guider = pipeline.guider.new(guidance_scale=2.0)
        told = {"negative_prompt": "a cat"}
    made = pipeline(
        "a dog", image=Image.fromarray(drawing()), height=SIDE, width=SIDE, num_inference_steps=STEPS,
        generator=torch.Generator().manual_seed(7), **told,
    )  # fmt: skip
    return np.array(made.images[0]).astype(int)


@pytest.mark.parametrize("name", ["refiner", "guided"])
def test_a_picture_is_drawn_again_as_its_pipeline_draws_it_step_by_step(name, home, models):
    request = ask(home, name, models)
    info = models.catalog.find(request.model)
    can = info.capabilities
    assert info.family == "hunyuan_refiner"
    assert can.needs_picture and can.redraws and can.negative_prompt == (name == "guided")
    assert can.size_multiple == 32
    is_seen = Control(wants_previews=name == "refiner")  # to fit a preview takes longer than all else
    events = list(run(replace(request, negative_prompt="a cat"), models, is_seen))
    steps = [event for event in events if isinstance(event, Step)]
    assert [step.index for step in steps] == list(range(1, STEPS + 1))
    assert (steps[-1].preview is not None) == is_seen.wants_previews
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    assert np.abs(made.astype(int) - stock(home / name)).max() <= 1 and made.std() > 1


def test_it_goes_on_from_a_step_keeps_what_is_outside_a_mask_is_cancelled_and_needs_a_picture(
    home, models, tmp_path
):
    request = ask(home, "refiner", models)
    made = drawn(request, models)
    branch = replace(request, image=None, branch=Branch(request, 0, 2))
    assert np.array_equal(drawn(branch, models), made)
    other = ImageInput.of(drawing()[::-1].copy(), "drawing.png")
    assert not np.array_equal(drawn(replace(request, image=other), models), made)
    events = run(request, models, Control(wants_previews=False))
    assert next(event.index for event in events if isinstance(event, Step)) == 1
    events.close()
    assert_places_are_followed(request, models, made)
    network = models.load(models.catalog.find(request.model), torch.float32).denoiser
    assert_it_is_worn(change_of(network, tmp_path / "lora.safetensors"), request, models, made)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[:32, :32] = 255
    given = ImageInput.of(drawing(), "drawing.png")
    edited = replace(request, image=None).with_edit(given, Edit(mask=MaskInput.of(mask)))
    kept = drawn(edited, models)
    assert np.array_equal(kept[:, 56:], drawing()[:, 56:])
    assert not np.array_equal(kept[:32, :32], drawing()[:32, :32])
    with pytest.raises(BadRequest, match="changes pictures"):
        run(replace(request, image=None), models)


def test_it_refines_an_enlarged_picture_tile_by_tile_and_one_tile_is_the_whole(home, models):
    request = ask(home, "refiner", models)
    given = ImageInput.of(drawing(2 * SIDE)[:, : SIDE + 32], "drawing.png")
    seen: list[tuple[int, ...]] = []
    network = models.load(models.catalog.find(request.model), torch.float32).denoiser
    hook = network.x_embedder.register_forward_pre_hook(
        lambda _, given: seen.append(tuple(given[0].shape[-2:]))
    )
    try:
        enlarged = replace(request, image=None).with_upscale(given, Upscale(1, refine=True, tile_px=SIDE))
        tiled = drawn(enlarged, models)
        assert tiled.shape == (SIDE, SIDE + 32, 3) and set(seen) == {(4, 4)} and len(seen) == 2 * STEPS
        seen.clear()
        small = ImageInput.of(drawing(), "drawing.png")
        drawn(
            replace(request, image=None).with_upscale(small, Upscale(2, refine=True, tile_px=2 * SIDE)),
            models,
        )
        assert set(seen) == {(8, 8)} and len(seen) == STEPS  # whatever the strength, all its steps
    finally:
        hook.remove()


class Pooled(torch.nn.Module):
    """Makes a cell of 16 x 16 pixels, of nothing around them."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        cells = x.unflatten(-1, (-1, 16)).mean(-1).unflatten(-2, (-1, 16)).mean(-2)
        return torch.cat([cells, cells, cells[:, :2]], dim=1)


class Spread(torch.nn.Module):
    """And pixels of a cell."""

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return z[:, :3].repeat_interleave(16, -1).repeat_interleave(16, -2)


@pytest.mark.parametrize("is_film", [False, True], ids=["HunyuanImage", "its refiner"])
def test_in_tiles_their_autoencoders_lay_each_cell_where_it_belongs(is_film):
    more: dict[str, Any] = {} if is_film else {"in_channels": 3, "out_channels": 3, "sample_size": 128}
    kind: Any = AutoencoderKLHunyuanImageRefiner if is_film else AutoencoderKLHunyuanImage
    vae = kind(
        latent_channels=4, block_out_channels=(32,) * 5, layers_per_block=1, spatial_compression_ratio=16,
        **more,
    )  # fmt: skip
    if is_film:
        vae.tile_sample_min_height = vae.tile_sample_min_width = 128
    vae.encoder, vae.decoder = Pooled(), Spread()
    given = torch.linspace(-1, 1, 3 * 288 * 240).view(1, 3, *[1] * is_film, 288, 240)
    likely = vae.encode(given).latent_dist.mean
    made = vae.decode(likely).sample
    vae.enable_tiling()
    assert torch.allclose(vae.encode(given).latent_dist.mean, likely, atol=1e-5)
    assert torch.allclose(vae.decode(likely).sample, made, atol=1e-5)


def test_a_large_picture_is_encoded_and_decoded_in_tiles(home, models, monkeypatch):
    request = ask(home, "refiner", models)
    vae = models.load(models.catalog.find(request.model), torch.float32).vae
    monkeypatch.setattr("engine.picture.picture.VAE_AT_ONCE_BYTES", 0)
    monkeypatch.setattr(vae, "tile_sample_min_height", SIDE)
    monkeypatch.setattr(vae, "tile_sample_min_width", SIDE)
    given = ImageInput.of(drawing(2 * SIDE), "drawing.png")
    seen: list[tuple[int, ...]] = []
    hooks = [
        network.register_forward_pre_hook(lambda _, given: seen.append(tuple(given[0].shape[-2:])))
        for network in (vae.encoder, vae.decoder)
    ]
    enlarged = replace(request, image=None).with_upscale(given, Upscale(1, refine=True, tile_px=SIDE))
    assert drawn(enlarged, models).shape == (SIDE, 2 * SIDE, 3)
    for hook in hooks:
        hook.remove()
    assert max(map(max, seen)) == SIDE and len(seen) == 2 * 6  # two rows of three tiles, there and back
