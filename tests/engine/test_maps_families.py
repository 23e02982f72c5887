"""Maps beside SDXL, FLUX.1, SD 3 and Qwen-Image: the stock pipelines' numbers, and what does not fit."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import original_layouts
import pytest
import tiny_controls
import tiny_families
import tiny_other
import torch
from original_names import original_controlnet
from PIL import Image
from safetensors.torch import save_file

from engine.api.errors import BadRequest, UnsupportedModel
from engine.api.events import ImageReady
from engine.api.images import ImageInput
from engine.api.maps import ControlType, MapInput, MapKind
from engine.api.request import Branch, GenerationRequest
from engine.diffusion import schedulers
from engine.library.folders import models_folder
from engine.memory import Relief
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.models.named.controls import fitting
from engine.models.parts.control_bases import weights_of_base
from engine.models.parts.control_files import examine_control, read_control
from engine.models.places.folders import read_folder
from engine.networks.controls import load_control
from engine.picture import picture
from engine.tasks import run

SIDE = 64
Z_IMAGE = {
    "z-union": None, "z-union-2.0": "control_layers", "z-union-2.1": "control_noise_refiner",
}  # fmt: skip


@pytest.fixture(scope="module")
def places(tmp_path_factory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("models")
    names = ("sdxl", "sdxl-inpainting", "flux-dev", "flux-kontext", "sd3", "qwen-image", "pixart")
    found = {name: tiny_families.tiny_folder(name, root / name) for name in names}
    tall = tiny_families.sdxl()
    tall.register_modules(unet=tiny_controls.sdxl_of_three_levels())
    tall.save_pretrained(root / "tall")
    unet, qwen = tiny_families.sdxl().unet, tiny_families.qwen_image().transformer
    deep = tiny_families.sd3()  # to its last layer nothing is added
    deep.register_modules(transformer=type(deep.transformer)(**{**deep.transformer.config, "num_layers": 2}))
    deep.save_pretrained(root / "sd3")
    networks = {
        "xl-canny": tiny_controls.beside_unet(unet),
        "xl-depth": tiny_controls.beside_unet(unet, seed=1),
        "xl-union": tiny_controls.beside_unet(unet, union=6),
        "xl-adapter-sketch": tiny_controls.adapter_xl(),
        "flux-canny": tiny_controls.beside_flux(),
        "flux-union": tiny_controls.beside_flux(modes=7),
        "flux-depth-pixels": tiny_controls.beside_flux(pixels=4),
        "sd3-canny": tiny_controls.beside_sd3(),
        "sd3-depth": tiny_controls.beside_sd3(zeros=False, seed=2),
        "sd3-blur-large": tiny_controls.beside_sd3(large=True),
        "qwen-canny": tiny_controls.beside_qwen(qwen),
    }
    sana, hunyuan = tiny_families.sana(), tiny_other.OTHERS["hunyuan_dit"]()
    sana.register_modules(transformer=tiny_families.changed(sana.transformer, num_layers=2))
    hunyuan.register_modules(transformer=tiny_families.changed(hunyuan.transformer, num_layers=4))
    for name, pipeline in (("sana", sana), ("hunyuan", hunyuan)):
        pipeline.save_pretrained(root / name)
        found[name] = root / name
    networks["sana-canny"] = tiny_controls.beside_sana(sana.transformer)
    networks["hunyuan-canny"] = tiny_controls.beside_hunyuan(hunyuan.transformer)
    z_image = tiny_families.z_image()
    z_image.register_modules(transformer=tiny_controls.z_image_of_four_layers(z_image.transformer))
    z_image.save_pretrained(root / "z-image")
    found["z-image"] = root / "z-image"
    for name, refiner in Z_IMAGE.items():
        networks[name] = tiny_controls.beside_z_image(z_image.transformer, refiner)
    for name, network in networks.items():
        network.save_pretrained(root / name)
        found[name] = root / name
    return {**found, "tall": root / "tall"}


@pytest.fixture(scope="module")
def models() -> Models:
    return Models(Catalog())


@pytest.fixture(autouse=True)
def nothing_kept():
    picture.KEPT.clear()


def disc(x: int = 32, y: int = 32) -> ImageInput:
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    inside = (columns - x) ** 2 + (rows - y) ** 2 < 400
    return ImageInput.of(np.repeat((inside * 255).astype(np.uint8)[..., None], 3, axis=2), "disc.png")


def follow(network: Path, kind: MapKind = MapKind.CANNY, **changes) -> MapInput:
    return replace(MapInput(kind, disc(), network=str(network)), **changes)


def ask(base: Path, models: Models, *maps: MapInput, **changes) -> GenerationRequest:
    info = models.catalog.find(str(base))
    sampling = replace(info.defaults.sampling, steps=4, guidance=3.0, seed=11, scheduler="euler")
    request = info.request("a dog", negative_prompt="a cat", width=SIDE, height=SIDE, maps=maps)
    return replace(request, sampling=sampling, **changes)


def made(request: GenerationRequest, models: Models) -> np.ndarray:
    return next(event for event in run(request, models) if isinstance(event, ImageReady)).pixels


def network(folder: Path) -> Any:
    return load_control(read_control(folder), torch.float32, torch.device("cpu"))


def stock(kind: str, request: GenerationRequest, models: Models, beside: Any, **given: Any) -> np.ndarray:
    """The pixels of diffusers' own pipeline of this `kind`, called as its documentation says."""
    model = models.load(models.catalog.find(request.model), torch.float32)
    sampling = request.sampling
    model.load_text_encoders()
    more = {"feature_extractor": None, "image_encoder": None} if "SD3" in kind or "3Control" in kind else {}
    if "Hunyuan" in kind:
        more = {"feature_extractor": None, "safety_checker": None, "requires_safety_checker": False}
    parts = {"adapter": beside} if "Adapter" in kind else {"controlnet": beside}
    pipeline = getattr(diffusers, kind)(
        **{name: part for name, part in model.components.items() if name != "processor"}, **parts,
        scheduler=schedulers.build("euler", model.scheduler_config, sampling.seed, sampling.steps),
        **more, **({"add_watermarker": False} if "XLControl" in kind else {}),
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    with torch.inference_mode():
        image = pipeline(
            prompt=request.prompt, height=SIDE, width=SIDE, num_inference_steps=sampling.steps,
            generator=torch.Generator().manual_seed(sampling.seed), **given,
        ).images[0]  # fmt: skip
    return np.array(image)


def shown(image: ImageInput) -> Image.Image:
    assert image.pixels is not None
    return Image.fromarray(image.pixels)


XL = {"guidance_scale": 3.0, "negative_prompt": "a cat"}


def test_sdxl_is_the_stock_pipeline_s_with_one_map_and_with_two(places, models):
    one = follow(places["xl-canny"], weight=0.8, start=0.25, end=0.75)
    request = ask(places["sdxl"], models, one)
    expected = stock(
        "StableDiffusionXLControlNetPipeline", request, models, network(places["xl-canny"]),
        image=shown(disc()), controlnet_conditioning_scale=0.8, control_guidance_start=0.25,
        control_guidance_end=0.75, **XL,
    )  # fmt: skip
    assert np.array_equal(made(request, models), expected)
    assert not np.array_equal(expected, made(replace(request, maps=()), models))
    two = follow(places["xl-depth"], MapKind.DEPTH, image=disc(20, 40))
    networks = diffusers.MultiControlNetModel([network(places["xl-canny"]), network(places["xl-depth"])])
    both = replace(request, maps=(replace(one, start=0.0, end=1.0), two))
    assert np.array_equal(
        made(both, models),
        stock("StableDiffusionXLControlNetPipeline", both, models, networks,
              image=[shown(disc()), shown(disc(20, 40))], controlnet_conditioning_scale=[0.8, 1.0], **XL),
    )  # fmt: skip


def test_a_union_reads_one_map_and_several_at_once_as_the_stock_pipeline_does(places, models):
    union, kind = places["xl-union"], "StableDiffusionXLControlNetUnionPipeline"
    depth = follow(union, MapKind.DEPTH, weight=0.7)
    request = ask(places["sdxl"], models, depth)
    assert np.array_equal(
        made(request, models),
        stock(kind, request, models, network(union), control_image=[shown(disc())], control_mode=[1],
              controlnet_conditioning_scale=0.7, **XL),
    )  # fmt: skip
    lines = follow(union, MapKind.CANNY, image=disc(20, 40), weight=0.7)
    both = replace(request, maps=(depth, lines))
    assert np.array_equal(
        made(both, models),
        stock(kind, both, models, network(union), control_image=[shown(disc()), shown(disc(20, 40))],
              control_mode=[1, 3], controlnet_conditioning_scale=0.7, **XL),
    )  # fmt: skip
    with pytest.raises(BadRequest, match="does not read palette maps") as refused:
        run(replace(request, maps=(follow(union, MapKind.PALETTE),)), models)
    assert refused.value.data["problem"] == "not_in_union"


def test_an_adapter_for_sdxl_is_the_stock_pipeline_s(places, models):
    request = ask(places["tall"], models, follow(places["xl-adapter-sketch"], MapKind.SCRIBBLE, weight=0.9))
    expected = stock(
        "StableDiffusionXLAdapterPipeline", request, models, network(places["xl-adapter-sketch"]),
        image=shown(disc()), adapter_conditioning_scale=0.9, **XL,
    )  # fmt: skip
    assert np.array_equal(made(request, models), expected)
    assert not np.array_equal(expected, made(replace(request, maps=()), models))


@pytest.mark.parametrize(
    ("name", "kind", "given"),
    [
        ("flux-canny", MapKind.CANNY, {}),
        ("flux-union", MapKind.DEPTH, {"control_mode": 2}),
        ("flux-depth-pixels", MapKind.DEPTH, {}),
    ],
)
def test_flux_is_the_stock_pipeline_s(places, models, name, kind, given):
    request = ask(places["flux-dev"], models, follow(places[name], kind, weight=0.6, end=0.5))
    expected = stock(
        "FluxControlNetPipeline", request, models, network(places[name]), control_image=shown(disc()),
        controlnet_conditioning_scale=0.6, control_guidance_end=0.5, guidance_scale=3.0, **given,
    )  # fmt: skip
    # after its end the stock pipeline goes on adding nothing, in memory that is laid out otherwise
    assert np.abs(made(request, models).astype(int) - expected).max() <= 1
    assert not np.array_equal(expected, made(replace(request, maps=()), models))


def test_several_maps_on_flux_are_the_stock_pipeline_s(places, models):
    one, two = follow(places["flux-canny"], weight=0.6), follow(places["flux-canny"], image=disc(20, 40))
    request = ask(places["flux-dev"], models, one, two)
    same = network(places["flux-canny"])
    assert np.array_equal(
        made(request, models),
        stock("FluxControlNetPipeline", request, models, diffusers.FluxMultiControlNetModel([same, same]),
              control_image=[shown(disc()), shown(disc(20, 40))], controlnet_conditioning_scale=[0.6, 1.0],
              guidance_scale=3.0),
    )  # fmt: skip


@pytest.mark.parametrize("name", ["sd3-canny", "sd3-depth", "sd3-blur-large"])
def test_sd3_is_the_stock_pipeline_s_but_for_what_that_leaves_to_chance(places, models, name, monkeypatch):
    request = ask(places["sd3"], models, follow(places[name], weight=0.8))
    mine = made(request, models)
    kind = diffusers.models.autoencoders.vae.DiagonalGaussianDistribution
    monkeypatch.setattr(kind, "sample", lambda self, generator=None: self.mode())
    expected = stock(
        "StableDiffusion3ControlNetPipeline", request, models, network(places[name]),
        control_image=shown(disc()), controlnet_conditioning_scale=0.8, **XL,
    )  # fmt: skip
    assert np.abs(mine.astype(int) - expected).max() <= 1
    assert np.array_equal(mine, made(request, models)), "the stock pipeline's is another one each time"
    assert not np.array_equal(mine, made(replace(request, maps=()), models))


def test_qwen_is_the_stock_pipeline_s_also_for_the_negative_prompt(places, models):
    request = ask(places["qwen-image"], models, follow(places["qwen-canny"], weight=0.8))
    expected = stock(
        "QwenImageControlNetPipeline", request, models, network(places["qwen-canny"]),
        control_image=shown(disc()), controlnet_conditioning_scale=0.8, true_cfg_scale=3.0,
        negative_prompt="a cat",
    )  # fmt: skip
    assert np.array_equal(made(request, models), expected)
    assert not np.array_equal(expected, made(replace(request, maps=()), models))


def test_sana_and_hunyuan_are_the_stock_pipelines(places, models, monkeypatch):
    sana = ask(places["sana"], models, follow(places["sana-canny"], weight=0.8))
    expected = stock(
        "SanaControlNetPipeline", sana, models, network(places["sana-canny"]), control_image=shown(disc()),
        controlnet_conditioning_scale=0.8, use_resolution_binning=False, clean_caption=False, **XL,
    )  # fmt: skip
    mine = made(sana, models)
    assert np.abs(mine.astype(int) - expected).max() <= 1
    assert not np.array_equal(mine, made(replace(sana, maps=()), models))
    hunyuan = ask(places["hunyuan"], models, follow(places["hunyuan-canny"], weight=0.8))
    mine = made(hunyuan, models)
    kind = diffusers.models.autoencoders.vae.DiagonalGaussianDistribution
    monkeypatch.setattr(kind, "sample", lambda self, generator=None: self.mode())
    expected = stock(
        "HunyuanDiTControlNetPipeline", hunyuan, models, network(places["hunyuan-canny"]),
        control_image=shown(disc()), controlnet_conditioning_scale=0.8, use_resolution_binning=False, **XL,
    )  # fmt: skip
    assert np.abs(mine.astype(int) - expected).max() <= 1
    assert not np.array_equal(mine, made(replace(hunyuan, maps=()), models))


@pytest.mark.parametrize("name", Z_IMAGE)
def test_z_image_is_the_stock_pipeline_s_and_lends_its_parts_for_the_call_only(
    places, models, name, monkeypatch
):
    request = ask(places["z-image"], models, follow(places[name], weight=0.8))
    expected = stock(
        "ZImageControlNetPipeline", request, models, network(places[name]), control_image=shown(disc()),
        controlnet_conditioning_scale=0.8, **XL,
    )  # fmt: skip
    mine = made(request, models)
    assert np.abs(mine.astype(int) - expected).max() <= 1
    assert not np.array_equal(expected, made(replace(request, maps=()), models))
    if name == "z-union":
        twice = replace(request, maps=tuple(follow(places[name], weight=0.4) for _ in range(2)))
        assert np.abs(made(twice, models).astype(int) - mine).max() <= 1, "two of half the weight are one"
    if name != "z-union-2.1":
        return
    device = torch.device("cpu", 0)  # by a name that torch takes for another, so that all is moved
    monkeypatch.setattr(Models, "device", property(lambda self: device))
    for relief in (Relief(offload=True), Relief(offload=True, in_groups=True)):
        picture.KEPT.clear()
        monkeypatch.setattr("engine.generation._planned", lambda *_, relief=relief: relief)
        assert np.abs(made(request, Models(models.catalog)).astype(int) - mine).max() <= 1


def test_z_image_s_single_files_are_told_apart_by_what_they_were_taught(tmp_path):
    transformer = tiny_controls.z_image_as_made()
    for name, refiner in Z_IMAGE.items():
        beside = tiny_controls.beside_z_image(transformer, refiner, layers=6)
        state = dict(beside.state_dict())
        if refiner == "control_layers":  # as published: with layers that it was not taught to use
            other = tiny_controls.beside_z_image(transformer, "control_noise_refiner", layers=6).state_dict()
            state = {**{key: torch.zeros_like(value) for key, value in other.items()}, **state}
        path = tmp_path / f"{name}.safetensors"
        save_file({key: value.contiguous() for key, value in state.items()}, path)
        info = examine_control(path)
        assert info is not None and info.widths == (transformer.config.dim,) and MapKind.POSE in info.kinds
        loaded = network(path)
        assert loaded.config.add_control_noise_refiner == refiner
        assert loaded.config.control_layers_places == [0, 5, 10, 15, 20, 25]
        assert all(torch.equal(it, beside.state_dict()[key]) for key, it in loaded.state_dict().items())


@pytest.mark.parametrize(
    ("base", "name"),
    [
        ("sdxl", "xl-union"),
        ("flux-dev", "flux-canny"),
        ("sd3", "sd3-canny"),
        ("qwen-image", "qwen-canny"),
        ("z-image", "z-union"),
    ],
)
def test_a_branch_ends_as_its_origin_and_a_start_picture_is_followed_too(places, models, base, name):
    whole = ask(places[base], models, follow(places[name]))
    branch = replace(whole, branch=Branch(whole, 0, 2))
    origin = made(whole, models)
    assert np.array_equal(made(branch, models), origin)
    picture.KEPT.clear()
    assert np.array_equal(made(branch, models), origin)
    begun = replace(whole, image=disc(20, 20), sampling=replace(whole.sampling, strength=0.8))
    assert not np.array_equal(made(begun, models), made(replace(begun, maps=()), models))


def save(path: Path, network: Any, layout: Callable[[Any], Any] = dict) -> Path:
    state = layout(network.state_dict())
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, path)
    return path


