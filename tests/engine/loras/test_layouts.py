"""LoRAs as trainers write them: under every name the same change, which is what diffusers reads in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import tiny_families
import tiny_further
import tiny_other
import torch
from diffusers.loaders import lora_conversion_utils as theirs
from safetensors.torch import save_file

from engine.loras.lora import LayerChange, read_changes
from engine.loras.makers import FURTHER
from engine.loras.names import has_lora_names, largest_rank, layers_of
from engine.models.headers.files import read_header

RANK, ALPHA = 2, 4.0
_PARTS = ("q_proj", "k_proj", "v_proj", "attn_out", "mlp_in", "mlp_out")
_KREA2 = tuple(
    f"{block}.0.{layer}"
    for block in ("blocks", "txtfusion.layerwise_blocks", "txtfusion.refiner_blocks")
    for layer in (
        "attn.wq", "attn.wk", "attn.wv", "attn.wo", "attn.gate", "mlp.gate", "mlp.up", "mlp.down",
    )
)  # fmt: skip
_ANIMA = tuple(
    f"blocks.0.{layer}"
    for layer in (
        *(f"adaln_modulation_{what}.{n}" for what in ("self_attn", "cross_attn", "mlp") for n in (1, 2)),
        *(f"{what}_attn.{x}_proj" for what in ("self", "cross") for x in ("q", "k", "v", "output")),
        "mlp.layer1", "mlp.layer2",
    )
)  # fmt: skip
_XLABS = tuple(
    f"double_blocks.0.processor.{layer}" for layer in ("qkv_lora1", "qkv_lora2", "proj_lora1", "proj_lora2")
)
MAKERS: dict[str, tuple[Callable[[], Any], str, tuple[str, ...], Callable[[Any], Any]]] = {
    "krea2": (
        tiny_other.krea2, "diffusion_model.{}",
        (*_KREA2, "first", "last.linear", "tmlp.0", "tmlp.2", "tproj.1", "txtmlp.1", "txtmlp.3",
         "txtfusion.projector"),
        theirs._convert_non_diffusers_krea2_lora_to_diffusers,
    ),
    "ideogram4": (
        tiny_further.ideogram4, "conditional_transformer.{}",
        ("layers.0.attention.qkv", "layers.0.attention.o", "layers.0.feed_forward.w1",
         "layers.0.adaln_modulation"),
        theirs._convert_non_diffusers_ideogram4_lora_to_diffusers,
    ),
    "flux3": (
        tiny_other.flux3, "diffusion_model.{}",
        tuple(f"{block}.0.{part}" for part in _PARTS
              for block in ("content_mode_blocks.image", "txt_mode_blocks", "single_blocks")),
        theirs._convert_non_diffusers_flux3_lora_to_diffusers,
    ),
    "anima": (
        tiny_other.anima, "diffusion_model.{}",
        (*_ANIMA, "final_layer.adaln_modulation.1", "final_layer.adaln_modulation.2", "final_layer.linear",
         "t_embedder.1.linear_1", "x_embedder.proj.1"),
        theirs._convert_non_diffusers_anima_lora_to_diffusers,
    ),
    "flux1": (
        tiny_families.flux_dev, "{}",
        (*_XLABS, "single_blocks.0.processor.qkv_lora", "single_blocks.0.processor.proj_lora"),
        theirs._convert_xlabs_flux_lora_to_diffusers,
    ),
}  # fmt: skip
"""By family: a model, what stands before its makers' names, all kinds of those, and who reads them."""


def layers(network: Any) -> dict[str, tuple[int, ...]]:
    return {
        name: tuple(module.weight.shape)
        for name, module in network.named_modules()
        if isinstance(module, torch.nn.Linear)
    }


def two(name: str, is_xlabs: bool = False) -> tuple[str, str]:
    return tuple(f"{name}.{side}.weight" for side in (("down", "up") if is_xlabs else ("lora_A", "lora_B")))  # type: ignore[return-value]


def deltas(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """By layer what a state in PEFT's names adds to the weight."""
    stems = {name.removesuffix(".lora_A.weight") for name in state if name.endswith(".lora_A.weight")}
    return {
        stem.removeprefix("transformer."): state[f"{stem}.lora_B.weight"] @ state[f"{stem}.lora_A.weight"]
        for stem in stems
    }


def read(path: Path, base: Mapping[str, Any], family: str) -> dict[str, torch.Tensor]:
    file = read_header(path)
    assert has_lora_names(file.tensors) and largest_rank(file) == RANK
    found = layers_of(file, {"transformer": base}, "this", FURTHER.get(family, ()))
    changes = read_changes(file, found, torch.float32)["transformer"]
    return {
        layer: change.up @ change.down * (change.alpha / change.rank)
        for layer, change in changes.items()
        if isinstance(change, LayerChange)
    }


@pytest.mark.parametrize("family", MAKERS)
def test_the_makers_names_are_the_layers_that_diffusers_takes_them_for(family, tmp_path):
    make, prefix, samples, convert = MAKERS[family]
    base = layers(make().transformer)
    state: dict[str, torch.Tensor] = {}
    for sample in samples:
        names = two(prefix.format(sample), is_xlabs=family == "flux1")
        probe = deltas(convert({names[0]: torch.zeros(1, 1), names[1]: torch.zeros(3, 1)}))
        assert probe.keys() <= base.keys()
        sizes = [base[layer] for layer in probe]
        state[names[0]] = torch.randn(RANK, sizes[0][1])
        state[names[1]] = torch.randn(sum(rows for rows, _ in sizes), RANK)
    path = tmp_path / "lora.safetensors"
    save_file(state, path)
    wanted, mine = deltas(convert(dict(state))), read(path, base, family)
    assert mine.keys() == wanted.keys()
    assert all(torch.allclose(mine[layer], wanted[layer], atol=1e-5) for layer in wanted)


PREFIXES = (
    "transformer.{}", "diffusion_model.{}", "model.diffusion_model.{}", "base_model.model.{}", "{}",
)  # fmt: skip
FLAT = ("lora_unet_{}", "lora_transformer_{}", "lycoris_{}")
ENDINGS = {
    "peft": (("lora_A.weight", "lora_B.weight"), False),
    "peft-named": (("lora_A.default.weight", "lora_B.default.weight"), False),
    "kohya": (("lora_down.weight", "lora_up.weight"), True),
    "diffusers": (("lora.down.weight", "lora.up.weight"), False),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_prefix_and_ending_says_the_same(ending, tmp_path):
    base = layers(tiny_families.qwen_image().transformer)
    names = ["transformer_blocks.0.attn.add_k_proj", "transformer_blocks.0.img_mlp.net.0.proj", "img_in"]
    products = {name: (torch.randn(RANK, base[name][1]), torch.randn(base[name][0], RANK)) for name in names}
    (down_ends, up_ends), has_alpha = ENDINGS[ending]
    scale = ALPHA / RANK if has_alpha else 1.0
    for prefix in (*PREFIXES, *FLAT):
        state = {}
        for name, (down, up) in products.items():
            stem = prefix.format(name.replace(".", "_") if prefix in FLAT else name)
            state |= {f"{stem}.{down_ends}": down, f"{stem}.{up_ends}": up}
            state |= {f"{stem}.alpha": torch.tensor(ALPHA)} if has_alpha else {}
        path = tmp_path / "lora.safetensors"
        save_file(state, path)
        mine = read(path, base, "qwen_image")
        assert mine.keys() == products.keys(), prefix
        for name, (down, up) in products.items():
            assert torch.allclose(mine[name], scale * (up @ down), atol=1e-5)
