"""Tiny IP-Adapters and image encoders: real classes and names, random weights, saved as makers do."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import torch
import transformers
from safetensors.torch import save_file

ENCODER_WIDTH, PIECE_WIDTH, PIECES = 16, 24, 17
Variant = Literal["plain", "plus", "face"]


def tiny_encoder(*, seed: int = 0, width: int = ENCODER_WIDTH) -> transformers.CLIPVisionModelWithProjection:
    """Looks at 32 x 32 pixels in 16 pieces."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return transformers.CLIPVisionModelWithProjection(
            transformers.CLIPVisionConfig(
                hidden_size=PIECE_WIDTH, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
                image_size=32, patch_size=8, projection_dim=width,
            )
        )  # fmt: skip


def tiny_adapter(
    unet: Any, *, seed: int = 0, variant: Variant = "plain", width: int = ENCODER_WIDTH, level: float = 0.5
) -> dict[str, torch.Tensor]:
    """The tensors of an IP-Adapter for `unet`, by the names of tencent-ailab's code."""
    generator = torch.Generator().manual_seed(seed)

    def weights(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator) * level

    text = unet.config.cross_attention_dim
    state = {
        f"image_proj.{name}": tensor for name, tensor in _projection(variant, text, width, weights).items()
    }
    number = 1
    for name in unet.attn_processors:
        if not name.endswith("attn2.processor"):
            continue
        inside = unet.get_submodule(name.removesuffix(".processor")).to_k.weight.shape[0]
        state[f"ip_adapter.{number}.to_k_ip.weight"] = weights(inside, text)
        state[f"ip_adapter.{number}.to_v_ip.weight"] = weights(inside, text)
        number += 2
    return state


def _projection(variant: Variant, text: int, width: int, weights: Any) -> dict[str, torch.Tensor]:
    if variant == "plain":
        return {
            "proj.weight": weights(4 * text, width), "proj.bias": weights(4 * text),
            "norm.weight": 1 + weights(text), "norm.bias": weights(text),
        }  # fmt: skip
    if variant == "face":
        return {
            "proj.0.weight": weights(PIECE_WIDTH, PIECE_WIDTH), "proj.0.bias": weights(PIECE_WIDTH),
            "proj.2.weight": weights(text, PIECE_WIDTH), "proj.2.bias": weights(text),
            "proj.3.weight": 1 + weights(text), "proj.3.bias": weights(text),
        }  # fmt: skip
    inside = 64
    state = {
        "latents": weights(1, 4, inside), "proj_in.weight": weights(inside, PIECE_WIDTH),
        "proj_in.bias": weights(inside), "proj_out.weight": weights(text, inside),
        "proj_out.bias": weights(text), "norm_out.weight": 1 + weights(text), "norm_out.bias": weights(text),
    }  # fmt: skip
    for layer in range(4):
        for name, shape in {
            "0.norm1.weight": (inside,), "0.norm1.bias": (inside,), "0.norm2.weight": (inside,),
            "0.norm2.bias": (inside,), "0.to_q.weight": (inside, inside),
            "0.to_kv.weight": (2 * inside, inside),
            "0.to_out.weight": (inside, inside), "1.0.weight": (inside,), "1.0.bias": (inside,),
            "1.1.weight": (4 * inside, inside), "1.3.weight": (inside, 4 * inside),
        }.items():  # fmt: skip
            state[f"layers.{layer}.{name}"] = weights(*shape) * 0.2
    return state


def save_adapter(path: Path, state: dict[str, torch.Tensor], metadata: dict[str, str] | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, path, metadata)
    return path