def controlnet_xl(state: Any) -> Any:
    """One beside SDXL under lllyasviel's names, as it lies in a file."""
    network = tiny_controls.beside_unet(tiny_controls.sdxl_as_made())
    network.load_state_dict(state)
    return {
        name.removeprefix("control_model."): tensor for name, tensor in original_controlnet(network).items()
    }


SINGLE: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "flux": (lambda: tiny_controls.beside_flux(head=128), dict),
    "flux-union": (lambda: tiny_controls.beside_flux(head=128, modes=7), dict),
    "flux-pixels": (lambda: tiny_controls.beside_flux(head=128, pixels=4), dict),
    "xlabs": (lambda: tiny_controls.beside_flux(head=128, pixels=4, single=0), original_layouts.xlabs),
    "sd3": (lambda: tiny_controls.beside_sd3(head=64), dict),
    "sd3-large": (lambda: tiny_controls.beside_sd3(large=True, head=64), dict),
    "stability": (lambda: tiny_controls.beside_sd3(large=True, head=64), original_layouts.sd35_control),
    "adapter": (tiny_controls.adapter_xl, dict),
    "light": (tiny_controls.light_adapter, dict),
    "tencent-light": (tiny_controls.light_adapter, original_layouts.light_adapter),
    "xl": (lambda: tiny_controls.beside_unet(tiny_controls.sdxl_as_made()), dict),
    "xl-original": (lambda: tiny_controls.beside_unet(tiny_controls.sdxl_as_made()), controlnet_xl),
    "xl-union": (lambda: tiny_controls.beside_unet(tiny_controls.sdxl_as_made(), union=6), dict),
    "qwen": (lambda: tiny_controls.beside_qwen(tiny_controls.qwen_as_made()), dict),
}
"""Networks, and what their state is called in the file."""
UNTOLD = {"sample_size", "out_channels", "attention_head_dim", "projection_class_embeddings_input_dim"}
"""Of a configuration: what decides no number of a network whose weights are at hand."""


