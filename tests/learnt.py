"""LoRAs and embeddings for the tiny networks of `tiny.py`, in the layouts that other programs write."""

from __future__ import annotations

from pathlib import Path

import torch
from original_names import unet_name
from safetensors.torch import save_file

from engine.families.registry import families
from engine.models.assembly.examine import examine

RANK = 2


def lora_state(base: Path, seed: int = 0, ends: tuple[str, ...] = ("to_q", "to_k", "q_proj")) -> dict:
    """Random changes for the layers of `base` whose names end so, by diffusers' names of today."""
    info, checkpoint = examine(base)
    family = families()[info.family]
    generator = torch.Generator().manual_seed(seed)
    state = {}
    for part in ("unet", "text_encoder"):
        for layer, shape in family.layers(checkpoint, part).items():
            if layer.endswith(ends):
                name = f"{part}.{layer}"
                ones = [1] * (len(shape) - 2)
                state[f"{name}.lora_A.weight"] = torch.randn(RANK, *shape[1:], generator=generator) * 0.3
                state[f"{name}.lora_B.weight"] = torch.randn(shape[0], RANK, *ones, generator=generator) * 0.3
    return state


def as_kohya(state: dict, alpha: float) -> dict:
    """The same in Kohya's layout, with its alphas."""
    kohya = {}
    for name, tensor in state.items():
        part, _, rest = name.partition(".")
        layer, _, side = rest.rpartition(".lora_")
        if part == "text_encoder":
            layer = f"text_model.{layer}"
        stem = {"unet": "lora_unet_", "text_encoder": "lora_te_"}[part] + layer.replace(".", "_")
        kohya[f"{stem}.lora_{'down' if side.startswith('A') else 'up'}.weight"] = tensor
        kohya[f"{stem}.alpha"] = torch.tensor(alpha)
    return kohya


def as_original(state: dict, layers: int, attends: list[bool]) -> dict:
    """Kohya's layout on the UNet's original names: `lora_unet_input_blocks_1_1_...`."""
    renamed = {}
    for name, tensor in state.items():
        if name.startswith("unet."):
            layer, _, side = name.removeprefix("unet.").rpartition(".lora_")
            stem = unet_name(f"{layer}.weight", layers, attends).removesuffix(".weight").replace(".", "_")
            renamed[f"lora_unet_{stem}.lora_{'down' if side.startswith('A') else 'up'}.weight"] = tensor
    return renamed


def as_older(state: dict) -> dict:
    """The UNet's part as diffusers 0.17 wrote it: `...attn1.processor.to_q_lora.down.weight`."""
    older = {}
    for name, tensor in state.items():
        if name.startswith("unet."):
            name = name.replace(".to_q.lora_", ".processor.to_q_lora.")
            name = name.replace(".to_k.lora_", ".processor.to_k_lora.")
            older[name.replace("_lora.A.", "_lora.down.").replace("_lora.B.", "_lora.up.")] = tensor
    return older


def save_lora(path: Path, state: dict, metadata: dict[str, str] | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, path, metadata)
    return path


def save_embedding(
    path: Path, word: str = "<zorbi>", vectors: int = 2, width: int = 32, seed: int = 0
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(seed)
    save_file({word: torch.randn(vectors, width, generator=generator)}, path)
    return path
