"""A picture made larger: by networks in tiles, by Lanczos, refined by every family that can."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from tiny import tiny_sd
from tiny_families import FAMILIES, tiny_folder
from tiny_other import other_folder
from tiny_upscalers import RRDB, RRDB_2, SRVGG, tiny_upscaler

from engine.api.control import Control
from engine.api.errors import BadRequest, ModelNotFound, OutOfMemory
from engine.api.events import Event, Finished, ImageReady, Loading, Notice, Step
from engine.api.images import ImageInput
from engine.api.mask import MaskInput
from engine.api.recipe import Recipe
from engine.api.request import Branch, GenerationRequest
from engine.api.upscale import LANCZOS, Upscale
from engine.api.wire import (
    event_from_message,
    event_to_message,
    inputs_of,
    request_from_message,
    request_to_message,
)
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.picture import picture
from engine.tasks import run
from engine.upscaling import enlarge, tiled
from engine.upscaling.seam import with_colours_of


@pytest.fixture(autouse=True)
def nothing_kept():
    picture.KEPT.clear()


@pytest.fixture
def models() -> Models:
    return Models(Catalog(), "cpu")


def drawing(width: int = 50, height: int = 34) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 4 % 256, y * 5 % 256, (x * y) % 256], axis=2).astype(np.uint8)


def ask(upscale: Upscale, pixels: np.ndarray | None = None, model: str = "starter") -> GenerationRequest:
    pixels = drawing() if pixels is None else pixels
    return GenerationRequest(model).with_upscale(ImageInput.of(pixels, "drawing.png"), upscale)


def made_of(events: list[Event]) -> ImageReady:
    (made,) = [event for event in events if isinstance(event, ImageReady)]
    return made


def test_lanczos_needs_no_network_and_says_so(models: Models):
    events = list(run(ask(Upscale(2.5)), models))
    made = made_of(events)
    assert made.pixels.shape == (85, 125, 3)
    assert np.array_equal(
        made.pixels, np.asarray(Image.fromarray(drawing()).resize((125, 85), Image.LANCZOS))
    )
    assert made.recipe.model_title == LANCZOS and made.recipe.upscale is not None
    assert made.recipe.upscale.network == LANCZOS
    assert isinstance(events[-1], Finished)


@pytest.mark.parametrize(
    ("sizes", "scale"), [(RRDB, 4.0), (RRDB, 2.0), (RRDB, 3.0), (RRDB_2, 2.0), (SRVGG, 8.0), (SRVGG, 1.0)]
)
def test_a_network_of_any_scale_gives_the_scale_that_is_asked_for(tmp_path: Path, models, sizes, scale):
    path = tmp_path / "net.safetensors"
    tiny_upscaler(path, sizes)
    events = list(run(ask(Upscale(scale, str(path), tile_px=64)), models))
    made = made_of(events)
    assert made.pixels.shape == (round(34 * scale), round(50 * scale), 3)
    shares = [event.share for event in events if isinstance(event, Loading) and event.stage == "upscale"]
    assert shares == sorted(shares) and shares[-1] == 1.0
    assert made.recipe.upscale is not None and len(made.recipe.upscale.sha256) == 64
    assert Recipe.from_json(made.recipe.to_json()).upscale == made.recipe.upscale


def test_the_network_by_itself_makes_what_its_only_tile_is(tmp_path: Path, models: Models):
    path = tmp_path / "net.safetensors"
    network = tiny_upscaler(path, SRVGG)
    whole = made_of(list(run(ask(Upscale(4.0, str(path))), models))).pixels
    with torch.inference_mode():
        given = torch.from_numpy(drawing()).permute(2, 0, 1)[None].float() / 255
        wanted = (network(given)[0].permute(1, 2, 0).clamp(0, 1) * 255).round().byte().numpy()
    assert np.array_equal(whole, wanted)


def test_tiles_show_no_seam_beyond_what_the_network_sees(tmp_path: Path, models: Models):
    path = tmp_path / "net.safetensors"
    tiny_upscaler(path, SRVGG)  # sees 4 pixels around each
    pixels = drawing(200, 150)
    whole = made_of(list(run(ask(Upscale(4.0, str(path), tile_px=256), pixels), models))).pixels
    in_tiles = made_of(
        list(run(ask(Upscale(4.0, str(path), tile_px=64, overlap_px=24), pixels), models))
    ).pixels
    difference = np.abs(whole.astype(int) - in_tiles)
    assert difference.mean() < 0.05 and difference.max() <= 12
    hard = made_of(list(run(ask(Upscale(4.0, str(path), tile_px=64, overlap_px=0), pixels), models))).pixels
    assert np.abs(whole.astype(int) - hard).mean() > difference.mean()  # the test sees a seam where one is


def test_memory_is_bounded_by_the_tile(tmp_path: Path, models: Models, monkeypatch: pytest.MonkeyPatch):
    path, largest = tmp_path / "net.safetensors", []
    tiny_upscaler(path, SRVGG)
    one = tiled._one
    monkeypatch.setattr(
        tiled, "_one", lambda part, *rest: (largest.append(part.shape[:2]), one(part, *rest))[1]
    )
    list(run(ask(Upscale(4.0, str(path), tile_px=64), drawing(300, 90)), models))
    assert set(largest) == {(64, 64)} and len(largest) == 2 * 6


def test_memory_that_runs_out_halves_the_tile_and_is_told(tmp_path: Path, models, monkeypatch):
    path = tmp_path / "net.safetensors"
    tiny_upscaler(path, SRVGG)
    one, limit = tiled._one, 40

    def short_of_memory(part, *rest):
        if part.shape[1] > limit:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")
        return one(part, *rest)

    monkeypatch.setattr(tiled, "_one", short_of_memory)
    events = list(run(ask(Upscale(4.0, str(path), tile_px=128), drawing(100, 100)), models))
    told = [event.extra["tile_px"] for event in events if isinstance(event, Notice)]
    assert told == [64, 32] and made_of(events).pixels.shape == (400, 400, 3)
    limit = 4
    with pytest.raises(OutOfMemory):
        list(run(ask(Upscale(4.0, str(path), tile_px=128), drawing(100, 100)), models))


def test_cancelling_leaves_it_between_two_tiles(tmp_path: Path, models: Models):
    path = tmp_path / "net.safetensors"
    tiny_upscaler(path, SRVGG)
    control = Control()
    seen = []
    for event in run(ask(Upscale(4.0, str(path), tile_px=64), drawing(500, 500)), models, control):
        seen.append(event)
        if isinstance(event, Loading) and event.stage == "upscale":
            control.cancel()
    assert not [event for event in seen if isinstance(event, ImageReady | Finished)]
    with closing(run(ask(Upscale(4.0, str(path), tile_px=64), drawing(500, 500)), models)) as events:
        next(event for event in events if isinstance(event, Loading) and event.stage == "upscale")


def test_alpha_is_kept_and_crosses_the_pipe(models: Models):
    alpha = np.full((34, 50), 255, np.uint8)
    alpha[:10, :20] = 0
    request = ask(Upscale(2.0, alpha=MaskInput.of(alpha)))
    assert request_from_message(*request_to_message(request)) == request
    assert len(inputs_of(request)) == 2
    made = made_of(list(run(request, models)))
    assert made.alpha is not None and made.alpha.shape == (68, 100)
    assert made.alpha[:16, :36].max() == 0 and made.alpha[30:].min() == 255
    back = event_from_message(*event_to_message(made))
    assert isinstance(back, ImageReady) and back.alpha is not None and np.array_equal(back.alpha, made.alpha)
    assert made.recipe.masks  # so that it is made again from its file


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"upscale": Upscale(0.5)}, "scale"),
        ({"upscale": Upscale(2, tile_px=32)}, "tile_px"),
        ({"upscale": Upscale(2, tile_px=64, overlap_px=40)}, "overlap_px"),
        ({"upscale": Upscale(2, alpha=MaskInput.of(np.zeros((3, 3), np.uint8)))}, "alpha"),
        ({"image": None}, "image"),
        ({"width": 7}, "width"),
        ({"images": 2}, "images"),
        ({"upscale": Upscale(2, "nowhere")}, "model"),
    ],
)
def test_wrong_values_name_their_field(models: Models, changes: dict[str, Any], field: str):
    request = ask(Upscale(2.0))
    with pytest.raises((BadRequest, ModelNotFound)) as caught:
        run(replace(request, **changes), models)
    assert isinstance(caught.value, ModelNotFound) if field == "model" else caught.value.field == field


def test_a_picture_too_large_says_what_would_fit():
    image = ImageInput("0" * 64, 8000, 8000)
    with pytest.raises(BadRequest, match=r"a scale of 1\.66 fits"):
        GenerationRequest("starter").with_upscale(image, Upscale(4.0)).validated()


# refined


UNLIKE = ("dreamlite", "bria_fibo2")
"""Of the table of pipelines: a network that sees a picture beside the latents, cells parted again."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("families")
    made = {name: tiny_folder(name, root / name) for name in FAMILIES}
    others = {name: other_folder(name, root / name) for name in UNLIKE}
    return {**made, **others, "stable_diffusion": tiny_sd(root / "sd")}


