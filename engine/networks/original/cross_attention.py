"""The transformers of PixArt-Sigma and Sana, which read words by cross-attention, by their makers' names."""

from __future__ import annotations

import math

from engine.api.form import Json
from engine.networks.original.rules import Rule, Rules, Tensors, number_of, renamed

_BLOCK, _OLD = r"transformer_blocks.\1", r"blocks\.(\d+)"


def _shared(time: str) -> Rules:
    """What both have; `time` is what the classes call the embedding of the step."""
    return (
        Rule(r"pos_embed|y_embedder\.y_embedding", ""),  # made anew from the picture's size; the empty prompt
        Rule(r"t_embedder\.mlp\.0", f"{time}.emb.timestep_embedder.linear_1"),
        Rule(r"t_embedder\.mlp\.2", f"{time}.emb.timestep_embedder.linear_2"),
        Rule(r"t_block\.1", f"{time}.linear"),
        Rule(r"y_embedder\.y_proj\.fc([12])", r"caption_projection.linear_\1"),
        Rule(rf"{_OLD}\.scale_shift_table", f"{_BLOCK}.scale_shift_table"),
        Rule(rf"{_OLD}\.attn\.qkv", tuple(f"{_BLOCK}.attn1.to_{word}" for word in "qkv")),
        Rule(rf"{_OLD}\.attn\.proj", f"{_BLOCK}.attn1.to_out.0"),
        Rule(rf"{_OLD}\.attn\.([qk])_norm", rf"{_BLOCK}.attn1.norm_\2"),
        Rule(rf"{_OLD}\.cross_attn\.q_linear", f"{_BLOCK}.attn2.to_q"),
        Rule(rf"{_OLD}\.cross_attn\.kv_linear", tuple(f"{_BLOCK}.attn2.to_{word}" for word in "kv")),
        Rule(rf"{_OLD}\.cross_attn\.proj", f"{_BLOCK}.attn2.to_out.0"),
        Rule(rf"{_OLD}\.cross_attn\.([qk])_norm", rf"{_BLOCK}.attn2.norm_\2"),
        Rule(r"final_layer\.linear", "proj_out"),
        Rule(r"final_layer\.scale_shift_table", "scale_shift_table"),
    )


# PixArt-Sigma (PixArt-alpha/PixArt-sigma: diffusion/model/nets/PixArt.py)

PIXART_MARKS = (
    "y_embedder.y_proj.fc1.weight",
    "blocks.0.cross_attn.kv_linear.weight",
    "blocks.0.mlp.fc1.weight",
)
PIXART_RULES = (
    Rule(r"x_embedder\.proj", "pos_embed.proj"),
    Rule(rf"{_OLD}\.mlp\.fc1", f"{_BLOCK}.ff.net.0.proj"),
    Rule(rf"{_OLD}\.mlp\.fc2", f"{_BLOCK}.ff.net.2"),
    *_shared("adaln_single"),
)  # fmt: skip


def _places(tensors: Tensors) -> int:
    """Along a side, where the makers' table of them is in the file; else 0."""
    table = tensors.get("pos_embed")
    return math.isqrt(table.shape[1]) if table is not None and len(table.shape) == 3 else 0


def pixart_makers_config(tensors: Tensors) -> dict[str, Json]:
    """From the tensors by the makers' names."""
    return pixart_config(renamed(tensors, PIXART_RULES), 2 * _places(tensors) or 128)


def pixart_config(tensors: Tensors, side: int = 128) -> dict[str, Json]:
    """From the tensors by the class's names."""
    patch, out = tensors["pos_embed.proj.weight"].shape, tensors["proj_out.weight"].shape[0]
    head = 72 if patch[0] % 72 == 0 else 8
    return {
        "sample_size": side,
        "patch_size": patch[-1],
        "in_channels": patch[1],
        "out_channels": out // patch[-1] ** 2,
        "num_layers": number_of(tensors, "transformer_blocks"),
        "attention_head_dim": head,
        "num_attention_heads": patch[0] // head,
        "cross_attention_dim": patch[0],
        "caption_channels": tensors["caption_projection.linear_1.weight"].shape[1],
        "attention_bias": True,
        "activation_fn": "gelu-approximate",
        "num_embeds_ada_norm": 1000,
        "norm_type": "ada_norm_single",
        "norm_elementwise_affine": False,
        "norm_eps": 1e-6,
        "use_additional_conditions": False,
    }


# Sana (NVlabs/Sana: diffusion/model/nets/sana_multi_scale.py)

SANA_MARKS = ("attention_y_norm.weight", "blocks.0.cross_attn.q_linear.weight")
SANA_RULES = (
    Rule(r"x_embedder\.proj", "patch_embed.proj"),
    Rule(r"attention_y_norm", "caption_norm"),
    Rule(rf"{_OLD}\.mlp\.inverted_conv\.conv", f"{_BLOCK}.ff.conv_inverted"),
    Rule(rf"{_OLD}\.mlp\.depth_conv\.conv", f"{_BLOCK}.ff.conv_depth"),
    Rule(rf"{_OLD}\.mlp\.point_conv\.conv", f"{_BLOCK}.ff.conv_point"),
    *_shared("time_embed"),
)
SANA_PLACES = {2048 // 32: 1.0, 4096 // 32: 2.0}
"""Only the larger ones are told where in the picture they are: side of the latents to how far apart."""
SANA_HEAD = 32


def sana_makers_config(tensors: Tensors) -> dict[str, Json]:
    """From the tensors by the makers' names."""
    return sana_config(renamed(tensors, SANA_RULES), _places(tensors) or 32)


def sana_config(tensors: Tensors, side: int = 32) -> dict[str, Json]:
    """From the tensors by the class's names."""
    patch = tensors["patch_embed.proj.weight"].shape
    width = patch[0]
    cross = 112 if width % 112 == 0 else 72
    has_norms = "transformer_blocks.0.attn1.norm_q.weight" in tensors
    return {
        "sample_size": side,
        "patch_size": patch[-1],
        "in_channels": patch[1],
        "out_channels": tensors["proj_out.weight"].shape[0] // patch[-1] ** 2,
        "num_layers": number_of(tensors, "transformer_blocks"),
        "attention_head_dim": SANA_HEAD,
        "num_attention_heads": width // SANA_HEAD,
        "cross_attention_head_dim": cross,
        "num_cross_attention_heads": width // cross,
        "cross_attention_dim": width,
        "caption_channels": tensors["caption_projection.linear_1.weight"].shape[1],
        "mlp_ratio": tensors["transformer_blocks.0.ff.conv_inverted.weight"].shape[0] / (2 * width),
        "attention_bias": False,
        "norm_elementwise_affine": False,
        "norm_eps": 1e-6,
        "interpolation_scale": SANA_PLACES.get(side),
        "qk_norm": "rms_norm_across_heads" if has_norms else None,
    }
