"""Pictures that follow maps: the stock numbers, wherever a picture is made; wrong networks are named."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import (
    MultiControlNetModel,
    StableDiffusionAdapterPipeline,
    StableDiffusionControlNetImg2ImgPipeline,
    StableDiffusionControlNetInpaintPipeline,
    StableDiffusionControlNetPipeline,
)
from diffusers.image_processor import VaeImageProcessor
from original_names import original_controlnet
from PIL import Image
from safetensors.torch import save_file
from tiny import tiny_adapter, tiny_controlnet, tiny_sd, tiny_sd_single_file

from engine import generation
from engine.api.control import Control
from engine.api.edit import Edit
from engine.api.errors import BadRequest, ModelNotFound, UnsafeFile, UnsupportedModel
from engine.api.events import ImageReady, Loading, Step
from engine.api.images import ImageInput, pixels_hash
from engine.api.maps import ControlInfo, ControlType, MapInput, MapKind
from engine.api.mask import MaskInput
from engine.api.request import Branch, GenerationRequest, Sampling, Speed
from engine.conditioning import map_networks
from engine.diffusion import schedulers
from engine.families.family import Reads
from engine.library.folders import models_folder
from engine.memory import Relief
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.models.named.controls import Controls
from engine.models.parts.control_files import examine_control, read_control
from engine.networks.controls import load_control
from engine.picture import picture
from engine.tasks import run

SIDE = 64


@pytest.fixture(scope="module")
def places(tmp_path_factory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("models")
    folders = {
        "base": tiny_sd(root / "base"),
        "masked": tiny_sd(root / "masked", reads=Reads.MASKED_PICTURE),
        "instructed": tiny_sd(root / "instructed", reads=Reads.PICTURE),
    }
    for name, network in {
        "tiny-canny": tiny_controlnet(),
        "tiny-depth": tiny_controlnet(seed=1),
        "adapter": tiny_adapter(),
        "grey-adapter-sketch": tiny_adapter(1),
    }.items():
        folders[name] = root / name
        network.save_pretrained(folders[name])
    return folders


@pytest.fixture(scope="module")
def models() -> Models:
    return Models(Catalog())


@pytest.fixture(autouse=True)
def nothing_kept():
    picture.KEPT.clear()


def disc(x: int = 32, y: int = 32, radius: int = 20, side: int = SIDE) -> ImageInput:
    rows, columns = np.mgrid[0:side, 0:side]
    inside = (columns - x) ** 2 + (rows - y) ** 2 < radius**2
    return ImageInput.of(np.repeat((inside * 255).astype(np.uint8)[..., None], 3, axis=2), "disc.png")


def start_picture() -> ImageInput:
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    return ImageInput.of(np.stack([x * 4, y * 4, 255 - x * 4], axis=2).astype(np.uint8), "gradient.png")


def follow(network: Path | str, kind: MapKind = MapKind.CANNY, **changes) -> MapInput:
    return replace(MapInput(kind, disc(), network=str(network)), **changes)


def ask(base: Path, *maps: MapInput, scheduler: str = "euler_a", **changes) -> GenerationRequest:
    sampling = Sampling(scheduler, changes.pop("steps", 4), 3.0, 0.0, changes.pop("strength", 1.0), 11)
    return replace(GenerationRequest(str(base), "a dog", "a cat", SIDE, SIDE, sampling, maps=maps), **changes)


def made(request: GenerationRequest, models: Models, control: Control | None = None) -> ImageReady:
    return next(event for event in run(request, models, control) if isinstance(event, ImageReady))


def pixels(request: GenerationRequest, models: Models) -> str:
    return pixels_hash(made(request, models).pixels)


def stock(
    kind, request: GenerationRequest, models: Models, networks, *, scales=None, spans=((0.0, 1.0),), **given
) -> str:
    """The pixels of diffusers' own pipeline of this `kind`, called as its documentation says."""
    model = models.load(models.catalog.find(request.model), torch.float32)
    sampling = request.sampling
    beside = {"adapter": networks} if kind is StableDiffusionAdapterPipeline else {"controlnet": networks}
    pipeline = kind(
        unet=model.denoiser, vae=model.vae, text_encoder=model.text_encoder(), tokenizer=model.tokenizer,
        scheduler=schedulers.build(sampling.scheduler, model.scheduler_config, sampling.seed, sampling.steps),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False, **beside,
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    if kind is not StableDiffusionAdapterPipeline:
        starts, ends = ([span[side] for span in spans] for side in (0, 1))
        several = len(starts) > 1
        given["control_guidance_start"] = starts if several else starts[0]
        given["control_guidance_end"] = ends if several else ends[0]
        given["controlnet_conditioning_scale"] = scales or 1.0
    else:  # its own decoding is an old one, which rounds otherwise
        given["adapter_conditioning_scale"] = scales or 1.0
        given["output_type"] = "latent"
    with torch.inference_mode():
        image = pipeline(
            prompt=request.prompt, negative_prompt=request.negative_prompt, height=SIDE, width=SIDE,
            num_inference_steps=sampling.steps, guidance_scale=sampling.guidance,
            generator=torch.Generator().manual_seed(sampling.seed), **given,
        ).images  # fmt: skip
        if isinstance(image, torch.Tensor):
            decoded = model.vae.decode(image / model.vae.config.scaling_factor, return_dict=False)[0]
            image = VaeImageProcessor().postprocess(decoded)
    return pixels_hash(np.array(image[0]))


def network(folder: Path):
    return load_control(read_control(folder), torch.float32, torch.device("cpu"))


def shown(image: ImageInput) -> Image.Image:
    return Image.fromarray(image.pixels)


@pytest.mark.parametrize(  # Heun whole: the stock pipeline counts half steps, our maps act in whole ones
    ("scheduler", "span"),
    [("euler_a", (0.25, 0.75)), ("dpmpp_2m_karras", (0.0, 0.5)), ("heun", (0.0, 1.0)), ("ddim", (0.5, 1.0))],
)
def test_text_to_image_is_the_stock_pipeline_s_to_the_last_bit(places, models, scheduler, span):
    given = follow(places["tiny-canny"], weight=0.8, start=span[0], end=span[1])
    request = ask(places["base"], given, scheduler=scheduler)
    kind = StableDiffusionControlNetPipeline
    expected = stock(
        kind, request, models, network(places["tiny-canny"]), image=shown(disc()), scales=0.8, spans=[span]
    )
    assert pixels(request, models) == expected
    assert expected != pixels(replace(request, maps=()), models)


def test_several_maps_at_once_are_the_stock_pipeline_s(places, models):
    one = follow(places["tiny-canny"], weight=0.7, end=0.5)
    two = follow(places["tiny-depth"], MapKind.DEPTH, image=disc(20, 40), weight=1.2)
    networks = MultiControlNetModel([network(places["tiny-canny"]), network(places["tiny-depth"])])
    request = ask(places["base"], one, two)
    assert pixels(request, models) == stock(
        StableDiffusionControlNetPipeline, request, models, networks,
        image=[shown(one.image), shown(two.image)], scales=[0.7, 1.2], spans=[(0.0, 0.5), (0.0, 1.0)],
    )  # fmt: skip
    twice = replace(two, network=one.network)
    assert pixels(ask(places["base"], one, twice), models) != pixels(request, models)


def test_each_of_several_maps_is_asked_in_its_own_share_and_outside_it_changes_no_bit(
    places, models, monkeypatch
):
    asked: list[MapKind] = []
    ask_network = map_networks.ASKS["ControlNetModel"]

    def seen(maps, hints, call):
        asked.append(maps[0].map.kind)
        return ask_network(maps, hints, call)

    monkeypatch.setitem(map_networks.ASKS, "ControlNetModel", seen)
    one = follow(places["tiny-canny"], end=0.5)
    two = follow(places["tiny-depth"], MapKind.DEPTH, start=0.25, end=0.75)
    request = ask(places["base"], one, two, steps=4)
    made = pixels(request, models)
    assert asked == [MapKind.CANNY, MapKind.CANNY, MapKind.DEPTH, MapKind.DEPTH]  # the second step has both
    between = replace(two, start=0.55, end=0.7)  # holds no whole step
    alone = pixels(replace(request, maps=(one,)), models)
    asked.clear()
    assert pixels(replace(request, maps=(one, between)), models) == alone != made
    assert asked == [MapKind.CANNY] * 2


def test_image_to_image_is_the_stock_pipeline_s(places, models):
    request = ask(
        places["base"], follow(places["tiny-canny"], end=0.5), image=start_picture(), steps=6, strength=0.7
    )
    assert pixels(request, models) == stock(
        StableDiffusionControlNetImg2ImgPipeline, request, models, network(places["tiny-canny"]),
        image=shown(start_picture()), control_image=shown(disc()), strength=0.7, spans=[(0.0, 0.5)],
    )  # fmt: skip


def test_an_inpainting_network_with_a_map_is_the_stock_pipeline_s(places, models):
    request = ask(places["masked"], follow(places["tiny-canny"]), image=start_picture(), steps=4)
    white = Image.new("L", (SIDE, SIDE), 255)
    assert pixels(request, models) == stock(
        StableDiffusionControlNetInpaintPipeline, request, models, network(places["tiny-canny"]),
        image=shown(start_picture()), mask_image=white, control_image=shown(disc()), strength=1.0,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["adapter", "grey-adapter-sketch"])
def test_a_t2i_adapter_is_the_stock_pipeline_s(places, models, name):
    request = ask(places["base"], follow(places[name], MapKind.SCRIBBLE, weight=0.9), scheduler="euler")
    image = shown(disc()).convert("L") if name.startswith("grey") else shown(disc())
    assert pixels(request, models) == stock(
        StableDiffusionAdapterPipeline, request, models, network(places[name]), image=image, scales=0.9
    )
    both = ask(places["base"], *request.maps, follow(places["tiny-canny"]), scheduler="euler")
    assert pixels(both, models) != pixels(request, models)


def test_an_instructed_network_follows_maps_too(places, models):
    request = ask(places["instructed"], follow(places["tiny-canny"]), image=start_picture())
    assert pixels(request, models) != pixels(replace(request, maps=()), models)


def test_a_map_of_weight_nought_changes_no_bit_and_loads_nothing(places, models):
    plain = ask(places["base"])
    with_none = replace(plain, maps=(follow("nowhere", weight=0.0),))
    assert pixels(with_none, models) == pixels(plain, models)


def test_fast_and_short_of_memory_it_is_nearly_the_same(places, models):
    request = ask(places["base"], follow(places["tiny-canny"]), steps=12, scheduler="dpmpp_2m")
    exact = made(request, models).pixels.astype(int)
    fast = made(replace(request, speed=Speed.FAST), models).pixels.astype(int)
    without = made(replace(request, maps=()), models).pixels.astype(int)
    assert np.abs(fast - exact).mean() < np.abs(without - exact).mean() / 2
    climb = generation.Ladder.climb

    def short(self, attempt):
        self.relief = Relief(one_by_one=True)
        return (yield from climb(self, attempt))

    patch = pytest.MonkeyPatch()
    patch.setattr(generation.Ladder, "climb", short)
    try:
        saved = made(request, models).pixels.astype(int)
    finally:
        patch.undo()
    assert np.abs(saved - exact).max() <= 2


def test_previews_come_at_every_step_and_a_branch_ends_as_its_origin(places, models):
    whole = ask(places["base"], follow(places["tiny-canny"], end=0.5), steps=6)
    events = list(run(whole, models))
    steps = [event for event in events if isinstance(event, Step)]
    assert [step.index for step in steps] == [1, 2, 3, 4, 5, 6] and steps[0].preview is not None
    assert Loading("maps") in events
    origin = next(event for event in events if isinstance(event, ImageReady)).pixels
    branch = replace(whole, branch=Branch(whole, 0, 2))
    assert np.array_equal(made(branch, models).pixels, origin)
    picture.KEPT.clear()
    assert np.array_equal(made(branch, models).pixels, origin)
    without = replace(branch, maps=())
    assert not np.array_equal(made(without, models).pixels, origin)


def test_cancel_inside_the_map_s_network_leaves_at_its_next_block(places, models):
    control, seen = Control(), []
    request = ask(places["base"], follow(places["tiny-canny"]))
    reads = models.load_controls(Controls(()), torch.float32)  # nothing is kept from the tests before
    assert reads == ()
    made(request, models)
    kept = next(iter(models._controls.values())).model

    def stop(*_):
        seen.append("block")
        control.cancel()

    hook = kept.down_blocks[0].register_forward_pre_hook(stop)
    late = kept.mid_block.register_forward_pre_hook(lambda *_: seen.append("late"))
    try:
        events = list(run(request, models, control))
    finally:
        hook.remove()
        late.remove()
    assert seen == ["block"]
    assert not any(isinstance(event, (Step, ImageReady)) for event in events)
    assert not kept.down_blocks[0]._forward_pre_hooks
    assert pixels(request, models) == pixels(request, models)


def test_an_edit_crops_its_maps_with_each_place(places, models):
    """One place changes: what the map says elsewhere does not count, what it says there does."""
    side = 192
    source = ImageInput.of(np.full((side, side, 3), 120, np.uint8), "grey.png")
    coverage = np.zeros((side, side), np.uint8)
    coverage[8:40, 8:40] = 255
    edit = Edit(mask=MaskInput.of(coverage), padding_px=16)

    def edited(given: ImageInput) -> np.ndarray:
        request = ask(places["base"], follow(places["tiny-canny"], image=given)).with_edit(source, edit)
        return made(request, models).pixels

    here, elsewhere = disc(24, 24, 12, side), disc(150, 150, 30, side)
    nothing = ImageInput.of(np.zeros((side, side, 3), np.uint8))
    assert np.array_equal(edited(nothing), edited(elsewhere))
    assert not np.array_equal(edited(nothing), edited(here))
    assert (edited(here)[48:] == 120).all()


def test_a_map_of_another_size_covers_the_canvas(places, models):
    small = ask(places["base"], follow(places["tiny-canny"], image=disc(side=32, x=16, y=16, radius=10)))
    wide = np.zeros((64, 128, 3), np.uint8)
    wide[:, 32:96] = disc().pixels
    same = ask(places["base"], follow(places["tiny-canny"], image=ImageInput.of(wide)))
    assert pixels(same, models) == pixels(ask(places["base"], follow(places["tiny-canny"])), models)
    assert pixels(small, models) != pixels(replace(small, maps=()), models)


def test_single_files_of_every_layout_say_the_same(places, models, tmp_path):
    expected = pixels(ask(places["base"], follow(places["tiny-canny"])), models)
    state = tiny_controlnet().state_dict()
    layouts = {
        "diffusers": state,
        "original": original_controlnet(tiny_controlnet()),
        "bare": {
            name.removeprefix("control_model."): tensor
            for name, tensor in original_controlnet(tiny_controlnet()).items()
        },
    }
    for name, tensors in layouts.items():
        path = tmp_path / f"control_{name}_canny.safetensors"
        save_file({key: tensor.contiguous() for key, tensor in tensors.items()}, path)
        info = examine_control(path)
        assert info is not None and info.type is ControlType.CONTROLNET and info.kinds == (MapKind.CANNY,)
        assert pixels(ask(places["base"], follow(path)), models) == expected, name
    told = path.rename(tmp_path / "control_v11e_sd15_ip2p.safetensors")
    info = examine_control(told)
    assert info is not None and info.kinds == (MapKind.INSTRUCTION,)


def test_a_control_lora_is_its_base_s_network_and_what_it_adds_to_it(places, models, tmp_path):
    """As stabilityai/control-lora: products for layers, all else whole."""
    network = tiny_controlnet()
    base = models.load(models.catalog.find(str(places["base"])), torch.float32).denoiser.state_dict()
    whole = original_controlnet(network)
    generator = torch.Generator().manual_seed(3)
    state: dict[str, torch.Tensor] = {"lora_controlnet": torch.zeros(0)}
    for (name, tensor), key in zip(whole.items(), network.state_dict(), strict=True):
        name = name.removeprefix("control_model.")
        if key not in base or tensor.ndim < 2:
            state[name] = tensor.contiguous()
            continue
        stem = name.removesuffix(".weight")
        kernel = [1] * (tensor.ndim - 2)
        state[f"{stem}.up"] = 0.1 * torch.randn(tensor.shape[0], 2, *kernel, generator=generator)
        state[f"{stem}.down"] = 0.1 * torch.randn(2, *tensor.shape[1:], generator=generator)
        product = state[f"{stem}.up"].flatten(1) @ state[f"{stem}.down"].flatten(1)
        network.get_parameter(key).data = base[key] + product.reshape(tensor.shape)
    path = tmp_path / "control-lora-canny-rank2.safetensors"
    save_file(state, path)
    network.save_pretrained(tmp_path / "whole-canny")
    info = examine_control(path)
    assert info is not None and info.kinds == (MapKind.CANNY,)
    expected = made(ask(places["base"], follow(tmp_path / "whole-canny")), models).pixels
    drawn = made(ask(places["base"], follow(path)), models).pixels
    assert np.abs(drawn.astype(int) - expected).max() <= 1
    assert np.abs(drawn.astype(int) - made(ask(places["base"]), models).pixels).max() > 1


def test_an_adapter_s_single_file_says_the_same(places, models, tmp_path):
    adapter, renamed = tiny_adapter(), {}
    for name, tensor in adapter.state_dict().items():
        parts = name.removeprefix("adapter.").split(".")
        if parts[0] == "body":
            place = int(parts[3]) if parts[2] == "resnets" else 0
            parts = ["body", str(2 * int(parts[1]) + place), *parts[4 if parts[2] == "resnets" else 2 :]]
        renamed[".".join(parts)] = tensor.contiguous()
    save_file(renamed, tmp_path / "t2iadapter_sketch.safetensors")
    expected = pixels(ask(places["base"], follow(places["adapter"], MapKind.SCRIBBLE)), models)
    given = follow(tmp_path / "t2iadapter_sketch.safetensors", MapKind.SCRIBBLE)
    assert pixels(ask(places["base"], given), models) == expected


def test_a_single_file_model_follows_maps(places, models, tmp_path):
    single = tiny_sd_single_file(tmp_path / "single.safetensors")
    request = ask(single, follow(places["tiny-canny"]))
    assert pixels(request, models) != pixels(replace(request, maps=()), models)


def test_a_network_for_another_model_is_named_and_refused(places, models, tmp_path):
    words = tiny_controlnet(text_width=48)
    words.save_pretrained(tmp_path / "second-depth")
    with pytest.raises(
        UnsupportedModel, match=r"for another model than base: it reads words of 48 numbers and .* 32"
    ):
        run(ask(places["base"], follow(tmp_path / "second-depth")), models)
    with pytest.raises(UnsupportedModel, match="levels are 128/192/288 wide and the model's 32/64"):
        run(ask(places["base"], follow("starter/lines")), models)
    other = tmp_path / "sdxl"
    tiny_controlnet().save_pretrained(other)
    config = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps({**config, "addition_embed_type": "text_time"}))
    with pytest.raises(UnsupportedModel, match="for another family of models"):
        run(ask(places["base"], follow(other)), models)
    with pytest.raises(UnsupportedModel, match="is no ControlNet and no T2I-Adapter"):
        run(ask(places["base"], follow(places["base"])), models)
    with pytest.raises(UnsupportedModel, match="is no model but a ControlNet for one"):
        models.catalog.find(str(places["tiny-canny"]))
    with pytest.raises(ModelNotFound, match="the ones here are: starter/depth, starter/lines"):
        run(ask(places["base"], follow("nothing")), models)


