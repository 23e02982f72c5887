"""The transformers of Stable Diffusion 3, Z-Image, Lumina 2 and Qwen-Image as their makers name them."""

from __future__ import annotations

import math

from engine.api.form import Json
from engine.checkpoints.checkpoint import Kept
from engine.networks.original.rules import Rule, Rules, Tensors, number_of

# Stable Diffusion 3 (Stability-AI/sd3.5: mmditx.py)

SD3_MARKS = ("joint_blocks.0.x_block.attn.qkv.weight", "y_embedder.mlp.0.weight")


def sd3_rules(tensors: Tensors) -> Rules:
    return sd3_table(number_of(tensors, "joint_blocks"))


def sd3_table(blocks: int) -> Rules:
    """Of a network with so many blocks: the last is another than the rest."""
    last = blocks - 1
    block, old = r"transformer_blocks.\1", r"joint_blocks\.(\d+)"
    return (
        Rule(r"pos_embed", "pos_embed.pos_embed"),
        Rule(r"x_embedder\.proj", "pos_embed.proj"),
        Rule(r"t_embedder\.mlp\.0", "time_text_embed.timestep_embedder.linear_1"),
        Rule(r"t_embedder\.mlp\.2", "time_text_embed.timestep_embedder.linear_2"),
        Rule(r"y_embedder\.mlp\.0", "time_text_embed.text_embedder.linear_1"),
        Rule(r"y_embedder\.mlp\.2", "time_text_embed.text_embedder.linear_2"),
        Rule(rf"{old}\.x_block\.(attn2?)\.qkv", tuple(rf"{block}.\2.to_{word}" for word in "qkv")),
        Rule(rf"{old}\.context_block\.attn\.qkv", tuple(f"{block}.attn.add_{word}_proj" for word in "qkv")),
        Rule(rf"{old}\.x_block\.(attn2?)\.ln_([qk])", rf"{block}.\2.norm_\3"),
        Rule(rf"{old}\.context_block\.attn\.ln_([qk])", rf"{block}.attn.norm_added_\2"),
        Rule(rf"{old}\.x_block\.(attn2?)\.proj", rf"{block}.\2.to_out.0"),
        Rule(rf"{old}\.context_block\.attn\.proj", f"{block}.attn.to_add_out"),
        Rule(rf"{old}\.x_block\.adaLN_modulation\.1", f"{block}.norm1.linear"),
        # what comes after the last block reads the context no more: it is only normed, scale before shift
        Rule(
            rf"joint_blocks\.{last}\.context_block\.adaLN_modulation\.1",
            f"transformer_blocks.{last}.norm1_context.linear", kept=Kept.SWAPPED,
        ),
        Rule(rf"{old}\.context_block\.adaLN_modulation\.1", f"{block}.norm1_context.linear"),
        Rule(rf"{old}\.x_block\.mlp\.fc1", f"{block}.ff.net.0.proj"),
        Rule(rf"{old}\.x_block\.mlp\.fc2", f"{block}.ff.net.2"),
        Rule(rf"{old}\.context_block\.mlp\.fc1", f"{block}.ff_context.net.0.proj"),
        Rule(rf"{old}\.context_block\.mlp\.fc2", f"{block}.ff_context.net.2"),
        Rule(r"final_layer\.linear", "proj_out"),
        Rule(r"final_layer\.adaLN_modulation\.1", "norm_out.linear", kept=Kept.SWAPPED),
    )  # fmt: skip


def sd3_config(tensors: Tensors) -> dict[str, Json]:
    patch, out = tensors["pos_embed.proj.weight"].shape, tensors["proj_out.weight"].shape[0]
    dual: list[Json] = [
        layer for layer in range(number_of(tensors, "transformer_blocks"))
        if f"transformer_blocks.{layer}.attn2.to_q.weight" in tensors
    ]  # fmt: skip
    return {
        "sample_size": 128,
        "patch_size": patch[-1],
        "in_channels": patch[1],
        "out_channels": out // patch[-1] ** 2,
        "num_layers": number_of(tensors, "transformer_blocks"),
        "attention_head_dim": 64,
        "num_attention_heads": patch[0] // 64,
        "joint_attention_dim": tensors["context_embedder.weight"].shape[1],
        "caption_projection_dim": tensors["context_embedder.weight"].shape[0],
        "pooled_projection_dim": tensors["time_text_embed.text_embedder.linear_1.weight"].shape[1],
        "pos_embed_max_size": math.isqrt(tensors["pos_embed.pos_embed"].shape[1]),
        "dual_attention_layers": dual,
        "qk_norm": "rms_norm" if "transformer_blocks.0.attn.norm_q.weight" in tensors else None,
    }


# Z-Image and Lumina 2, which share most of their code (Alpha-VLLM/Lumina-Image-2.0: models/model.py)

