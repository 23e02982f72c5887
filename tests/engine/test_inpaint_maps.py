"""ControlNets for inpainting: shown the picture without what is painted over, as the stock ones."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import tiny
import tiny_controls
import tiny_families
import torch
from PIL import Image
from safetensors.torch import save_file

from engine.api.edit import Edit, Margins, SeamMode
from engine.api.errors import BadRequest, UnsupportedModel
from engine.api.events import ImageReady
from engine.api.images import ImageInput
from engine.api.maps import NOTHING, MapInput, MapKind
from engine.api.mask import MaskInput
from engine.api.request import GenerationRequest
from engine.diffusion import schedulers
from engine.diffusion.tap import Moment
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.models.named.controls import fitting
from engine.models.parts.control_files import examine_control, read_control
from engine.networks.controls import load_control
from engine.picture import moments, picture
from engine.tasks import run

SIDE, STRENGTH = 64, 0.75
HOLE = np.zeros((SIDE, SIDE), np.uint8)
HOLE[:, 32:] = 255
GAUSSIAN = diffusers.models.autoencoders.vae.DiagonalGaussianDistribution


@pytest.fixture(scope="module")
def places(tmp_path_factory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("models")
    found = {
        name: tiny_families.tiny_folder(name, root / name) for name in ("sdxl", "flux-dev", "qwen-image")
    }
    found["sd"] = tiny.tiny_sd(root / "sd")
    deep, z_image = tiny_families.sd3(), tiny_families.z_image()
    deep.register_modules(transformer=tiny_families.changed(deep.transformer, num_layers=2))
    z_image.register_modules(transformer=tiny_controls.z_image_of_four_layers(z_image.transformer))
    for name, pipeline in (("sd3", deep), ("z-image", z_image)):
        pipeline.save_pretrained(root / name)
        found[name] = root / name
    unet, qwen = tiny_families.sdxl().unet, tiny_families.qwen_image().transformer
    networks = {
        "control_v11p_sd15_inpaint": tiny.tiny_controlnet(),
        "xl-inpaint": tiny_controls.beside_unet(unet),
        "controlnet-inpaint-dreamer-sdxl": tiny_controls.beside_unet(unet),
        "xl-union-promax": tiny_controls.beside_unet(unet, union=8),
        "sd3-inpainting": tiny_controls.beside_sd3(mask=1),
        "flux-inpainting": tiny_controls.for_masks(tiny_controls.beside_flux()),
        "flux-canny": tiny_controls.beside_flux(),
        "qwen-inpainting": tiny_controls.beside_qwen(qwen, mask=4),
        "z-union-2.0": tiny_controls.beside_z_image(z_image.transformer, "control_layers"),
        "z-union-2.1": tiny_controls.beside_z_image(z_image.transformer, "control_noise_refiner"),
        "z-union": tiny_controls.beside_z_image(z_image.transformer),
    }
    for name, network in networks.items():
        network.save_pretrained(root / name)
        found[name] = root / name
    return found


@pytest.fixture(scope="module")
def models() -> Models:
    return Models(Catalog())


@pytest.fixture(autouse=True)
def nothing_kept():
    picture.KEPT.clear()


def gradient(side: int = SIDE) -> ImageInput:
    y, x = np.mgrid[0:side, 0:side]
    return ImageInput.of(np.stack([x * 4, y * 4, 255 - x * 4], axis=2).astype(np.uint8), "gradient.png")


def inpaint(network: Path | str, **changes: Any) -> MapInput:
    return replace(MapInput(MapKind.INPAINT, NOTHING, network=str(network)), **changes)


def ask(base: Path, models: Models, *maps: MapInput, hole: np.ndarray = HOLE, **changes: Any):
    """An edit of the whole picture at once, nothing of which is eased over or mended."""
    info = models.catalog.find(str(base))
    sampling = replace(
        info.defaults.sampling, steps=4, guidance=3.0, seed=11, scheduler="euler",
        strength=changes.pop("strength", STRENGTH),
    )  # fmt: skip
    edit = Edit(
        mask=MaskInput.of(hole), feather_px=0, paste_feather_px=0, padding_px=SIDE, seam=SeamMode.OFF,
        working_side_px=SIDE,
    )  # fmt: skip
    request = info.request("a dog", negative_prompt="a cat", width=SIDE, height=SIDE, maps=maps)
    return replace(request, sampling=sampling, **changes).with_edit(gradient(), edit)


def made(request: GenerationRequest, models: Models) -> np.ndarray:
    return next(event for event in run(request, models) if isinstance(event, ImageReady)).pixels


def network(folder: Path) -> Any:
    return load_control(read_control(folder), torch.float32, torch.device("cpu"))


def shown(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(pixels)


def with_hole(value: float) -> torch.Tensor:
    """The picture as ControlNets read it, 1 x 3 x H x W."""
    unit = gradient().pixels.astype(np.float32) / 255.0
    unit[HOLE > 127] = value
    return torch.from_numpy(unit[None].transpose(0, 3, 1, 2))


def stock(kind: Any, request: GenerationRequest, models: Models, beside: Any, **given: Any) -> np.ndarray:
    model = models.load(models.catalog.find(request.model), torch.float32)
    sampling = request.sampling
    model.load_text_encoders()
    name = kind.__name__
    more: dict[str, Any] = {"add_watermarker": False} if "XL" in name else {}
    if name.startswith("StableDiffusionControlNet"):
        more = {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}
    if "Diffusion3" in name:
        more = {"feature_extractor": None, "image_encoder": None}
    pipeline = kind(
        **{part: it for part, it in model.components.items() if part != "processor"}, controlnet=beside,
        scheduler=schedulers.build("euler", model.scheduler_config, sampling.seed, sampling.steps), **more,
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    generator = given.pop("generator", None) or torch.Generator().manual_seed(sampling.seed)
    with torch.inference_mode():
        image = pipeline(
            prompt=request.prompt, height=SIDE, width=SIDE, num_inference_steps=sampling.steps,
            generator=generator, **given,
        ).images[0]  # fmt: skip
    return np.array(image)


def in_hole(one: np.ndarray, other: np.ndarray) -> int:
    """The most by which two pictures differ where it was painted."""
    return int(np.abs(one.astype(int) - other)[HOLE > 127].max())


CFG = {"guidance_scale": 3.0, "negative_prompt": "a cat"}
WHOLE = {"image": shown(gradient().pixels), "mask_image": shown(HOLE), "strength": STRENGTH, **CFG}


@pytest.mark.parametrize(
    ("base", "name", "kind", "control"),
    [
        ("sd", "control_v11p_sd15_inpaint", diffusers.StableDiffusionControlNetInpaintPipeline,
         {"control_image": with_hole(-1.0)}),
        ("sdxl", "xl-inpaint", diffusers.StableDiffusionXLControlNetInpaintPipeline,
         {"control_image": with_hole(-1.0)}),
        ("sdxl", "controlnet-inpaint-dreamer-sdxl", diffusers.StableDiffusionXLControlNetInpaintPipeline,
         {"control_image": with_hole(1.0)}),
        ("sdxl", "xl-union-promax", diffusers.StableDiffusionXLControlNetUnionInpaintPipeline,
         {"control_image": [with_hole(0.0)], "control_mode": [7]}),
    ],
)  # fmt: skip
def test_beside_stable_diffusion_it_is_the_stock_pipeline_s(places, models, base, name, kind, control):
    request = ask(places[base], models, inpaint(places[name], weight=0.8))
    mine = made(request, models)
    expected = stock(
        kind, request, models, network(places[name]), controlnet_conditioning_scale=0.8, **WHOLE, **control
    )
    assert in_hole(mine, expected) <= 1
    assert np.array_equal(mine[HOLE == 0], gradient().pixels[HOLE == 0])
    assert in_hole(mine, made(replace(request, maps=()), models)) > 1


def from_noise(base: Path, models: Models) -> torch.Generator:
    """As it stands when the noise is drawn: our edits look at the picture first."""
    space = models.load(models.catalog.find(str(base)), torch.float32).space
    generator = torch.Generator().manual_seed(11)
    torch.randn(1, space.channels, SIDE // space.cell_px, SIDE // space.cell_px, generator=generator)
    return generator


class FluxInpainting(diffusers.FluxControlNetPipeline):
    """As its makers' own pipeline shows it the picture (github.com/alimama-creative)."""

    def prepare_image(self, *args: Any, **kwargs: Any) -> torch.Tensor:
        image = super().prepare_image(*args, **kwargs)
        image[:, :, torch.from_numpy(HOLE > 127)] = -1
        self.is_control = True
        return image

    def _pack_latents(self, latents: torch.Tensor, batch: int, channels: int, height: int, width: int):
        pack = diffusers.FluxPipeline._pack_latents
        packed = pack(latents, batch, channels, height, width)
        if not self.is_control:
            return packed
        self.is_control = False
        hole = torch.from_numpy(HOLE / 255.0).float()[None, None]
        kept = 1 - torch.nn.functional.interpolate(hole, size=(height, width))
        return torch.cat([packed, pack(kept, batch, 1, height, width)], dim=-1)


