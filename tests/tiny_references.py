"""Tiny IP-Adapters and image encoders: real classes and names, random weights, saved as makers do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import diffusers
import torch
import transformers
from diffusers.pipelines.deprecated.paint_by_example.image_encoder import PaintByExampleImageEncoder
from safetensors.torch import save_file
from tiny import tiny_unet, tiny_vae

ENCODER_WIDTH, PIECE_WIDTH, PIECES = 16, 24, 17
Variant = Literal["plain", "plus", "face", "kolors"]


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
    inside, heads = text if variant == "kolors" else 64, 64
    state = {
        "latents": weights(1, 4, inside), "proj_in.weight": weights(inside, PIECE_WIDTH),
        "proj_in.bias": weights(inside), "proj_out.weight": weights(text, inside),
        "proj_out.bias": weights(text), "norm_out.weight": 1 + weights(text), "norm_out.bias": weights(text),
    }  # fmt: skip
    for layer in range(4):
        for name, shape in {
            "0.norm1.weight": (inside,), "0.norm1.bias": (inside,), "0.norm2.weight": (inside,),
            "0.norm2.bias": (inside,), "0.to_q.weight": (heads, inside),
            "0.to_kv.weight": (2 * heads, inside),
            "0.to_out.weight": (inside, heads), "1.0.weight": (inside,), "1.0.bias": (inside,),
            "1.1.weight": (4 * inside, inside), "1.3.weight": (inside, 4 * inside),
        }.items():  # fmt: skip
            state[f"layers.{layer}.{name}"] = weights(*shape) * 0.2
    return state


def tiny_flux_adapter(transformer: Any, *, seed: int = 0) -> dict[str, torch.Tensor]:
    """The tensors of an IP-Adapter for FLUX.1's `transformer`, by the names of XLabs' code."""
    generator = torch.Generator().manual_seed(seed)

    def weights(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator) * 0.5

    text, inside = transformer.config.joint_attention_dim, transformer.inner_dim
    projection = _projection("plain", text, ENCODER_WIDTH, weights)
    state = {f"ip_adapter_proj_model.{name}": tensor for name, tensor in projection.items()}
    for block in range(transformer.config.num_layers):
        for side in "kv":
            name = f"double_blocks.{block}.processor.ip_adapter_double_stream_{side}_proj"
            state |= {f"{name}.weight": weights(inside, text), f"{name}.bias": weights(inside)}
    return state


def tiny_siglip() -> transformers.SiglipVisionModel:
    """Looks at 32 x 32 pixels in 16 pieces."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return transformers.SiglipVisionModel(
            transformers.SiglipVisionConfig(
                hidden_size=PIECE_WIDTH, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
                image_size=32, patch_size=8,
            )
        )  # fmt: skip


def tiny_sd3_adapter(transformer: Any) -> dict[str, torch.Tensor]:
    """The tensors of an IP-Adapter for SD 3's `transformer`, by the names of InstantX's file."""
    from diffusers.models.attention_processor import SD3IPAdapterJointAttnProcessor2_0
    from diffusers.models.embeddings import IPAdapterTimeImageProjection

    inside = transformer.config.attention_head_dim * transformer.config.num_attention_heads
    with torch.random.fork_rng():
        torch.manual_seed(0)
        projection = IPAdapterTimeImageProjection(
            embed_dim=PIECE_WIDTH, output_dim=inside, hidden_dim=64, dim_head=64, heads=1,
            num_queries=4, timestep_in_dim=16,
        ).state_dict()  # fmt: skip
        layers = [
            SD3IPAdapterJointAttnProcessor2_0(
                inside, inside, transformer.config.attention_head_dim, timesteps_emb_dim=64
            ).state_dict()
            for _ in transformer.attn_processors
        ]
    state = {f"image_proj.{_instantx(name)}": tensor for name, tensor in projection.items()}
    for number, layer in enumerate(layers):
        state |= {f"ip_adapter.{number}.{name}": tensor for name, tensor in layer.items()}
    return state


def _instantx(name: str) -> str:
    for ours, theirs in {
        "ln0": "0.norm1", "ln1": "0.norm2", "attn.to_q": "0.to_q", "attn.to_kv": "0.to_kv",
        "attn.to_out.0": "0.to_out", "adaln_norm": "1.0", "ff.net.0.proj": "1.1", "ff.net.2": "1.3",
        "adaln_proj": "2.1",
    }.items():  # fmt: skip
        for layer in range(4):
            name = name.replace(f"layers.{layer}.{ours}", f"layers.{layer}.{theirs}")
    return name


def save_adapter(path: Path, state: dict[str, torch.Tensor], metadata: dict[str, str] | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, path, metadata)
    return path


def tiny_by_example(folder: Path) -> Path:
    """Paint by Example, 64 pixels a side."""
    eyes = transformers.CLIPVisionConfig(
        hidden_size=16, intermediate_size=32, num_hidden_layers=4, num_attention_heads=2, image_size=32,
        patch_size=8, projection_dim=ENCODER_WIDTH,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        encoder = PaintByExampleImageEncoder(eyes)
        torch.nn.init.normal_(encoder.uncond_vector)
        stock: Any = diffusers.PaintByExamplePipeline
        stock(
            vae=tiny_vae(), image_encoder=encoder, safety_checker=None, requires_safety_checker=False,
            unet=tiny_unet(1, text_width=ENCODER_WIDTH, channels=9), scheduler=diffusers.DDIMScheduler(),
            feature_extractor=transformers.CLIPImageProcessorPil(size=32, crop_size=32),
        ).save_pretrained(folder)  # fmt: skip
    index = json.loads((folder / "model_index.json").read_text())
    index["image_encoder"] = ["paint_by_example", "PaintByExampleImageEncoder"]  # as its makers' folder says
    (folder / "model_index.json").write_text(json.dumps(index))
    (folder / "lienzo.json").write_text(json.dumps({"width": 64, "height": 64}))
    return folder
