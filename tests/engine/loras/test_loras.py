"""LoRAs on every family: three layouts, the same picture; the base as it was when they are taken off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from tiny_families import FAMILIES, tiny_folder
from tiny_other import OTHERS

from engine.api.control import Control
from engine.api.errors import UnsupportedModel
from engine.api.events import ImageReady
from engine.api.learnt import Lora
from engine.api.request import GenerationRequest
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.models.named.learnt import learnt_of
from engine.tasks import run

WORN = (
    "sdxl",
    "flux-dev",
    "sd3",
    "qwen-image",
    "z-image",
    "pixart",
    "sana",
    "lumina2",
    "chroma",
    "flux2-klein",
)
"""Entries whose families wear LoRAs."""
RANK, ALPHA = 2, 4.0

Q_K_V = ("to_q", "to_k", "to_v")
BLOCK = tuple(f"transformer_blocks.0.attn.{word}" for word in Q_K_V)
SINGLE = tuple(f"single_transformer_blocks.0.attn.{word}" for word in Q_K_V)
FUSED: dict[str, list[tuple[str, tuple[str, ...]]]] = {
    "flux-dev": [
        ("double_blocks.0.img_attn.qkv", BLOCK),
        ("single_blocks.0.linear1", (*SINGLE, "single_transformer_blocks.0.proj_mlp")),
        ("double_blocks.0.txt_mlp.0", ("transformer_blocks.0.ff_context.net.0.proj",)),
    ],
    "chroma": [("double_blocks.0.img_attn.qkv", BLOCK)],
    "flux2-klein": [
        ("double_blocks.0.img_attn.qkv", BLOCK),
        ("single_blocks.0.linear1", ("single_transformer_blocks.0.attn.to_qkv_mlp_proj",)),
    ],
    "sd3": [("joint_blocks.0.x_block.attn.qkv", BLOCK)],
    "z-image": [
        ("layers.0.attention.qkv", tuple(f"layers.0.attention.{word}" for word in Q_K_V)),
        ("layers.0.attention.out", ("layers.0.attention.to_out.0",)),
    ],
    "lumina2": [("layers.0.attention.qkv", tuple(f"layers.0.attn.{word}" for word in Q_K_V))],
    "sdxl": [
        ("input_blocks.3.1.transformer_blocks.0.attn2.to_k",
         ("down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k",)),
    ],
}  # fmt: skip
"""By entry: layers of the makers' code, and the class's layers that are its rows in turn."""

UNSEEN = Control(wants_previews=False)
"""Fitting a preview to each VAE takes longer than all else."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("families")
    return {name: tiny_folder(name, root / name) for name in WORN}


@pytest.fixture(scope="module")
def models() -> Models:
    return Models(Catalog(), "cpu")


def ask(folder: Path, models: Models, *loras: tuple[Path, float]) -> GenerationRequest:
    info = models.catalog.find(str(folder))
    own = info.defaults.sampling
    request = info.request("a dog", width=64, height=64, sampling=replace(own, steps=2, seed=7))
    return replace(request, loras=tuple(Lora(str(path), weight) for path, weight in loras))


def pixels_of(request: GenerationRequest, models: Models) -> np.ndarray:
    (made,) = [event for event in run(request, models, UNSEEN) if isinstance(event, ImageReady)]
    return made.pixels