CANNOT = (
    "dit",
    "unet2d",
    "consistency",
    "flux-kontext",
    "qwen-image-edit",
    "qwen-image-edit-plus",
    "sdxl-instruct",
)


def refined(folder: Path, models: Models, tile: int, scale: float = 2.0) -> list[Event]:
    info = models.catalog.find(str(folder))
    base = info.request("church" if info.capabilities.classes else "a dog")
    base = replace(base, sampling=replace(base.sampling, steps=4, strength=0.5, seed=3))
    request = base.with_upscale(ImageInput.of(drawing(60, 36)), Upscale(scale, refine=True, tile_px=tile))
    return list(run(request, models))


@pytest.mark.parametrize(
    "name", [*(name for name in FAMILIES if name not in CANNOT), *UNLIKE, "stable_diffusion"]
)
def test_every_family_refines_in_tiles(folders: dict[str, Path], models: Models, name: str):
    events = refined(folders[name], models, 64)
    made = made_of(events)
    assert made.pixels.shape == (72, 120, 3)  # no multiple of any family's grid
    assert [event.index for event in events if isinstance(event, Step)] == [1, 2]
    report = made.recipe.upscale
    assert report is not None and report.tile_px == 64 and report.seam is not None
    assert not np.array_equal(made.pixels, enlarge.lanczos(drawing(60, 36), made.recipe.request.extent))


