"""LDM3D: colours as the stock pipeline draws them, and how near they are, in 16 bits."""

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
from tiny_depth import tiny_ldm3d
from worn import drawn

from engine.api.control import Control
from engine.api.edit import Edit
from engine.api.errors import UnreadableFile
from engine.api.events import ImageReady
from engine.api.images import ImageInput, pixels_hash
from engine.api.mask import MaskInput
from engine.api.model_info import ModelInfo
from engine.api.recipe import Recipe
from engine.api.request import GenerationRequest
from engine.api.wire import event_from_message, event_to_message
from engine.cli.maps import DRAWN, read_control
from engine.cli.options import Preferences
from engine.cli.saving import Destination
from engine.diffusion import schedulers
from engine.diffusion.latents.depth import DepthSpace, depth_of
from engine.library import depth as depths
from engine.library.export.export import ExportWish, exported
from engine.library.pictures import encode_picture, open_picture
from engine.tasks import run
from engine.verification import judge

STEPS = 2
PIXELS = (np.mgrid[0:64, 0:64, 0:3].sum(axis=0) * np.array([3, 2, 1])).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module", params=[4, 6])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_ldm3d(tmp_path_factory.mktemp("ldm3d") / f"ldm3d-{request.param}", request.param)


def ask(info: ModelInfo, **changes: Any) -> GenerationRequest:
    sampling = replace(info.defaults.sampling, scheduler="ddim", steps=STEPS, guidance=2.0, seed=7)
    return info.request("a dog", width=64, height=64, sampling=sampling, **changes)


def ready(request: GenerationRequest, models: Any) -> ImageReady:
    events = run(request, models, Control(wants_previews=False))
    return next(event for event in events if isinstance(event, ImageReady))


def stock(folder: Path, config: dict[str, Any]) -> tuple[np.ndarray, np.ndarray, torch.Tensor]:
    """Its colours, its depth from 0 to 1, and all that its autoencoder says."""
    pipeline: Any = diffusers.StableDiffusionLDM3DPipeline.from_pretrained(folder, safety_checker=None)
    pipeline.scheduler = schedulers.build("ddim", config, 7, STEPS)
    bare(pipeline)
    said: list[torch.Tensor] = []
    decode = pipeline.vae.decode

    def listening(*call: Any, **more: Any) -> Any:
        said.append(decode(*call, **more)[0])
        return (said[-1],)

    pipeline.vae.decode = listening
    (rgb, near), _ = pipeline(
        "a dog", width=64, height=64, num_inference_steps=STEPS, guidance_scale=2.0, output_type="np",
        generator=torch.Generator().manual_seed(7), return_dict=False,
    )  # fmt: skip
    return (rgb[0] * 255).round().astype(np.uint8), near[0], said[0]


def test_colours_are_the_stock_pipeline_s_and_depth_is_its_numbers(folder, models, tmp_path):
    info = models.catalog.find(str(folder))
    can = info.capabilities
    assert info.family == "stable_diffusion" and "colours and depth" in info.variant
    assert can.draws_depth and not can.learns and not can.vae_kind
    request = ask(info)
    made = ready(request, models)
    loaded = models.load(info, torch.float32)
    assert isinstance(loaded.space, DepthSpace)
    colours, depth, said = stock(folder, loaded.scheduler_config)
    assert np.array_equal(made.pixels, colours) and made.pixels.std() > 1
    if said.shape[1] == 4:
        near = (depth[..., 0] * 65535.0).astype(np.uint16)
    else:  # diffusers' own drops the high byte
        unit = (said / 2 + 0.5).clamp(0, 1)
        high, low = (unit[0, 4:] * 255).round().numpy().astype(np.uint16)
        near = high * 256 + low
    assert made.depth is not None and made.depth.dtype == np.uint16 and made.depth.std() > 100
    assert np.array_equal(made.depth, near)
    assert made.recipe.depth_sha256 == pixels_hash(made.depth)

    across = event_from_message(*event_to_message(made))
    assert isinstance(across, ImageReady) and across.depth is not None
    assert np.array_equal(across.depth, made.depth)
    path = tmp_path / "seen.png"
    path.write_bytes(encode_picture(made.pixels, made.recipe, depth=made.depth))
    kept = depths.read_depth(path)
    assert kept is not None and np.array_equal(kept, made.depth)
    assert np.array_equal(open_picture(path).pixels, made.pixels)
    assert judge(path, made.recipe, made).is_verified
    moved = replace(made, depth=made.depth ^ np.uint16(1))
    assert not judge(path, made.recipe, moved).is_verified