Z_IMAGE_MARKS = ("layers.0.adaLN_modulation.0.weight", "noise_refiner.0.attention.qkv.weight")
Z_IMAGE_RULES = (
    Rule(r"norm_final", ""),
    Rule(r"final_layer\.(.+)", r"all_final_layer.2-1.\1"),
    Rule(r"x_embedder", "all_x_embedder.2-1"),
    Rule(r"(.+)\.attention\.qkv", tuple(rf"\1.attention.to_{word}" for word in "qkv")),
    Rule(r"(.+)\.attention\.out", r"\1.attention.to_out.0"),
    Rule(r"(.+)\.attention\.([qk])_norm", r"\1.attention.norm_\2"),
)


def z_image_config(tensors: Tensors) -> dict[str, Json]:
    width, inside = tensors["all_x_embedder.2-1.weight"].shape
    head = tensors["layers.0.attention.norm_q.weight"].shape[0]
    return {
        "dim": width,
        "in_channels": inside // 4,
        "n_layers": number_of(tensors, "layers"),
        "n_refiner_layers": number_of(tensors, "noise_refiner"),
        "n_heads": width // head,
        "n_kv_heads": tensors["layers.0.attention.to_k.weight"].shape[0] // head,
        "cap_feat_dim": tensors["cap_embedder.0.weight"].shape[0],
        "axes_dims": [32, 48, 48],
        "axes_lens": [1536, 512, 512],
        "norm_eps": 1e-5,
        "qk_norm": True,
        "rope_theta": 256.0,
        "t_scale": 1000.0,
    }


LUMINA2_MARKS = ("layers.0.adaLN_modulation.1.weight", "noise_refiner.0.attention.qkv.weight")


def _lumina2_rows(tensors: Tensors) -> tuple[int, int, int]:
    """Several heads of the query share a key and a value."""
    query = tensors["x_embedder.weight"].shape[0]
    rest = (tensors["layers.0.attention.qkv.weight"].shape[0] - query) // 2
    return query, rest, rest


LUMINA2_RULES = (
    Rule(r"norm_final", ""),
    Rule(r"cap_embedder\.(\d)", r"time_caption_embed.caption_embedder.\1"),
    Rule(r"t_embedder\.mlp\.0", "time_caption_embed.timestep_embedder.linear_1"),
    Rule(r"t_embedder\.mlp\.2", "time_caption_embed.timestep_embedder.linear_2"),
    Rule(r"final_layer\.adaLN_modulation\.1", "norm_out.linear_1"),
    Rule(r"final_layer\.linear", "norm_out.linear_2"),
    Rule(r"(.+)\.attention\.qkv", tuple(rf"\1.attn.to_{word}" for word in "qkv"), _lumina2_rows),
    Rule(r"(.+)\.attention\.out", r"\1.attn.to_out.0"),
    Rule(r"(.+)\.attention\.([qk])_norm", r"\1.attn.norm_\2"),
    Rule(r"(.+)\.feed_forward\.w([123])", r"\1.feed_forward.linear_\2"),
    Rule(r"(.+)\.adaLN_modulation\.1", r"\1.norm1.linear"),
    Rule(r"(context_refiner\.\d+)\.attention_norm([12])", r"\1.norm\2"),
    Rule(r"(.+)\.attention_norm1", r"\1.norm1.norm"),
    Rule(r"(.+)\.attention_norm2", r"\1.norm2"),
)


def lumina2_config(tensors: Tensors) -> dict[str, Json]:
    width, inside = tensors["x_embedder.weight"].shape
    lengths: list[Json] = [300, 512, 512]
    head = tensors["layers.0.attn.norm_q.weight"].shape[0]
    return {
        "sample_size": 128,
        "in_channels": inside // 4,
        "hidden_size": width,
        "num_layers": number_of(tensors, "layers"),
        "num_refiner_layers": number_of(tensors, "noise_refiner"),
        "num_attention_heads": width // head,
        "num_kv_heads": tensors["layers.0.attn.to_k.weight"].shape[0] // head,
        "cap_feat_dim": tensors["time_caption_embed.caption_embedder.1.weight"].shape[1],
        "axes_dim_rope": [head // 3 // 2 * 2 for _ in lengths],
        "axes_lens": lengths,
        "multiple_of": 256,
        "norm_eps": 1e-5,
        "scaling_factor": 1.0,
    }


# Qwen-Image: its makers use diffusers' names

QWEN_LAYERED_MARK = "time_text_embed.addition_t_embedding.weight"
QWEN_MARKS = ("transformer_blocks.0.img_mod.1.weight", "txt_norm.weight")


def qwen_image_config(tensors: Tensors) -> dict[str, Json]:
    width, inside = tensors["img_in.weight"].shape
    head = tensors["transformer_blocks.0.attn.norm_q.weight"].shape[0]
    return {
        "patch_size": 2,
        "in_channels": inside,
        "out_channels": tensors["proj_out.weight"].shape[0] // 4,
        "num_layers": number_of(tensors, "transformer_blocks"),
        "attention_head_dim": head,
        "num_attention_heads": width // head,
        "joint_attention_dim": tensors["txt_in.weight"].shape[1],
        "guidance_embeds": False,
        "axes_dims_rope": [16, 56, 56],
        "use_additional_t_cond": QWEN_LAYERED_MARK in tensors,
        "use_layer3d_rope": QWEN_LAYERED_MARK in tensors,
    }
