"""Tiny folders of models whose own network reads a map, beside those of `tiny_families`.

To add one, add what makes its pipeline to `MAPPED`, with the family that must recognise it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import original_layouts as layouts
import torch
from tiny_families import changed, flux_dev, vae
from tiny_other import cogview4

from engine.api.images import ImageInput


def flux_control() -> Any:
    parts = {name: part for name, part in flux_dev().components.items() if part is not None}
    transformer = changed(parts["transformer"], in_channels=32)
    return diffusers.FluxControlPipeline(**{**parts, "transformer": transformer})


def cogview4_control() -> Any:
    parts = cogview4().components
    transformer = changed(parts["transformer"], in_channels=8)
    return diffusers.CogView4ControlPipeline(**{**parts, "transformer": transformer})


def flux_of_64_channels() -> Any:
    """FLUX.1 dev, tiny but for the channels by which a control LoRA is told."""
    parts = {name: part for name, part in flux_dev().components.items() if part is not None}
    transformer = changed(parts["transformer"], in_channels=64, out_channels=64)
    autoencoder = vae(16, shift_factor=0.1, scaling_factor=0.36)
    return diffusers.FluxPipeline(**{**parts, "transformer": transformer, "vae": autoencoder})


def control_lora(transformer: Any) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """Any control LoRA for `transformer`: under diffusers' names, and the same under its makers'."""
    rank, draw = 4, torch.Generator().manual_seed(3)

    def any_of(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=draw) * 0.2

    ours: dict[str, torch.Tensor] = {}
    rows: dict[str, torch.Tensor] = {}
    downs: dict[str, torch.Tensor] = {}
    shared: dict[str, torch.Tensor] = {}
    for layer, module in transformer.named_modules():
        if layer.rpartition(".")[2].startswith("norm_") and getattr(module, "weight", None) is not None:
            rows[f"{layer}.weight"] = ours[f"transformer.{layer}.weight"] = 1 + any_of(*module.weight.shape)
        if not isinstance(module, torch.nn.Linear):
            continue
        reads = 2 * module.in_features if layer == "x_embedder" else module.in_features
        block = re.sub(r"(attn\.to_[qkv]|proj_mlp)$", "one", re.sub(r"add_[qkv]_proj$", "two", layer))
        down = shared.setdefault(block, any_of(rank, reads))  # the makers' one layer has one
        downs[layer] = down
        rows[f"{layer}.weight"], rows[f"{layer}.bias"] = (
            any_of(module.out_features, rank),
            any_of(module.out_features),
        )
        ours[f"transformer.{layer}.lora_A.weight"] = down.clone()
        ours[f"transformer.{layer}.lora_B.weight"] = rows[f"{layer}.weight"]
        ours[f"transformer.{layer}.lora_B.bias"] = rows[f"{layer}.bias"]
    theirs: dict[str, torch.Tensor] = {}
    wide = {f"{layer}.weight": down for layer, down in downs.items() if layer != "norm_out.linear"}
    for name, down in layouts.flux(wide).items():
        theirs[name.replace(".weight", ".lora_A.weight")] = down[:rank].clone()
    theirs["final_layer.adaLN_modulation.1.lora_A.weight"] = downs["norm_out.linear"]
    for name, row in layouts.flux(rows).items():
        is_norm = name.endswith(".scale")
        theirs[name if is_norm else re.sub(r"\.(weight|bias)$", r".lora_B.\1", name)] = row
    return ours, {name: tensor.contiguous() for name, tensor in theirs.items()}


MAPPED: dict[str, tuple[Callable[[], Any], str]] = {
    "flux1-canny-dev": (flux_control, "flux1"), "cogview4-control": (cogview4_control, "cogview4"),
}  # fmt: skip


def mapped_folder(name: str, folder: Path) -> Path:
    """The diffusers folder of that entry of `MAPPED`."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        MAPPED[name][0]().save_pretrained(folder)
    (folder / "lienzo.json").write_text(json.dumps({"width": 64, "height": 64}))
    return folder


def disc(x: int = 32, y: int = 32, side: int = 64) -> ImageInput:
    """A map: white on black."""
    rows, columns = np.mgrid[0:side, 0:side]
    inside = (columns - x) ** 2 + (rows - y) ** 2 < 400
    return ImageInput.of(np.repeat((inside * 255).astype(np.uint8)[..., None], 3, axis=2), "disc.png")
