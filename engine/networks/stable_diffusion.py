"""Networks of the Stable Diffusion architecture from configurations that strangers wrote.

Only the fields named here are read, each within bounds; the weights decide, the configuration only confirms.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from engine.api.errors import UnsupportedModel
from engine.api.form import Json

_SMALL = 64
_WIDE = 16_384

BOUNDS: dict[str, int] = {
    "in_channels": 512, "out_channels": 512, "latent_channels": 512, "sample_size": 4096,
    "block_out_channels": _WIDE, "layers_per_block": 16, "transformer_layers_per_block": 32,
    "reverse_transformer_layers_per_block": 32, "attention_head_dim": 1024, "num_attention_heads": 1024,
    "cross_attention_dim": _WIDE, "norm_num_groups": 1024, "addition_embed_type_num_heads": 1024,
    "addition_time_embed_dim": 4096, "projection_class_embeddings_input_dim": _WIDE,
    "downsample_padding": 8, "conv_in_kernel": 15, "conv_out_kernel": 15, "time_embedding_dim": _WIDE,
    "time_cond_proj_dim": _WIDE, "mid_block_scale_factor": 1000, "resnet_out_scale_factor": 1000,
    "freq_shift": 1, "norm_eps": 1, "dropout": 1, "scaling_factor": 1000, "shift_factor": 1000,
    "conditioning_channels": 512, "conditioning_embedding_out_channels": _WIDE, "channels": _WIDE,
    "num_res_blocks": 16, "downscale_factor": 64,
    "latents_mean": 1000, "latents_std": 1000,
    "vocab_size": 1 << 20, "hidden_size": _WIDE, "intermediate_size": 4 * _WIDE, "num_hidden_layers": _SMALL,
    "image_size": 4096, "embed_dim_per_stage": _WIDE, "num_attention_heads_per_stage": 1024,
    "backbone_channel_list": _WIDE, "backbone_feature_sizes": 1024, "fpn_hidden_size": _WIDE,
    "mlp_dim": 4 * _WIDE, "iou_head_hidden_dim": _WIDE, "mask_input_channels": 512,
    "max_position_embeddings": 4096, "layer_norm_eps": 1, "bos_token_id": 1 << 20,
    "eos_token_id": 1 << 20, "pad_token_id": 1 << 20, "projection_dim": _WIDE,
}  # fmt: skip
"""Largest magnitude of each number, also inside lists."""

LONGEST_LIST = 512

UNET_FIELDS = (
    "sample_size", "in_channels", "out_channels", "flip_sin_to_cos", "freq_shift", "down_block_types",
    "mid_block_type", "up_block_types", "only_cross_attention", "block_out_channels", "layers_per_block",
    "downsample_padding", "mid_block_scale_factor", "dropout", "act_fn", "norm_num_groups", "norm_eps",
    "cross_attention_dim", "transformer_layers_per_block", "reverse_transformer_layers_per_block",
    "attention_head_dim", "num_attention_heads", "dual_cross_attention", "use_linear_projection",
    "upcast_attention", "resnet_time_scale_shift", "resnet_out_scale_factor", "resnet_skip_time_act",
    "time_embedding_type", "time_embedding_dim", "time_embedding_act_fn", "timestep_post_act",
    "time_cond_proj_dim", "conv_in_kernel", "conv_out_kernel", "mid_block_only_cross_attention",
    "cross_attention_norm", "addition_embed_type", "addition_embed_type_num_heads", "attention_type",
)  # fmt: skip
VAE_FIELDS = (
    "in_channels", "out_channels", "down_block_types", "up_block_types", "block_out_channels",
    "layers_per_block", "act_fn", "latent_channels", "norm_num_groups", "sample_size", "scaling_factor",
    "shift_factor", "latents_mean", "latents_std", "force_upcast", "use_quant_conv", "use_post_quant_conv",
    "mid_block_add_attention",
)  # fmt: skip
TEXT_FIELDS = (
    "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
    "max_position_embeddings", "hidden_act", "layer_norm_eps", "bos_token_id", "eos_token_id",
    "pad_token_id", "projection_dim",
)  # fmt: skip

ACTIVATIONS = ("quick_gelu", "gelu", "silu", "relu", "gelu_new")


def checked_config(config: Mapping[str, Json], fields: tuple[str, ...], what: str) -> dict[str, Any]:
    """The known `fields` of `config`; raises `UnsupportedModel` where one is out of bounds."""
    known = {name: config[name] for name in fields if name in config}
    for name, value in known.items():
        _check_value(name, value, what)
    return known


def _check_value(name: str, value: Json, what: str) -> None:
    if isinstance(value, list):
        if len(value) > LONGEST_LIST or any(isinstance(item, dict) for item in value):
            raise _unusable(what, name, value)
        for item in value:
            _check_value(name, item, what)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        if not math.isfinite(value) or abs(value) > BOUNDS.get(name, _SMALL):
            raise _unusable(what, name, value)
        if value < 0 and name not in ("latents_mean", "shift_factor"):
            raise _unusable(what, name, value)
    elif isinstance(value, dict) or (isinstance(value, str) and len(value) > 100):
        raise _unusable(what, name, value)


def _unusable(what: str, name: str, value: Json) -> UnsupportedModel:
    return UnsupportedModel(
        f"The {what} is not a usable model: its configuration says {name} = {str(value)[:60]}. "
        "Get the model again from its source."
    )


def whole(config: Mapping[str, Json], name: str, default: int | None = None) -> int:
    """The whole number `name` of a configuration; raises `UnsupportedModel` where it is none."""
    value = config.get(name, default)
    if type(value) is not int:
        raise _unusable("configuration", name, value)
    return value


def make_unet(config: Mapping[str, Json]) -> Any:
    """A `UNet2DConditionModel`; call inside `weights.build_empty`."""
    from diffusers import UNet2DConditionModel  # imports torch

    return UNet2DConditionModel(**checked_config(config, UNET_FIELDS, "unet"))


def make_vae(config: Mapping[str, Json]) -> Any:
    """An `AutoencoderKL`; call inside `weights.build_empty`."""
    from diffusers import AutoencoderKL  # imports torch

    return AutoencoderKL(**checked_config(config, VAE_FIELDS, "vae"))


def make_text_encoder(config: Mapping[str, Json]) -> Any:
    """A `CLIPTextModel`; call inside `weights.build_empty`."""
    from transformers import CLIPTextConfig, CLIPTextModel  # imports torch

    return CLIPTextModel(CLIPTextConfig(**checked_config(config, TEXT_FIELDS, "text encoder")))


def check_networks(configs: Mapping[str, Mapping[str, Json]]) -> None:
    """The torch-free half of the check: every field in bounds, blocks and widths of equal number."""
    unet = checked_config(configs["unet"], UNET_FIELDS, "unet")
    vae = checked_config(configs["vae"], VAE_FIELDS, "vae")
    text = checked_config(configs["text_encoder"], TEXT_FIELDS, "text encoder")
    for what, config in (("unet", unet), ("vae", vae)):
        widths = config.get("block_out_channels", [])
        if not isinstance(widths, list) or not 1 <= len(widths) <= 8:
            raise _unusable(what, "block_out_channels", str(widths))
        for name in ("down_block_types", "up_block_types"):
            if isinstance(config.get(name), list) and len(config[name]) != len(widths):
                raise _unusable(what, name, str(config[name]))
    if text.get("hidden_act", "quick_gelu") not in ACTIVATIONS:
        raise _unusable("text encoder", "hidden_act", str(text.get("hidden_act")))