@pytest.mark.parametrize("name", CANNOT)
def test_what_cannot_refine_says_so_before_it_begins(folders: dict[str, Path], models: Models, name: str):
    with pytest.raises(BadRequest) as caught:
        refined(folders[name], models, 64)
    assert caught.value.data["problem"] == "cannot_refine"


@pytest.mark.parametrize("name", ["stable_diffusion", "flux-dev", "z-image"])
def test_in_one_tile_it_is_image_to_image_to_the_bit(folders: dict[str, Path], models: Models, name: str):
    made = made_of(refined(folders[name], models, 128)).pixels
    larger = enlarge.lanczos(drawing(60, 36), (120, 72))
    info = models.catalog.find(str(folders[name]))
    multiple = info.capabilities.size_multiple
    padded = np.pad(larger, ((0, -72 % multiple), (0, -120 % multiple), (0, 0)), "edge")
    plain = info.request("a dog", width=padded.shape[1], height=padded.shape[0], image=ImageInput.of(padded))
    plain = replace(plain, sampling=replace(plain.sampling, steps=4, strength=0.5, seed=3))
    wanted = made_of(list(run(plain, models))).pixels[:72, :120]
    assert np.array_equal(made, with_colours_of(larger, wanted))


def test_the_toy_cannot_refine(models: Models):
    request = GenerationRequest("toy").with_upscale(ImageInput.of(drawing()), Upscale(2.0, refine=True))
    with pytest.raises(BadRequest, match="cannot refine"):
        run(replace(request, sampling=replace(request.sampling, scheduler="toy")), models)


def test_memory_that_runs_out_while_refining_halves_the_tiles(folders, models, monkeypatch):
    folder = folders["stable_diffusion"]
    network = models.load(models.catalog.find(str(folder)), torch.float32).denoiser

    def hook(_module, inputs):
        if inputs[0].shape[-1] > 8:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")

    handle = network.conv_in.register_forward_pre_hook(hook)
    try:
        events = refined(folder, models, 128, scale=4.0)
    finally:
        handle.remove()
    assert [event.code for event in events if isinstance(event, Notice)][-1] == "smaller_tiles"
    made = made_of(events)
    assert made.recipe.upscale is not None and made.recipe.upscale.tile_px <= 64
    assert "smaller_tiles" in made.recipe.extra["makeshifts"]


def test_colours_stay_and_detail_is_new():
    before = np.full((200, 300, 3), 90, np.uint8)
    after = before.copy()
    after[:, 150:] += 40  # a tile that drifted
    after[::2, ::2] += 20
    fixed = with_colours_of(before, after).astype(int)
    assert abs(fixed[:, :100].mean() - 90) < 1.5 and abs(fixed[:, 200:].mean() - 90) < 1.5
    assert abs((fixed[::2, ::2][:, 110:].mean() - fixed[1::2, 1::2][:, 110:].mean()) - 20) < 2


def test_an_enlarged_picture_is_no_ones_branch():
    origin = ask(Upscale(2.0))
    with pytest.raises(BadRequest) as caught:
        GenerationRequest("starter", branch=Branch(origin, 0, 1)).validated()
    assert caught.value.field == "branch"