@pytest.mark.parametrize("name", SINGLE)
def test_a_single_file_without_configuration_says_what_its_folder_says(tmp_path, name):
    make, layout = SINGLE[name]
    network_ = make()
    network_.save_pretrained(tmp_path / "folder-canny")
    path = save(tmp_path / "file-canny.safetensors", network_, layout)
    folder, file = examine_control(tmp_path / "folder-canny"), examine_control(path)
    assert folder is not None and file is not None
    assert (file.type, file.kinds, file.widths, file.text_width, file.parameters) == (
        folder.type, folder.kinds, folder.widths, folder.text_width, folder.parameters
    )  # fmt: skip
    loaded = load_control(read_control(path), torch.float32, torch.device("cpu"))
    told, wanted = (
        {key: value for key, value in one.config.items() if key not in UNTOLD and not key.startswith("_")}
        for one in (loaded, network_)
    )
    assert not {key for key in wanted if str(told[key]).strip("()[]") != str(wanted[key]).strip("()[]")}
    held = loaded.state_dict()
    assert held.keys() == network_.state_dict().keys()
    assert all(torch.equal(held[key], tensor) for key, tensor in network_.state_dict().items())


def test_a_control_lora_of_sdxl_is_added_to_the_model_at_hand_and_to_no_other(tmp_path):
    base, network = tiny_families.sdxl(), tiny_controls.beside_unet(tiny_controls.sdxl_as_made())
    base.register_modules(unet=tiny_controls.sdxl_as_made())
    base.save_pretrained(tmp_path / "base")
    own, wanted = base.unet.state_dict(), {**network.state_dict()}
    state = {"lora_controlnet": torch.zeros(0)}
    for key, (name, tensor) in zip(wanted, controlnet_xl(wanted).items(), strict=True):
        if key in own and tensor.ndim > 1:
            up, down = torch.randn(tensor.shape[0], 2), torch.randn(2, *tensor.shape[1:])
            stem = name.removesuffix(".weight")
            state |= {f"{stem}.up": up.reshape(*up.shape, *[1] * (tensor.ndim - 2)), f"{stem}.down": down}
            wanted[key] = own[key] + (up @ down.flatten(1)).reshape(tensor.shape)
        else:
            state[name] = tensor.contiguous()
    save_file(state, tmp_path / "control-lora-depth.safetensors")
    file, kind = read_control(tmp_path / "control-lora-depth.safetensors"), torch.float32
    assert file.is_difference and file.text_width == 64
    beside = replace(file, base=read_folder(tmp_path / "base"))
    loaded = load_control(
        beside, kind, torch.device("cpu"), lambda names: weights_of_base(beside, names, kind)
    ).state_dict()
    assert loaded.keys() == wanted.keys()
    assert all(torch.allclose(loaded[key], tensor, atol=1e-4) for key, tensor in wanted.items())
    with pytest.raises(UnsupportedModel, match="a control-lora for another model") as refused:
        load_control(file, kind, torch.device("cpu"), lambda names: {})
    assert refused.value.data["problem"] == "other_base"


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("lllite_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q.conditioning1.0.weight",), "LLLite"),
        (("controlnet_blocks.0.linear.weight", "double_blocks.0.img_attn.qkv.weight"), "MistoLine"),
        (("control_blocks.0.after_proj.weight", "control_img_in.weight"), "Fun ControlNet"),
        (("after_proj_list.0.weight", "blocks.0.attn1.Wqkv.weight"), "HunyuanDiT"),
        (("style_embedding", "transformer_layes.0.attn.in_proj_weight"), "style adapter"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_no_class_reads_is_named_with_what_serves_instead(own_home, names, told):
    folder = models_folder()
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: torch.ones(2, 2) for name in names}, folder / "other.safetensors")
    ((_, message),) = Catalog().broken()
    assert told in message and re.search(r"\. Choose .+\.$", message)