MASKED = {"control_image": shown(gradient().pixels), "control_mask": shown(HOLE)}
BY_LATENTS = {
    "sd3-inpainting": (
        "sd3", diffusers.StableDiffusion3ControlNetInpaintingPipeline, {**MASKED, **CFG},
    ),
    "qwen-inpainting": (
        "qwen-image", diffusers.QwenImageControlNetInpaintPipeline,
        {**MASKED, "true_cfg_scale": 3.0, "negative_prompt": "a cat"},
    ),
    "flux-inpainting": (
        "flux-dev", FluxInpainting, {"control_image": MASKED["control_image"], "guidance_scale": 3.0},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BY_LATENTS)
def test_what_reads_the_mask_in_channels_of_its_own_is_told_as_the_stock_pipeline_tells_it(
    places, models, name, monkeypatch
):
    """The stock pipelines hold nothing of the picture besides, so for once neither do we."""
    base, kind, given = BY_LATENTS[name]
    monkeypatch.setattr(moments, "_mask", lambda *_: Moment())
    request = ask(places[base], models, inpaint(places[name], weight=0.8), strength=1.0)
    mine = made(request, models)
    monkeypatch.setattr(GAUSSIAN, "sample", lambda self, generator=None: self.mode())
    expected = stock(
        kind, request, models, network(places[name]), controlnet_conditioning_scale=0.8,
        generator=from_noise(places[base], models), **given,
    )  # fmt: skip
    assert in_hole(mine, expected) <= 1
    assert in_hole(mine, made(replace(request, maps=()), models)) > 1


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_z_image_s_later_union_reads_a_map_and_the_mask_at_once(places, models, monkeypatch, version):
    monkeypatch.setattr(moments, "_mask", lambda *_: Moment())
    name = places[f"z-union-{version}"]
    pose = MapInput(MapKind.POSE, ImageInput.of(np.rot90(gradient().pixels).copy()), network=str(name))
    masked = inpaint(name, weight=0.8)
    request = ask(places["z-image"], models, replace(pose, weight=0.8), masked, strength=1.0)
    mine = made(request, models)
    expected = stock(
        diffusers.ZImageControlNetInpaintPipeline, request, models, network(name),
        image=MASKED["control_image"], mask_image=shown(HOLE), control_image=shown(pose.image.pixels),
        controlnet_conditioning_scale=0.8, generator=from_noise(places["z-image"], models), **CFG,
    )  # fmt: skip
    assert in_hole(mine, expected) <= 1
    alone = made(replace(request, maps=(masked,)), models)
    assert in_hole(alone, expected) > 1
    assert in_hole(alone, made(replace(request, maps=()), models)) > 1


def test_it_is_known_by_its_weights_also_where_nothing_else_says_it(places, tmp_path):
    """Published ones leave the channels for the mask out of their configuration."""
    for name in BY_LATENTS:
        state = network(places[name]).state_dict()
        config = json.loads((places[name] / "config.json").read_text())
        bare = tmp_path / name.removesuffix("-inpainting")
        bare.mkdir()
        save_file(state, bare / "diffusion_pytorch_model.safetensors")
        told = {key: value for key, value in config.items() if not key.startswith("extra_")}
        (bare / "config.json").write_text(json.dumps(told))
        info = examine_control(bare)
        assert info is not None and info.kinds == (MapKind.INPAINT,), name
        assert all(torch.equal(it, state[key]) for key, it in network(bare).state_dict().items())
    for name in ("xl-union-promax", "z-union-2.1", "control_v11p_sd15_inpaint"):
        info = examine_control(places[name])
        assert info is not None and MapKind.INPAINT in info.kinds, name
    info = examine_control(places["z-union"])
    assert info is not None and MapKind.INPAINT not in info.kinds


@pytest.mark.parametrize(
    "make",
    [
        lambda: tiny_controls.for_masks(tiny_controls.beside_flux(head=128)),
        lambda: tiny_controls.beside_qwen(tiny_controls.qwen_as_made(), mask=4),
        lambda: tiny_controls.beside_unet(tiny_controls.sdxl_as_made(), union=8),
    ],
    ids=["flux", "qwen", "xl-union"],
)
def test_a_single_file_says_so_too(tmp_path, make):
    state = {name: tensor.contiguous() for name, tensor in make().state_dict().items()}
    path = tmp_path / "network.safetensors"
    save_file(state, path)
    info = examine_control(path)
    assert info is not None and MapKind.INPAINT in info.kinds
    assert all(torch.equal(it, state[key]) for key, it in network(path).state_dict().items())


def problem(request: GenerationRequest, models: Models) -> str:
    with pytest.raises(BadRequest) as refused:
        run(request, models)
    return refused.value.data["problem"]


def test_without_a_mask_or_a_network_that_reads_one_it_says_so_before_it_starts(places, models, tmp_path):
    request = ask(places["flux-dev"], models, inpaint(places["flux-inpainting"]))
    assert problem(replace(request, edit=None, image=None), models) == "no_mask"
    assert problem(replace(request, edit=None), models) == "no_mask"
    assert problem(request.with_edit(gradient(), Edit()), models) == "no_mask"
    drawn = inpaint(places["flux-inpainting"], is_picture=True)
    assert problem(replace(request, maps=(drawn,)), models) == "made_of_mask"
    for base, name in (("flux-dev", "flux-canny"), ("z-image", "z-union")):
        assert problem(ask(places[base], models, inpaint(places[name])), models) == "reads_no_mask"
    lines = MapInput(MapKind.CANNY, gradient(), network=str(places["flux-inpainting"]))
    assert problem(replace(request, maps=(lines,)), models) == "not_in_union"
    config = json.loads((places["control_v11p_sd15_inpaint"] / "config.json").read_text())
    wide = tmp_path / "of-four-inpaint"
    wide.mkdir()
    for file in places["control_v11p_sd15_inpaint"].iterdir():
        (wide / file.name).write_bytes(file.read_bytes())
    (wide / "config.json").write_text(json.dumps({**config, "conditioning_channels": 4}))
    with pytest.raises(UnsupportedModel, match="reads maps of 4 channels, and a picture has 3"):
        run(ask(places["sd"], models, inpaint(wide)), models)
    infos = [examine_control(wide), examine_control(places["control_v11p_sd15_inpaint"])]
    offered = fitting(models.catalog.find(str(places["sd"])), [info for info in infos if info is not None])
    assert [info.name for info in offered] == ["control_v11p_sd15_inpaint"]


def test_new_canvas_soft_masks_and_each_place_are_shown_as_holes(places, models, monkeypatch):
    """What the network sees, place by place."""
    from engine.conditioning import map_networks

    seen: list[np.ndarray] = []
    ask_network = map_networks.ASKS["ControlNetModel"]

    def watch(maps, hints, call):
        seen.append(hints.unit(maps[0], call["sample"])[0, 0].numpy())
        return ask_network(maps, hints, call)

    monkeypatch.setitem(map_networks.ASKS, "ControlNetModel", watch)
    given = inpaint(places["control_v11p_sd15_inpaint"])
    soft = np.zeros((SIDE, SIDE), np.uint8)
    soft[:, 16:] = 60
    soft[:, 40:] = 255
    request = ask(places["sd"], models, given, hole=soft)
    pixels = made(request, models)
    assert (seen[0][:, 40:] == -1).all() and (seen[0][:, :40] >= 0).all()
    assert not np.array_equal(pixels[:, 16:40], gradient().pixels[:, 16:40]), "softly it changes all the same"
    seen.clear()
    wider = Edit(extend=Margins(right=32), working_side_px=SIDE, feather_px=0)
    made(request.with_edit(gradient(), wider), models)
    holes = [(hint == -1) for hint in seen]
    assert all(hole[:, -8:].all() and not hole[:, :8].any() for hole in holes)
    seen.clear()
    two = np.zeros((256, 256), np.uint8)
    two[8:24, 8:24] = two[224:240, 224:240] = 255
    apart = Edit(mask=MaskInput.of(two), padding_px=8, feather_px=0)
    result = next(
        event for event in run(request.with_edit(gradient(256), apart), models)
        if isinstance(event, ImageReady)
    )  # fmt: skip
    assert len(result.recipe.edit.places) == 2 and (seen[0] == -1).any() and (seen[-1] == -1).any()
    assert not np.array_equal(seen[0], seen[-1])
    again = GenerationRequest.from_json(result.recipe.request.to_json())
    assert again.maps == (given,) and NOTHING.sha256 in result.recipe.maps


def test_a_union_is_told_several_kinds_at_once_and_each_only_in_its_share(places, models, monkeypatch):
    """Outside of it the stock pipeline goes on asking the union, of a map that says nothing."""
    from engine.conditioning import map_networks

    union = places["xl-union-promax"]
    depth = MapInput(MapKind.DEPTH, ImageInput.of(np.rot90(gradient().pixels).copy()), network=str(union))
    maps = [replace(one, weight=0.8) for one in (inpaint(union), depth)]
    request = ask(places["sdxl"], models, *maps)
    request = replace(request, sampling=replace(request.sampling, steps=6))  # of which four are run
    expected = stock(
        diffusers.StableDiffusionXLControlNetUnionInpaintPipeline, request, models, network(union),
        control_image=[with_hole(0.0), shown(depth.image.pixels)], control_mode=[7, 1],
        controlnet_conditioning_scale=0.8, **WHOLE,
    )  # fmt: skip
    assert in_hole(made(request, models), expected) <= 1
    asked: list[tuple[MapKind, ...]] = []
    ask_network = map_networks.ASKS["ControlNetUnionModel"]

    def watch(given, hints, call):
        asked.append(tuple(one.map.kind for one in given))
        return ask_network(given, hints, call)

    monkeypatch.setitem(map_networks.ASKS, "ControlNetUnionModel", watch)
    shared = (replace(maps[0], end=0.5), replace(maps[1], start=0.25, end=0.75))
    made(replace(request, maps=shared), models)
    assert asked == [(MapKind.INPAINT,), (MapKind.INPAINT, MapKind.DEPTH), (MapKind.DEPTH,)]
