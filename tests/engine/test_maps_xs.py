"""ControlNet-XS: the stock pipelines' numbers, wherever a picture is made; the model stays as it is."""

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
import torch
from diffusers.models.attention_processor import Attention
from headers import of_class, write_header
from learnt import lora_state, save_lora
from original_names import original_xs, xs_name
from PIL import Image
from safetensors.torch import save_file
from tiny_references import save_adapter, tiny_adapter, tiny_encoder
from worn import assert_it_is_worn, assert_places_are_followed, drawn

from engine import generation
from engine.api.control import Control
from engine.api.edit import Edit
from engine.api.errors import BadRequest, UnsupportedModel
from engine.api.events import ImageReady
from engine.api.images import ImageInput
from engine.api.maps import ControlInfo, MapInput, MapKind
from engine.api.mask import MaskInput
from engine.api.references import ReferenceInput
from engine.api.request import GenerationRequest, Speed
from engine.api.speed import LEAST_DEEP_STEPS
from engine.diffusion import schedulers
from engine.memory import Relief
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.models.named.controls import fitting
from engine.models.parts.control_files import examine_control, read_control
from engine.models.places.walk import place_of
from engine.models.scanning.describe import describe
from engine.networks.controls import load_control
from engine.picture import picture
from engine.tasks import run

SIDE = 64
BASES = {"sd": 1, "sdxl": 3}


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """A model folder with bases and networks beside them."""
    root = tmp_path_factory.mktemp("models")
    for name, version in BASES.items():
        tiny_controls.base_for_xs(version).save_pretrained(root / name)
    unet = tiny_controls.unet_for_xs()
    for name, network in {
        "xs-canny": tiny_controls.xs_beside(unet),
        "xs-depth-timed": tiny_controls.xs_beside(
            unet, ratio=1.0, time=True, seed=1, conditioning_channel_order="bgr"
        ),
        "xs-softedge-timed": tiny_controls.xs_beside(unet, time=True, seed=2),
        "xl-xs-canny": tiny_controls.xs_beside(tiny_controls.unet_for_xs(3), ratio=1.0, time=True),
        "plain-depth": tiny_controls.plain_beside(unet),
        "adapter-sketch": tiny.tiny_adapter(),
        "image_encoder": tiny_encoder(),
    }.items():
        network.save_pretrained(root / name)
    tiny_controls.base_for_xs(channels=9).save_pretrained(root / "filling")
    save_adapter(root / "ip-adapter.safetensors", tiny_adapter(unet))
    return root


@pytest.fixture(scope="module")
def models(root) -> Models:
    return Models(Catalog([root]))


@pytest.fixture(autouse=True)
def nothing_kept():
    picture.KEPT.clear()