def test_what_was_made_for_another_family_is_named_and_not_offered(places, models):
    folders = [path for path in places.values() if (path / "config.json").exists()]
    controls = [examine_control(path) for path in folders]
    infos = [info for info in controls if info is not None]
    assert len(infos) == 16 and sum(info.type is ControlType.T2I_ADAPTER for info in infos) == 1

    def offered(name: str) -> set[str]:
        return {info.name for info in fitting(models.catalog.find(str(places[name])), infos)}

    assert offered("sdxl") == offered("sdxl-inpainting") == {"xl-canny", "xl-depth", "xl-union"}
    assert offered("flux-dev") == {"flux-canny", "flux-union", "flux-depth-pixels"}
    assert offered("sd3") == {"sd3-canny", "sd3-depth", "sd3-blur-large"}
    assert offered("qwen-image") == {"qwen-canny"}
    assert offered("z-image") == set(Z_IMAGE)
    assert offered("sana") == {"sana-canny"} and offered("hunyuan") == {"hunyuan-canny"}
    assert offered("pixart") == offered("flux-kontext") == set()
    with pytest.raises(UnsupportedModel, match="another family") as refused:
        run(ask(places["flux-dev"], models, follow(places["xl-canny"])), models)
    assert refused.value.data["problem"] == "other_base"
    with pytest.raises(BadRequest, match="cannot follow maps"):
        run(ask(places["pixart"], models, follow(places["xl-canny"])), models)