def change(
    layers: Mapping[str, tuple[int, ...]], names: tuple[str, ...], seed: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """One change to `names` at once: down, and up with the rows of each in turn."""
    generator = torch.Generator().manual_seed(seed)
    rows, columns = sum(layers[name][0] for name in names), layers[names[0]][1]
    return (
        torch.randn(RANK, columns, generator=generator),
        torch.randn(rows, RANK, generator=generator),
    )


def written(name: str, layout: str, layers: Mapping[str, tuple[int, ...]], part: str, path: Path) -> Path:
    """A LoRA for the layers of `FUSED`, or for the first that attend, in that layout."""
    wanted = FUSED.get(name) or [(first, (first,)) for first in attending(layers)]
    tensors: dict[str, torch.Tensor] = {}
    for number, (makers, names) in enumerate(wanted):
        down, up = change(layers, names, number)
        if layout == "makers":
            tensors |= kohya(f"lora_unet_{makers.replace('.', '_')}", down, up)
            continue
        start = 0
        for layer in names:
            rows = up[start : start + layers[layer][0]]
            start += layers[layer][0]
            if layout == "kohya":
                prefix = "lora_unet_" if part == "unet" else "lora_transformer_"
                tensors |= kohya(prefix + layer.replace(".", "_"), down, rows)
            else:  # PEFT has no alpha: it is in the numbers
                tensors[f"{part}.{layer}.lora_A.weight"] = down
                tensors[f"{part}.{layer}.lora_B.weight"] = rows * (ALPHA / RANK)
    save_file({key: tensor.contiguous().clone() for key, tensor in tensors.items()}, path)
    return path


def kohya(stem: str, down: torch.Tensor, up: torch.Tensor) -> dict[str, torch.Tensor]:
    return {
        f"{stem}.lora_down.weight": down, f"{stem}.lora_up.weight": up, f"{stem}.alpha": torch.tensor(ALPHA),
    }  # fmt: skip


def attending(layers: Mapping[str, tuple[int, ...]]) -> list[str]:
    return [name for name in layers if name.endswith(("to_q", "to_v")) and len(layers[name]) == 2][:4]


def layers_of(network: Any) -> dict[str, tuple[int, ...]]:
    return {
        name: tuple(module.weight.shape)
        for name, module in network.named_modules()
        if isinstance(module, torch.nn.Linear)
    }


@pytest.mark.parametrize("name", WORN)
def test_three_layouts_make_one_picture_and_leave_the_base_as_it_was(name, folders, models, tmp_path):
    plain = ask(folders[name], models)
    before = pixels_of(plain, models)
    loaded = models.load(models.catalog.find(str(folders[name])), torch.float32)
    kept = {key: tensor.clone() for key, tensor in loaded.denoiser.state_dict().items()}
    layers, part = layers_of(loaded.denoiser), loaded.denoiser_part
    layouts = ("peft", "kohya", *(("makers",) if name in FUSED else ()))
    made = {}
    for layout in layouts:
        lora = written(name, layout, layers, part, tmp_path / f"{layout}.safetensors")
        made[layout] = pixels_of(ask(folders[name], models, (lora, 0.5)), models)
        assert not np.array_equal(made[layout], before)
        assert np.abs(made[layout].astype(int) - made["kohya" if "kohya" in made else layout]).max() <= 1
    both = ask(folders[name], models, *((tmp_path / f"{layout}.safetensors", 0.25) for layout in layouts[:2]))
    assert np.abs(pixels_of(both, models).astype(int) - made["kohya"]).max() <= 1
    assert np.array_equal(pixels_of(plain, models), before)
    assert models.load(models.catalog.find(str(folders[name])), torch.float32) is loaded
    now = loaded.denoiser.state_dict()
    assert now.keys() == kept.keys() and all(torch.equal(now[key], kept[key]) for key in kept)


@pytest.mark.parametrize(("name", "other"), [
    ("flux-dev", "sdxl"), ("sdxl", "flux-dev"), ("sd3", "flux-dev"), ("z-image", "lumina2"),
    ("chroma", "sd3"), ("qwen-image", "z-image"), ("flux2-klein", "flux-dev"),
])  # fmt: skip
def test_a_lora_of_another_base_is_named_and_the_rest_goes_on(name, other, folders, models, tmp_path):
    loaded = models.load(models.catalog.find(str(folders[other])), torch.float32)
    layout = "makers" if other in FUSED else "peft"
    layers = layers_of(loaded.denoiser)
    lora = written(other, layout, layers, loaded.denoiser_part, tmp_path / "other.safetensors")
    with pytest.raises(UnsupportedModel, match="is a LoRA for another model than") as refused:
        list(run(ask(folders[name], models, (lora, 1.0)), models))
    assert refused.value.data["problem"] == "other_base"
    assert pixels_of(ask(folders[name], models), models).std() > 1


CLIP_LAYER = "text_model.encoder.layers.0.self_attn.v_proj"
T5_LAYER = "encoder.block.0.layer.0.SelfAttention.v"


@pytest.mark.parametrize(
    ("name", "part", "stem"),
    [
        ("sdxl", "text_encoder", "lora_te1_" + CLIP_LAYER.replace(".", "_")),
        ("sdxl", "text_encoder_2", "lora_te2_" + CLIP_LAYER.replace(".", "_")),
        ("flux-dev", "text_encoder", "lora_te1_" + CLIP_LAYER.replace(".", "_")),
        ("flux-dev", "text_encoder_2", "lora_te3_" + T5_LAYER.replace(".", "_")),
        ("sd3", "text_encoder_2", f"text_encoders.clip_g.transformer.{CLIP_LAYER}"),
        ("sd3", "text_encoder_3", f"text_encoders.t5xxl.transformer.{T5_LAYER}"),
    ],
)
def test_a_lora_of_a_text_encoder_changes_what_it_reads(name, part, stem, folders, models, tmp_path):
    plain = ask(folders[name], models)
    before = pixels_of(plain, models)
    lora = tmp_path / "words.safetensors"
    rows = 16 if "SelfAttention" in stem else 32
    save_file(kohya(stem, 4 * torch.randn(RANK, 32), 4 * torch.randn(rows, RANK)), lora)
    wearing = ask(folders[name], models, (lora, 1.0))
    (found,) = learnt_of(wearing, models.catalog.find(wearing.model), models.catalog).loras
    assert {layer.part for layer in found.layers} == {part}
    assert not np.array_equal(pixels_of(wearing, models), before)
    assert np.array_equal(pixels_of(plain, models), before)


def test_every_family_that_diffusers_gives_loras_wears_them():
    from engine.families.registry import families

    elsewhere = {
        "stable_diffusion", "flux3", "anima", "sana_sprint", "kolors", "glm_image", "deepfloyd_if",
        "stable_unclip", "wuerstchen", "amused", "vq_diffusion", "qwen_image_layered", "visualcloze",
        "alt_diffusion", "hunyuan_refiner", *OTHERS,
    }  # fmt: skip
    wear = {family.id for family in families().values() if family.lora_targets}
    assert {FAMILIES[name][1] for name in WORN} == wear - elsewhere and elsewhere <= wear


@pytest.mark.parametrize("fault", ["half", "nan", "rank"])
def test_a_broken_lora_is_named(fault, folders, models, tmp_path):
    loaded = models.load(models.catalog.find(str(folders["flux-dev"])), torch.float32)
    layers = layers_of(loaded.denoiser)
    layer = "transformer_blocks.0.attn.to_q"
    down, up = change(layers, (layer,), 0)
    tensors = kohya("lora_unet_double_blocks_0_img_attn_qkv", down, torch.cat([up] * 3))
    match fault:
        case "half":
            tensors = {key: tensor for key, tensor in tensors.items() if "lora_up" not in key}
        case "nan":
            tensors = {key: tensor * float("nan") for key, tensor in tensors.items()}
        case "rank":
            tensors["lora_unet_double_blocks_0_img_attn_qkv.lora_up.weight"] = torch.cat([up] * 2)
    lora = tmp_path / "broken.safetensors"
    save_file(tensors, lora)
    with pytest.raises(Exception, match=r"broken\.safetensors"):
        list(run(ask(folders["flux-dev"], models, (lora, 1.0)), models))
