"""How much of a LoRA acts where: read as artists write it, and the numbers of the stock pipeline."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from diffusers import UNet2DConditionModel
from learnt import lora_state, save_lora
from safetensors.torch import save_file
from tiny import tiny_sd

from engine.api.errors import BadRequest
from engine.api.events import ImageReady
from engine.api.form import from_json, to_json
from engine.api.images import pixels_hash
from engine.api.learnt import Lora
from engine.api.lora_blocks import ATTENDING, COUNTED, DENOISER, NUMBERED, TEXT, blocks_text, read_blocks
from engine.api.prompt import lora_marks
from engine.api.request import GenerationRequest, Sampling
from engine.cli.request import read_lora
from engine.diffusion import schedulers
from engine.families.family import Task
from engine.library.parameters import parameters_of
from engine.loras.blocks import check_known, groups_of, in_model, share_of
from engine.loras.changes import OtherChange
from engine.loras.lora import read_changes
from engine.loras.names import layers_of
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.models.headers.files import read_header
from engine.models.named.learnt import blocks_in
from engine.picture import picture
from engine.tasks import run

BLOCKS = {TEXT: 0.25, "down_blocks": 0.5, "mid_block": 0.0, "up_blocks.0": 0.3}
"""Of the tiny model; what stands for `up_blocks.1` is whole."""


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    return tiny_sd(tmp_path_factory.mktemp("models") / "base")


@pytest.fixture(scope="module")
def lora(base: Path, tmp_path_factory) -> Path:
    return save_lora(tmp_path_factory.mktemp("loras") / "lora.safetensors", lora_state(base))


@pytest.fixture(scope="module")
def models() -> Models:
    picture.KEPT.clear()
    return Models(Catalog(), "cpu")


def ask(base: Path, *loras: Lora, prompt: str = "a dog") -> GenerationRequest:
    return GenerationRequest(str(base), prompt, "", 64, 64, Sampling("euler", 2, 3.0, seed=5), loras=loras)


def made(request: GenerationRequest, models: Models) -> ImageReady:
    return next(event for event in run(request, models) if isinstance(event, ImageReady))


def pixels(request: GenerationRequest, models: Models) -> str:
    return pixels_hash(made(request, models).pixels)


@pytest.mark.logs_warnings  # transformers reports the base's layers as missing from a LoRA
def test_the_numbers_are_those_of_diffusers_own_scales(base: Path, lora: Path, models: Models):
    request = ask(base, Lora(str(lora), 0.8, BLOCKS))
    model = Models(Catalog()).load(Catalog().find(str(base)), torch.float32)
    model.text_encoder()
    pipeline = model.pipeline(Task.TEXT_TO_IMAGE, schedulers.build("euler", model.scheduler_config, 5, 2))
    pipeline.load_lora_weights(lora.parent, weight_name=lora.name, adapter_name="one")
    up = {"block_0": 0.24, "block_1": 0.8}
    scales = {"text_encoder": 0.2, "unet": {"down": 0.4, "mid": 0.0, "up": up}}
    pipeline.set_adapters(["one"], [scales])
    with torch.inference_mode():
        image = pipeline(
            prompt="a dog", negative_prompt="", height=64, width=64, guidance_scale=3.0,
            num_inference_steps=2, generator=torch.Generator().manual_seed(5), output_type="np",
        ).images[0]  # fmt: skip
    ours = made(request, models).pixels
    assert abs(ours.astype(int) - (image * 255).round().astype(int)).max() <= 1
    assert pixels(request, models) != pixels(ask(base, Lora(str(lora), 0.8)), models)


def test_all_is_the_lora_none_is_the_base_and_nothing_is_loaded_again(base, lora, models):
    plain = pixels(ask(base), models)
    model = models.load(models.catalog.find(str(base)), torch.float32)
    tensors = {name: tensor.clone() for name, tensor in model.denoiser.state_dict().items()}
    whole = pixels(ask(base, Lora(str(lora), 0.8)), models)
    ones = dict.fromkeys(BLOCKS, 1.0)
    assert pixels(ask(base, Lora(str(lora), 0.8, ones)), models) == whole
    assert pixels(ask(base, Lora(str(lora), 0.8, {TEXT: 0.0, DENOISER: 0.0})), models) == plain
    moved = {pixels(ask(base, Lora(str(lora), 0.8, {"up_blocks.1": part})), models) for part in (0, 0.5, 1)}
    assert len(moved) == 3 and whole in moved
    assert pixels(ask(base), models) == plain
    assert models.load(models.catalog.find(str(base)), torch.float32) is model
    assert all(torch.equal(tensors[name], tensor) for name, tensor in model.denoiser.state_dict().items())


def test_a_prompt_says_it_and_the_recipe_keeps_it(base, lora, models):
    listed = pixels(ask(base, Lora(str(lora), 0.8, BLOCKS)), models)
    said = ask(base, prompt=f"a dog <lora:lora:0.8:{blocks_text(BLOCKS)}>")
    shown = made(said, Models(Catalog([lora.parent]), "cpu"))
    assert pixels_hash(shown.pixels) == listed
    (use,) = shown.recipe.learnt
    assert use.blocks == BLOCKS and use.weight == 0.8
    again = from_json(GenerationRequest, to_json(ask(base, Lora(str(lora), 0.8, BLOCKS))))
    assert again.loras[0].blocks == BLOCKS
    told = made(ask(base, Lora(str(lora), 0.8, BLOCKS)), models).recipe
    assert f"<lora:lora:0.8:{blocks_text(BLOCKS)}>" in parameters_of(told).prompt
    old = json.loads(json.dumps(to_json(Lora("ink", 0.5))))
    del old["blocks"]
    assert from_json(Lora, old) == Lora("ink", 0.5)


def test_a_block_that_the_model_has_not_is_named_with_those_that_it_has(base, lora, models):
    with pytest.raises(BadRequest, match=r"'up_blocks.7'.*down_blocks.0.*mid_block") as raised:
        made(ask(base, Lora(str(lora), 1.0, {"up_blocks.7": 0.5})), models)
    assert raised.value.data["problem"] == "no_block"
    with pytest.raises(BadRequest, match="-8 to 8"):
        ask(base, Lora(str(lora), 1.0, {"mid_block": 99.0})).validated()
    assert blocks_in(str(lora), models.catalog.find(str(base)), models.catalog) == (
        TEXT, "down_blocks.0", "mid_block", "up_blocks.1",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "weight", "blocks"),
    [
        ("<lora:a:0.5:mid=0, up.1=.5>", 0.5, {"mid_block": 0, "up_blocks.1": 0.5}),
        ("<lora:a:1:0.5>", 0.5, {TEXT: 2}),
        ("<lora:a:0.5:0>", 0.5, {DENOISER: 0}),
        ("<lora:a:1:1:lbw=OUTALL>", 1, {"OUTALL": 1}),
        ("<lora:a:0.5:lbw=NIN04:mid=0.5>", 0.5, {"NIN04": 1, "mid_block": 0.5}),
        ("<lora:a:lbw=ALL0.5>", 1, {TEXT: 0.5, DENOISER: 0.5}),
        ("<lora:a:lbw=ALL>", 1, {}),
        ("<lora:a:1:lbw=1,1,1,1,1,1,1,0.5,1,1,1,1,1,1,1,1,1>", 1, dict.fromkeys(NUMBERED, 1) | {"MID": 0.5}),
        ("<lora:a:1:0:lbw=INS:mid=0.5>", 1, {DENOISER: 0, "INS": 1}),
    ],
)
def test_it_is_read_as_artists_write_it(typed, weight, blocks):
    (mark,) = lora_marks(f"a cat {typed}")
    assert (mark.weight, mark.blocks) == (weight, blocks)


@pytest.mark.parametrize("typed", [":1:lbw=1,2", ":1:lbw=OUT", ":1:2:3", ":1:mid=", ":1:=1", ":1:stop=a"])
def test_what_cannot_be_read_names_no_lora(typed):
    assert lora_marks(f"<lora:a{typed}>") == ()


def unet_layers(kinds: str, layers: int) -> dict[str, list[str]]:
    """Of a UNet whose levels attend (`C`) or do not (`D`), as diffusers names them."""
    count = len(kinds)
    with torch.device("meta"):
        network = UNet2DConditionModel(
            block_out_channels=(32,) * count, layers_per_block=2, transformer_layers_per_block=layers,
            down_block_types=tuple(f"{'CrossAttn' * (kind == 'C')}DownBlock2D" for kind in kinds),
            up_block_types=tuple(f"{'CrossAttn' * (kind == 'C')}UpBlock2D" for kind in reversed(kinds)),
        )  # fmt: skip
    named = [
        name
        for name, module in network.named_modules()
        if isinstance(module, torch.nn.Linear | torch.nn.Conv2d)
    ]
    return {"unet": named, "text_encoder": ["text_model.encoder.layers.0.mlp.fc1"]}


@pytest.mark.parametrize(
    ("kinds", "preset", "acting"),
    [
        ("CCCD", "INS", ["text", "down_blocks.0.0", "down_blocks.0.1", "down_blocks.1.0"]),
        ("CCCD", "OUTD", ["text", "up_blocks.1.0", "up_blocks.1.1", "up_blocks.1.2", "up_blocks.2.0"]),
        ("CCCD", "MID", ["mid_block.0"]),
        ("DCC", "INS", ["text", "down_blocks.1.0"]),
        ("DCC", "IND", ["text", "down_blocks.1.1", "down_blocks.2.0", "down_blocks.2.1"]),
        ("DCC", "OUTD", ["text", "up_blocks.1.0", "up_blocks.1.1", "up_blocks.1.2"]),
        ("DCC", "OUTS", ["text"]),
    ],
)
def test_presets_mean_the_numbered_blocks_of_the_model_at_hand(kinds: str, preset: str, acting: list[str]):
    """As A1111 counts them: input block 4 is the third that attends in SD, and the first in SDXL."""
    base = unet_layers(kinds, 1)
    blocks = in_model({preset: 1.0}, base)
    check_known(blocks, base, "this")
    found = {
        "text" if part == "text_encoder" else name.split(".transformer_blocks")[0].replace(".attentions", "")
        for part, names in base.items() for name in names
        if ("transformer_blocks" in name or part == "text_encoder") and share_of((part, name), blocks) == 1
    }  # fmt: skip
    assert found == set(acting)
    assert {share_of((part, name), blocks) for part, names in base.items() for name in names} == {0, 1}
    halved = in_model({preset: 0.5, "mid_block": 0.25}, base)
    assert halved["mid_block"] == 0.25 and set(halved.values()) <= {0, 0.25, 0.5}


@pytest.mark.parametrize("kinds", ["CCCD", "DCC"])
def test_lists_are_of_the_numbered_blocks_too_whatever_model_they_were_written_for(kinds: str):
    base = unet_layers(kinds, 1)
    first = {"CCCD": "down_blocks.1", "DCC": "down_blocks.1"}[kinds] + ".attentions.0.transformer_blocks.0.q"
    for count, names in COUNTED.items():
        (mark,) = lora_marks(f"<lora:a:lbw={','.join('-0.5' if one == 'IN04' else '1' for one in names)}>")
        blocks = in_model(mark.blocks, base)
        check_known(blocks, base, "this")
        assert share_of(("unet", first), blocks) == -0.5, count
        assert share_of(("unet", "mid_block.attentions.0"), blocks) == 1
        assert share_of(("unet", "conv_in"), blocks) == (count in (20, 26)), "what stands in no list is 0"
    halved = in_model({TEXT: 0.5, DENOISER: 0.25, "INS": 1}, base)
    assert halved[TEXT] == 0.5 and set(halved.values()) == {0.5, 0.25, 0}
    assert set(in_model({DENOISER: 0, "INS": 1, TEXT: 2}, base).values()) == {2, 0}


def test_a_preset_of_a_model_without_such_blocks_is_named():
    base = {"transformer": ["blocks.0.q"]}
    with pytest.raises(BadRequest, match=r"'INS', which FLUX does not have; it has blocks"):
        check_known(in_model({"INS": 1.0}, base), base, "FLUX")


def test_a_preset_is_told_in_the_recipe_by_its_blocks(base, lora, models, monkeypatch):
    monkeypatch.setitem(ATTENDING, 2, ((1,), (2,)))  # the tiny model has two levels
    said = ask(base, prompt="a dog <lora:lora:0.8:lbw=MID>")
    (use,) = made(said, Models(Catalog([lora.parent]), "cpu")).recipe.learnt
    assert use.blocks == {TEXT: 0.0, DENOISER: 0.0, "mid_block": 1.0}


def test_the_longest_name_decides_and_neighbours_may_be_named_at_once():
    layer = ("transformer", "transformer_blocks.4.attn.to_q")
    blocks = {DENOISER: 0.1, "transformer_blocks.2-5": 0.2, "transformer_blocks.4": 0.3}
    assert share_of(layer, blocks) == 0.3
    assert share_of(layer, {DENOISER: 0.1, "transformer_blocks.2-5": 0.2}) == 0.2
    assert share_of(layer, {DENOISER: 0.1, "transformer_blocks.5-9": 0.2, "transformer_block": 0.9}) == 0.1
    assert share_of(layer, {TEXT: 0.5}) == 1.0
    assert share_of(("text_encoder_2", "layers.0.q"), {TEXT: 0.5, "text_encoder_2.layers.0": 0.6}) == 0.6
    many = [("transformer", f"blocks.{at}.attn") for at in range(38)] + [("transformer", "x_embedder")]
    assert groups_of(many) == ("blocks.0-9", "blocks.10-19", "blocks.20-29", "blocks.30-37", "x_embedder")
    check_known({TEXT: 1, "blocks.30-50": 1}, {"transformer": [name for _, name in many]}, "this")


def test_other_kinds_act_in_part_too(tmp_path):
    """LoHa: what it adds in a block of half strength is half of it."""
    shapes = {"unet": {"mid_block.to_q": (8, 8), "up_blocks.0.to_q": (8, 8)}}
    ends = ("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b")
    state = {
        f"lora_unet_{layer}.{end}": torch.randn(*((8, 2) if end.endswith("a") else (2, 8)))
        for layer in ("mid_block_to_q", "up_blocks_0_to_q") for end in ends
    }  # fmt: skip
    save_file(state, tmp_path / "loha.safetensors")
    file = read_header(tmp_path / "loha.safetensors")
    found = layers_of(file, shapes, "this")
    whole = read_changes(file, found, torch.float32)["unet"]
    half = read_changes(file, found, torch.float32, {"mid_block": 0.5})["unet"]
    network, inputs = torch.nn.Linear(8, 8), torch.randn(3, 8)

    def said(changes, layer) -> torch.Tensor:
        assert isinstance(changes[layer], OtherChange)
        return changes[layer].said(network, inputs)

    assert torch.allclose(said(half, "mid_block.to_q"), said(whole, "mid_block.to_q") / 2)
    assert torch.equal(said(half, "up_blocks.0.to_q"), said(whole, "up_blocks.0.to_q"))


def test_the_command_line_takes_it_behind_the_weight():
    assert read_lora("ink:0.8:up.1=0.5,mid=0") == Lora("ink", 0.8, {"up_blocks.1": 0.5, "mid_block": 0})
    assert read_lora("C:/ink.safetensors:text=0.5") == Lora("C:/ink.safetensors", 1.0, {TEXT: 0.5})
    assert read_lora("ink:0.8:lbw=INS,mid=0.5") == Lora("ink", 0.8, {"INS": 1, "mid_block": 0.5})
    with pytest.raises(BadRequest, match="'up'"):
        read_lora("ink:0.8:mid=1,up")
    assert read_blocks(blocks_text(BLOCKS)) == BLOCKS