def disc() -> ImageInput:
    """Of one colour, so that an order of channels is felt."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    inside = (columns - 32) ** 2 + (rows - 32) ** 2 < 400
    return ImageInput.of((inside[..., None] * np.array([255, 128, 0])).astype(np.uint8), "disc.png")


def start_picture() -> ImageInput:
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    return ImageInput.of(np.stack([x * 4, y * 4, 255 - x * 4], axis=2).astype(np.uint8), "gradient.png")


def follow(network: Path | str, kind: MapKind = MapKind.CANNY, **changes: Any) -> MapInput:
    return replace(MapInput(kind, disc(), network=str(network)), **changes)


def ask(base: str, models: Models, *maps: MapInput, steps: int = 3, **changes: Any) -> GenerationRequest:
    info = models.catalog.find(base)
    sampling = replace(info.defaults.sampling, steps=steps, guidance=3.0, seed=11, scheduler="euler_a")
    request = info.request("a dog", negative_prompt="a cat", width=SIDE, height=SIDE, maps=maps)
    return replace(request, sampling=sampling, **changes)


def far(one: np.ndarray, other: np.ndarray) -> int:
    return int(np.abs(one.astype(int) - other).max())


def stock(request: GenerationRequest, models: Models, network: Any, *, as_base: bool = False) -> np.ndarray:
    """Of diffusers' own pipeline. `as_base`: with the model's own smallest number in its norms, of which
    the class that joins them has another."""
    model = models.load(models.catalog.find(request.model), torch.float32)
    model.load_text_encoders()
    (given,), sampling = request.maps, request.sampling
    is_xl = "text_encoder_2" in model.components
    kind = "StableDiffusionXLControlNetXSPipeline" if is_xl else "StableDiffusionControlNetXSPipeline"
    joined = diffusers.UNetControlNetXSModel.from_unet(model.denoiser, network)
    joined.eval().requires_grad_(False)  # as one that is learnt torch folds products otherwise
    if as_base:
        parts = [
            *(block.base_resnets for block in joined.down_blocks),
            joined.mid_block.base_midblock.resnets,
        ]
        for resnets in (*parts, *(block.resnets for block in joined.up_blocks)):
            for resnet in resnets:
                resnet.norm1.eps = resnet.norm2.eps = model.denoiser.config.norm_eps
    plain = {"safety_checker": None, "requires_safety_checker": False, "feature_extractor": None}
    pipeline = getattr(diffusers, kind)(
        **{**model.components, "unet": joined}, controlnet=network,
        scheduler=schedulers.build(sampling.scheduler, model.scheduler_config, sampling.seed, sampling.steps),
        **({"add_watermarker": False} if is_xl else plain),
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    assert given.image.pixels is not None
    with torch.inference_mode():
        (image,) = pipeline(
            prompt=request.prompt, negative_prompt=request.negative_prompt, height=SIDE, width=SIDE,
            image=Image.fromarray(given.image.pixels), controlnet_conditioning_scale=given.weight,
            control_guidance_start=given.start, control_guidance_end=given.end,
            num_inference_steps=sampling.steps, guidance_scale=sampling.guidance,
            generator=torch.Generator().manual_seed(sampling.seed),
        ).images  # fmt: skip
    return np.array(image)


def network(path: Path) -> Any:
    return load_control(read_control(path), torch.float32, torch.device("cpu"))


@pytest.mark.parametrize(
    ("base", "name", "span"),
    [
        ("sd", "xs-canny", (0.0, 1.0)),
        ("sd", "xs-depth-timed", (0.0, 0.7)),
        ("sdxl", "xl-xs-canny", (0.3, 1.0)),
    ],
)
def test_a_picture_is_the_stock_pipeline_s(root, models, base, name, span):
    given = follow(name, weight=0.8, start=span[0], end=span[1])
    request = ask(base, models, given)
    made = drawn(request, models)
    assert far(made, stock(request, models, network(root / name))) <= 1
    if name != "xs-canny":  # of a narrower one the class that joins them cuts the groups otherwise
        assert far(made, stock(request, models, network(root / name), as_base=True)) == 0
    assert far(made, drawn(replace(request, maps=()), models)) > 1


def test_the_model_is_as_it_was_and_is_in_memory_once(root, models):
    request = ask("sd", models, follow("xs-canny"))
    plain = drawn(replace(request, maps=()), models)
    unet = models.load(models.catalog.find("sd"), torch.float32).denoiser
    before = {name: (tensor.data_ptr(), tensor.clone()) for name, tensor in unet.state_dict().items()}
    made = drawn(request, models)
    assert far(made, plain) > 1
    after = unet.state_dict()
    assert all(after[name].data_ptr() == place for name, (place, _) in before.items())
    assert all(torch.equal(after[name], tensor) for name, (_, tensor) in before.items())
    modules = list(unet.modules())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in modules)
    (kept,) = models._controls.values()
    own = sum(tensor.numel() for tensor in kept.model.state_dict().values())
    assert own == sum(tensor.numel() for tensor in network(root / "xs-canny").state_dict().values())
    between = replace(request, maps=(follow("xs-canny", start=0.4, end=0.6),))  # holds no whole step
    assert far(drawn(between, models), plain) == 0


def test_it_counts_in_image_to_image_and_an_edit_keeps_what_is_outside_of_the_mask(models):
    request = ask("sd", models, follow("xs-canny"), image=start_picture())
    request = replace(request, sampling=replace(request.sampling, strength=0.7))
    assert far(drawn(request, models), drawn(replace(request, maps=()), models)) > 1
    coverage = np.zeros((SIDE, SIDE), np.uint8)
    coverage[16:48, 16:40] = 255
    coverage[:, 40:44] = 128
    edit = Edit(mask=MaskInput.of(coverage))
    edited = ask("sd", models, follow("xs-canny")).with_edit(start_picture(), edit)
    made = drawn(edited, models)
    assert far(made, drawn(replace(edited, maps=()), models)) > 1
    outside = start_picture().pixels
    assert outside is not None and np.array_equal(made[coverage == 0], outside[coverage == 0])


def test_places_and_loras_go_with_it(root, models, tmp_path):
    request = ask("sd", models, follow("xs-canny"), steps=2)
    made = drawn(request, models)
    assert_places_are_followed(request, models, made)
    assert_it_is_worn(
        save_lora(tmp_path / "lora.safetensors", lora_state(root / "sd")), request, models, made
    )


def test_references_go_with_it_and_so_do_models_that_fill_a_mask(models):
    taken = ReferenceInput(start_picture(), adapter="ip-adapter")
    request = ask("sd", models, follow("xs-canny"), references=(taken,), steps=2)
    made = drawn(request, models)
    for without in (replace(request, maps=()), replace(request, references=())):
        assert far(made, drawn(without, models)) > 1
    filling = ask("filling", models, follow("xs-canny"), steps=2)
    assert far(drawn(filling, models), drawn(replace(filling, maps=()), models)) > 1


def test_cancel_inside_it_leaves_at_its_next_block(models):
    request = ask("sd", models, follow("xs-canny"), steps=2)
    whole = drawn(request, models)
    control, seen = Control(), []
    (kept,) = (one.model for one in models._controls.values())

    def stop(*_: object) -> None:
        seen.append("block")
        control.cancel()

    hooks = [
        kept.down_blocks[0].resnets[0].register_forward_hook(stop),
        kept.mid_block.midblock.register_forward_pre_hook(lambda *_: seen.append("late")),
    ]
    try:
        events = list(run(request, models, control))
    finally:
        for hook in hooks:
            hook.remove()
    assert seen == ["block"] and not any(isinstance(event, ImageReady) for event in events)
    assert np.array_equal(drawn(request, models), whole)


def test_fast_it_is_nearly_the_same(models):
    request = ask("sd", models, follow("xs-canny"), steps=LEAST_DEEP_STEPS)
    request = replace(request, sampling=replace(request.sampling, scheduler="dpmpp_2m"))
    exact = drawn(request, models).astype(int)
    felt = np.abs(drawn(replace(request, maps=()), models) - exact).mean()
    # in some steps the inner levels rest: what is joined to them rests, too
    fastest = drawn(replace(request, speed=Speed.FASTEST), models)
    assert 0 < np.abs(fastest - exact).mean() < felt / 2


@pytest.mark.parametrize(
    "relief", [Relief(one_by_one=True), Relief(offload=True), Relief(offload=True, in_groups=True)]
)
def test_short_of_memory_it_is_the_same(models, monkeypatch, relief):
    request = ask("sd", models, follow("xs-canny"), steps=2)
    exact = drawn(request, models)
    if relief.offload:  # by a name that torch takes for another, so that all is moved
        monkeypatch.setattr(Models, "device", property(lambda self: torch.device("cpu", 0)))
    monkeypatch.setattr(generation, "_planned", lambda *_: relief)
    assert far(drawn(request, Models(models.catalog)), exact) <= 1


def test_several_go_together_but_not_two_that_bring_a_sense_of_time(models):
    xs, plain = follow("xs-canny"), follow("plain-depth", MapKind.DEPTH)
    sketch = follow("adapter-sketch", MapKind.SCRIBBLE)
    timed, other = follow("xs-depth-timed", MapKind.DEPTH), follow("xs-softedge-timed", MapKind.SOFT_EDGE)
    alone = [drawn(ask("sd", models, given, steps=2), models) for given in (xs, plain, timed)]
    alone.append(drawn(ask("sd", models, sketch, steps=2), models))
    for pair in ((xs, plain), (xs, timed), (xs, sketch)):
        both = drawn(ask("sd", models, *pair, steps=2), models)
        assert all(far(both, one) > 1 for one in alone)
        turned = drawn(ask("sd", models, *pair[::-1], steps=2), models)
        assert far(both, turned) <= 1  # sums in another order
    with pytest.raises(
        BadRequest, match="xs-depth-timed and xs-softedge-timed each bring a sense of time"
    ) as told:
        drawn(ask("sd", models, timed, other), models)
    assert told.value.data["problem"] == "two_times"


def test_one_for_another_model_is_not_offered_and_is_refused_with_the_reason(root, models, tmp_path):
    tiny.tiny_sd(tmp_path / "shallow")
    narrow = tiny_controls.unet_for_xs(1, words=48)
    tiny_controls.xs_beside(narrow).save_pretrained(tmp_path / "words-canny")
    config = json.loads((root / "xs-canny" / "config.json").read_text())
    tiny_controls.xs_beside(tiny_controls.unet_for_xs(2)).save_pretrained(tmp_path / "of-other-levels")
    config = {**config, "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"]}
    (tmp_path / "of-other-levels" / "config.json").write_text(json.dumps(config))
    for base, name, why in (
        (str(tmp_path / "shallow"), "xs-canny", "it has 2 layers a level and the model 1"),
        ("sdxl", "xs-canny", "it reads words of 32 numbers and the model's have 64"),
        ("sd", str(tmp_path / "words-canny"), "it reads words of 48 numbers and the model's have 32"),
        ("sd", str(tmp_path / "of-other-levels"), "the model's blocks are of other kinds"),
        ("starter", "xs-canny", "its levels are 32/64 wide and the model's"),
    ):
        with pytest.raises(UnsupportedModel, match=f"is a ControlNet for another model than .*: {why}"):
            drawn(ask(base, models, follow(name)), models)
    with pytest.raises(BadRequest, match="cannot be told what is painted anew"):
        edit = Edit(mask=MaskInput.of(np.full((SIDE, SIDE), 255, np.uint8)))
        given = replace(follow("xs-canny", MapKind.INPAINT))
        drawn(ask("sd", models, given).with_edit(start_picture(), edit), models)
    listed = models.catalog.beside(ControlInfo)
    of_xl = [one.name for one in fitting(models.catalog.find("sdxl"), listed)]
    assert of_xl == ["adapter-sketch", "xl-xs-canny"]  # an adapter reads no words: only its levels tell
    of_sd = {one.name: one.kinds for one in fitting(models.catalog.find("sd"), listed)}
    assert of_sd["xs-canny"] == (MapKind.CANNY,) and "xl-xs-canny" not in of_sd
    assert len(of_sd) == 5


@pytest.mark.parametrize(("version", "time"), [(1, False), (1, True), (2, True), (3, False)])
def test_single_files_of_either_layout_say_the_same(tmp_path, version, time):
    net = tiny_controls.xs_beside(tiny_controls.unet_for_xs(version), time=time, num_attention_heads=4)
    layouts = {"xs_canny_diffusers": net.state_dict(), "sd_encD_canny": original_xs(net)}
    for name, tensors in layouts.items():
        path = tmp_path / f"{name}.safetensors"
        save_file({key: tensor.contiguous() for key, tensor in tensors.items()}, path)
        info = examine_control(path)
        assert info is not None and info.kinds == (MapKind.CANNY,)
        read = network(path)
        state = read.state_dict()
        assert state.keys() == net.state_dict().keys()
        assert all(torch.equal(state[key], tensor) for key, tensor in net.state_dict().items())
        groups = [module.num_groups for module in read.modules() if isinstance(module, torch.nn.GroupNorm)]
        assert groups == [m.num_groups for m in net.modules() if isinstance(m, torch.nn.GroupNorm)]
        heads = [module.heads for module in read.modules() if isinstance(module, Attention)]
        assert heads == [m.heads for m in net.modules() if isinstance(m, Attention)]


def test_heads_that_shapes_do_not_tell_are_as_their_makers_have_them(tmp_path):
    """vislearn/ControlNet-XS, configs/inference: 8 numbers a head beside Stable Diffusion 2.1."""
    second = of_class("ControlNetXSAdapter")  # whose defaults are of the published sizes
    file = read_control(write_header(tmp_path / "sd21_encD_canny_14m.safetensors", as_published(second, 12)))
    assert file.widths == (320, 640, 1280, 1280) and file.text_width == 1024
    assert file.config["num_attention_heads"] == [1, 1, 2, 2]
    first = {"cross_attention_dim": 768, "use_linear_projection": False}
    from_unet = of_class("ControlNetXSAdapter", block_out_channels=(64, 128, 256, 256), **first)
    file = read_control(
        write_header(tmp_path / "sd15_encD_canny_53m.safetensors", as_published(from_unet, 12))
    )
    assert file.config["num_attention_heads"] == [8, 8, 8, 8]
    assert file.config["use_linear_projection"] is file.config["learn_time_embedding"] is False
    # as diffusers gives them to a new one: 32 numbers they do not divide evenly
    heads = {"num_attention_heads": (5, 10, 20, 20)}
    shapes = of_class("ControlNetXSAdapter", block_out_channels=(32, 64, 128, 128), **heads)
    file = read_control(write_header(tmp_path / "own.safetensors", shapes))
    assert file.config["num_attention_heads"] == [5, 10, 20, 20]


def as_published(shapes: dict[str, tuple[int, ...]], blocks: int) -> dict[str, tuple[int, ...]]:
    return {xs_name(name, blocks): shape for name, shape in shapes.items()}


def test_a_whole_pipeline_s_folder_is_its_model_and_its_network_is_offered(models, tmp_path):
    base, folder = tiny_controls.base_for_xs(), tmp_path / "whole-canny"
    net = tiny_controls.xs_beside(base.unet, time=True)
    parts = {name: part for name, part in base.components.items() if name != "image_encoder"}
    whole = diffusers.StableDiffusionControlNetXSPipeline(
        **parts, controlnet=net, requires_safety_checker=False
    )
    whole.save_pretrained(folder)
    assert json.loads((folder / "unet" / "config.json").read_text())["_class_name"] == "UNetControlNetXSModel"
    own = Models(Catalog([tmp_path]))
    (info,) = [info for info in own.catalog.infos() if info.path == folder]
    (inside,) = fitting(info, own.catalog.beside(ControlInfo))
    assert inside.name == "whole-canny/controlnet" and inside.kinds == (MapKind.CANNY,)
    assert describe(place_of(folder)).families == ("sd",)  # by the model's half
    plain = ask("whole-canny", own)
    assert far(drawn(plain, own), drawn(ask("sd", models), models)) == 0
    request = ask("whole-canny", own, follow(""))
    assert far(drawn(request, own), stock(request, own, network(folder / "controlnet"))) <= 1