def test_what_is_damaged_or_brings_code_is_refused(places, models, tmp_path):
    code = tmp_path / "code"
    tiny_controlnet().save_pretrained(code)
    config = json.loads((code / "config.json").read_text())
    (code / "config.json").write_text(json.dumps({**config, "auto_map": {"AutoModel": "evil.Net"}}))
    with pytest.raises(UnsafeFile, match="asks to run code"):
        run(ask(places["base"], follow(code)), models)
    half = tmp_path / "half"
    tiny_controlnet().save_pretrained(half)
    weights = half / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    with pytest.raises(UnsafeFile, match="is truncated"):
        run(ask(places["base"], follow(half)), models)
    broken = tiny_controlnet()
    with torch.no_grad():
        broken.conv_in.weight[0, 0, 0, 0] = float("nan")
    broken.save_pretrained(tmp_path / "nan")
    with pytest.raises(UnsafeFile, match="1 numbers in its weights are infinite"):
        list(run(ask(places["base"], follow(tmp_path / "nan")), models))


def test_a_map_without_a_name_takes_the_only_network_of_its_kind(places, models, own_home):
    folder = models_folder()
    folder.mkdir(parents=True, exist_ok=True)
    tiny_controlnet().save_pretrained(folder / "my-canny")
    own = Models(Catalog())
    names = [info.name for info in own.catalog.beside(ControlInfo)]
    assert names[:2] == ["starter/depth", "starter/lines"] and names[-1] == "my-canny"
    unnamed = ask(places["base"], follow(""))
    assert pixels(unnamed, own) == pixels(ask(places["base"], follow("my-canny")), own)
    with pytest.raises(
        BadRequest, match=r"no ControlNet or T2I-Adapter for depth maps fits base\. It follows: canny"
    ):
        run(ask(places["base"], follow("", MapKind.DEPTH)), own)
    tiny_controlnet(seed=3).save_pretrained(folder / "other-canny")
    with pytest.raises(BadRequest, match=r"several networks read canny maps .* my-canny, other-canny"):
        run(unnamed, own)
    assert not own.catalog.broken()


def test_numbers_out_of_range_and_missing_pixels_are_named(places, models):
    for changes, word in (
        ({"weight": 3.0}, "map_weight"), ({"start": -0.1}, "map_start"), ({"end": 1.5}, "map_end"),
        ({"start": 0.6, "end": 0.6}, "map_end"),
    ):  # fmt: skip
        with pytest.raises(BadRequest, match=word):
            ask(places["base"], follow(places["tiny-canny"], **changes)).validated()
    gone = replace(disc(), pixels=None)
    with pytest.raises(BadRequest, match=r"the pixels of disc\.png are missing"):
        run(ask(places["base"], follow(places["tiny-canny"], image=gone)), models)
    with pytest.raises(BadRequest, match="more than 8"):
        ask(places["base"], *[follow(places["tiny-canny"])] * 9).validated()
    with pytest.raises(BadRequest, match="Toy cannot follow maps"):
        run(ask(Path("toy"), follow(places["tiny-canny"]), scheduler="euler"), models)


def test_ten_maps_in_a_row_keep_one_network_in_memory(places):
    models = Models(Catalog())
    for name in ("tiny-canny", "tiny-depth") * 5:
        made(ask(places["base"], follow(places[name]), steps=1), models)
    assert len(models._controls) == 1