def test_it_begins_midway_and_fills_masks_of_which_no_depth_is_told(folder, models):
    info = models.catalog.find(str(folder))
    start = ImageInput.of(PIXELS, "drawing.png")
    begun = ask(info, image=start)
    begun = replace(begun, sampling=replace(begun.sampling, strength=0.5))
    made = ready(begun, models)
    assert made.depth is not None and made.depth.shape == (64, 64)
    mask = np.zeros((64, 64), np.uint8)
    mask[:32, :32] = 255
    edited = ready(ask(info).with_edit(start, Edit(mask=MaskInput.of(mask))), models)
    assert edited.depth is None and np.array_equal(edited.pixels[48:, 48:], PIXELS[48:, 48:])
    assert not np.array_equal(edited.pixels[:32, :32], PIXELS[:32, :32])
    assert drawn(ask(info), models).std() > 1


def test_two_bytes_are_one_number():
    image = torch.zeros(1, 6, 1, 2)
    image[0, 4, 0], image[0, 5, 0] = torch.tensor([1.0, 18 / 255]), torch.tensor([1.0, 52 / 255])
    assert depth_of(image).tolist() == [[65535, 0x1234]]
    assert depths.as_map(np.array([[0, 128, 129, 65535]], np.uint16))[..., 0].tolist() == [[0, 0, 1, 255]]


def test_the_depth_goes_along_into_files_copies_and_maps(tmp_path):
    """A file beside the named one, a smaller PNG, and the map that is drawn from it."""
    near = np.repeat(np.linspace(0, 65535, 64).astype(np.uint16)[:, None], 64, axis=1)
    event = ImageReady(PIXELS, _recipe(), depth=near)
    request, wanted = event.recipe.request, Preferences(library_folder=tmp_path)
    put = Destination.of(tmp_path / "room.png", request, wanted, None, False, None).put(event)
    beside = tmp_path / "room-depth.png"
    assert put.depth == beside and put.beside == (beside,)
    with Image.open(beside) as image:
        assert image.mode == "I;16" and np.array_equal(np.array(image), near)
    copy = exported(put.path, ExportWish("png", longest_px=32))
    smaller = depths.read_depth(copy.data)
    assert smaller is not None and smaller.shape == (32, 32) and not copy.leaves_layers
    assert np.abs(smaller.astype(int) - near[::2, ::2]).max() < 1100
    assert exported(put.path, ExportWish("jpeg")).leaves_layers
    given = read_control(f"depth:{put.path}", DRAWN)
    assert not given.is_picture and given.image.pixels is not None
    assert np.array_equal(given.image.pixels, depths.as_map(near))
    assert read_control(f"lines:{put.path}", DRAWN).is_picture
    assert not read_control(f"depth:{put.path}", "control").is_picture


def test_a_damaged_depth_is_named_and_the_picture_opens(tmp_path):
    near = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64)
    whole = depths.with_depth(encode_picture(PIXELS, _recipe()), near)
    assert depths.read_depth(encode_picture(PIXELS, _recipe())) is None
    for damaged in (
        depths.with_depth(encode_picture(PIXELS, _recipe()), near[:32]),
        whole.replace(depths.encode_depth(near)[40:80], bytes(40)),
    ):
        path = tmp_path / "seen.png"
        path.write_bytes(damaged)
        with pytest.raises(UnreadableFile, match="depth"):
            depths.read_depth(path)
        assert np.array_equal(open_picture(path).pixels, PIXELS)


def _recipe() -> Recipe:
    return Recipe(GenerationRequest(model="m", prompt="a dog", width=64, height=64))
