"""What a ControlNet or T2I-Adapter in one file is: class and configuration, by names and shapes alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import count

from engine.api.errors import UnsupportedModel
from engine.api.form import Json
from engine.checkpoints.checkpoint import WeightFile
from engine.networks.control_xs import XS_FIRST, hint_sizes, xs_sizes
from engine.networks.original.rules import number_of
from engine.networks.original.stable_diffusion import bundle, encoder_sizes

PREFIX = "control_model."
"""Of a ControlNet in the original layout; files that hold nothing else are without it too."""
PLAIN, UNION, ADAPTER = "ControlNetModel", "ControlNetUnionModel", "T2IAdapter"
FLUX, SD3, QWEN = "FluxControlNetModel", "SD3ControlNetModel", "QwenImageControlNetModel"
SANA, HUNYUAN = "SanaControlNetModel", "HunyuanDiT2DControlNetModel"
"""These come as folders, whose configuration says their sizes."""
Z_IMAGE = "ZImageControlNetModel"
XS = "ControlNetXSAdapter"
CONTROLNET_FIELDS = (
    "in_channels", "conditioning_channels", "flip_sin_to_cos", "freq_shift", "down_block_types",
    "mid_block_type", "only_cross_attention", "block_out_channels", "layers_per_block", "downsample_padding",
    "mid_block_scale_factor", "act_fn", "norm_num_groups", "norm_eps", "cross_attention_dim",
    "transformer_layers_per_block", "attention_head_dim", "num_attention_heads", "use_linear_projection",
    "upcast_attention", "resnet_time_scale_shift", "conditioning_embedding_out_channels",
    "addition_embed_type", "addition_embed_type_num_heads", "controlnet_conditioning_channel_order",
    "addition_time_embed_dim", "projection_class_embeddings_input_dim",
)  # fmt: skip
SD2_TEXT = 1024
XL_MARK = "text_time"
"""What SDXL's networks call their further conditions."""
ADAPTER_SCALE, XL_ADAPTER_SCALE = 8, 16
XL_FOLDED = (256, 768)
"""What the first layer of an adapter for SDXL reads: a grey or a coloured picture, folded 16 x 16."""
FLUX_HEAD, FLUX_AXES = 128, (16, 56, 56)
"""Of every FLUX.1 and Qwen-Image there is; shapes do not tell how a head is split."""
SD3_HEAD = 64
"""Numbers in each head of every Stable Diffusion 3 there is."""
Z_FIRST, Z_FOLD = "control_all_x_embedder.2-1", 4
"""The first layer of a network beside Z-Image, which folds 2 x 2 cells."""
Z_LAYERS, Z_REFINERS = 30, 2
"""Layers of every Z-Image there is, over which those of a network beside it are spread evenly."""
Z_UNTAUGHT = "control_noise_refiner.0.before_proj.weight"
"""All zero in 2.0, which was published with layers that it was not taught to use."""
OWN_REFINER, FIRST_LAYERS = "control_noise_refiner", "control_layers"
ADAPTER_LAYERS = 2
"""In each level of an adapter, in every file that there is."""
LIGHT_FIRST, LIGHT = "adapter.body.0.in_conv", "light_adapter"
"""The first layer of a light adapter, which has none before its levels; and diffusers' word for one."""


def config_of(weights: WeightFile) -> tuple[str, Mapping[str, Json], bool] | None:
    """Class, configuration and whether the names are the original's, by names and shapes; None for others."""
    names = weights.tensors
    if XS_FIRST in names:
        return XS, _of_xs(weights), False
    if "controlnet_cond_embedding.conv_in.weight" in names:
        sizes = _controlnet_sizes(weights)
        return (UNION, _union_sizes(weights, sizes), False) if UNION_MARK in names else (PLAIN, sizes, False)
    if "controlnet_x_embedder.weight" in names and "controlnet_blocks.0.weight" in names:
        is_qwen = "img_in.weight" in names
        return QWEN if is_qwen else FLUX, _transformer_sizes(weights, is_qwen), False
    if "pos_embed_input.proj.weight" in names and "controlnet_blocks.0.weight" in names:
        return SD3, _sd3_sizes(weights), False
    if f"{Z_FIRST}.weight" in names and "control_layers.0.before_proj.weight" in names:
        return Z_IMAGE, _z_image_sizes(weights), False
    bare = "input_hint_block.0.weight" in names and "zero_convs.0.0.weight" in names
    if bare or f"{PREFIX}input_hint_block.0.weight" in names:
        return PLAIN, _original_sizes(weights, "" if bare else PREFIX), True
    if f"{LIGHT_FIRST}.weight" in names:
        return ADAPTER, _light_adapter_sizes(weights), False
    for prefix, is_original in (("adapter.", False), ("", True)):
        if f"{prefix}body.0.{'' if is_original else 'resnets.0.'}block1.weight" in names:
            return ADAPTER, _adapter_sizes(weights, prefix, is_original), is_original
    return None


def _of_xs(weights: WeightFile) -> dict[str, Json]:
    try:
        return xs_sizes(weights.tensors)
    except (KeyError, IndexError) as error:
        raise _incomplete(weights, error) from None


def _original_sizes(weights: WeightFile, prefix: str) -> dict[str, Json]:
    tensors = weights.under(prefix)
    try:
        sizes = encoder_sizes(tensors)
        hints = [f"input_hint_block.{number}.weight" for number in range(0, 14, 4)]
        return {
            **_usual(sizes),
            **sizes,
            "conditioning_channels": tensors[hints[0]].shape[1],
            "conditioning_embedding_out_channels": [tensors[name].shape[0] for name in hints],
        }
    except (KeyError, IndexError) as error:
        raise _incomplete(weights, error) from None


def _controlnet_sizes(weights: WeightFile) -> dict[str, Json]:
    """By the names of diffusers' class, for a file without its configuration."""
    tensors = weights.tensors
    try:
        widths: list[Json] = []
        kinds: list[Json] = []
        for level in count():
            first = tensors.get(f"down_blocks.{level}.resnets.0.conv2.weight")
            if first is None:
                break
            widths.append(first.shape[0])
            attends = f"down_blocks.{level}.attentions.0.proj_in.weight" in tensors
            kinds.append("CrossAttnDownBlock2D" if attends else "DownBlock2D")
        layers = sum(f"down_blocks.0.resnets.{layer}.conv2.weight" in tensors for layer in range(16))
        cross = [tensor for name, tensor in tensors.items() if name.endswith("attn2.to_k.weight")]
        middle = tensors.get("mid_block.attentions.0.proj_in.weight")
        embedding = tensors.get("add_embedding.linear_1.weight")
        sizes: dict[str, Json] = {
            "in_channels": tensors["conv_in.weight"].shape[1],
            "block_out_channels": widths,
            "layers_per_block": layers,
            "down_block_types": kinds,
            "mid_block_type": "UNetMidBlock2DCrossAttn" if middle is not None else "UNetMidBlock2D",
            "cross_attention_dim": cross[0].shape[1] if cross else 1280,
            "use_linear_projection": middle is not None and len(middle.shape) == 2,
            **hint_sizes(tensors),
        }
        if embedding is None:
            return {**_usual(sizes), **sizes}
        return {**_usual(sizes), **sizes, **_xl_sizes(weights, widths, embedding.shape[1])}
    except (KeyError, IndexError) as error:
        raise _incomplete(weights, error) from None


def _xl_sizes(weights: WeightFile, widths: list[Json], embedded: int) -> dict[str, Json]:
    """What a network beside SDXL has besides: the sizes of the picture, and more layers of words a level."""
    blocks = "down_blocks.{}.attentions.0.transformer_blocks"
    depths = [number_of(weights.tensors, blocks.format(level)) for level in range(len(widths))]
    return {
        "addition_embed_type": XL_MARK,
        "addition_time_embed_dim": 256,
        "projection_class_embeddings_input_dim": embedded,
        "transformer_layers_per_block": [max(1, depth) for depth in depths],
        "attention_head_dim": [max(1, int(str(width)) // 64) for width in widths],
    }


UNION_MARK = "task_embedding"


def _union_sizes(weights: WeightFile, sizes: Mapping[str, Json]) -> dict[str, Json]:
    """A union has one place for each kind of map that it was taught."""
    tensors = weights.tensors
    inside = tensors.get("control_add_embedding.linear_1.weight")
    kinds, width = (*tensors[UNION_MARK].shape, 0)[:2]
    if inside is None:
        raise _incomplete(weights, KeyError("control_add_embedding.linear_1.weight"))
    return {
        **{name: value for name, value in sizes.items() if name != "conditioning_channels"},
        "num_control_type": kinds,
        "num_trans_channel": width,
        "num_trans_head": max(1, width // 40),
        "num_proj_channel": width,
    }


def _transformer_sizes(weights: WeightFile, is_qwen: bool) -> dict[str, Json]:
    """Of a network beside FLUX.1 or Qwen-Image in one file, by the names of diffusers' classes."""
    tensors = weights.tensors
    try:
        first = tensors["img_in.weight" if is_qwen else "x_embedder.weight"].shape
        heads = first[0] // FLUX_HEAD
        words = tensors["txt_in.weight" if is_qwen else "context_embedder.weight"].shape[1]
        sizes: dict[str, Json] = {
            "patch_size": 2 if is_qwen else 1,
            "in_channels": first[1],
            "num_layers": number_of(tensors, "transformer_blocks"),
            "attention_head_dim": FLUX_HEAD,
            "num_attention_heads": heads,
            "joint_attention_dim": words,
            "axes_dims_rope": list(FLUX_AXES),
        }
        if is_qwen:
            return {**sizes, "out_channels": first[1] // 4}
        modes = tensors.get("controlnet_mode_embedder.weight")
        hint = tensors.get("input_hint_block.conv_out.weight")
        return {
            **sizes,
            "patch_size": round((first[1] / hint.shape[0]) ** 0.5) if hint is not None else 1,
            "num_single_layers": number_of(tensors, "single_transformer_blocks"),
            "pooled_projection_dim": tensors["time_text_embed.text_embedder.linear_1.weight"].shape[1],
            "guidance_embeds": "time_text_embed.guidance_embedder.linear_1.weight" in tensors,
            "num_mode": modes.shape[0] if modes is not None else None,
            "conditioning_embedding_channels": hint.shape[0] if hint is not None else None,
        }
    except (KeyError, IndexError) as error:
        raise _incomplete(weights, error) from None


def _sd3_sizes(weights: WeightFile) -> dict[str, Json]:
    """Of a network beside Stable Diffusion 3; those beside 3.5 Large read no words."""
    tensors = weights.tensors
    try:
        width, channels, patch = tensors["pos_embed_input.proj.weight"].shape[:3]
        own, words = tensors.get("pos_embed.proj.weight"), tensors.get("context_embedder.weight")
        latents = own.shape[1] if own is not None else channels
        layers = number_of(tensors, "transformer_blocks")
        place = tensors.get("pos_embed.pos_embed")
        dual: list[Json] = [
            layer for layer in range(layers) if f"transformer_blocks.{layer}.attn2.to_q.weight" in tensors
        ]
        return {
            "patch_size": patch,
            "in_channels": latents,
            "out_channels": latents,
            "extra_conditioning_channels": channels - latents,
            "num_layers": layers,
            "attention_head_dim": SD3_HEAD,
            "num_attention_heads": width // SD3_HEAD,
            "joint_attention_dim": words.shape[1] if words is not None else None,
            "caption_projection_dim": words.shape[0] if words is not None else width,
            "pooled_projection_dim": tensors["time_text_embed.text_embedder.linear_1.weight"].shape[1],
            "pos_embed_max_size": math.isqrt(place.shape[1]) if place is not None else None,
            "use_pos_embed": own is not None,
            "pos_embed_type": "sincos" if own is not None else None,
            "dual_attention_layers": dual,
            "qk_norm": "rms_norm" if "transformer_blocks.0.attn.norm_q.weight" in tensors else None,
            # as InstantX taught theirs; those that fill a mask, and 3.5's, read it
            "force_zeros_for_pooled_projection": own is not None and channels == latents,
        }
    except (KeyError, ValueError, IndexError) as error:
        raise _incomplete(weights, error) from None


def _z_image_sizes(weights: WeightFile) -> dict[str, Json]:
    """Of alibaba-pai's unions: the first of 16 channels, the later ones of a mask and a picture more."""
    tensors = weights.tensors
    try:
        width, folded = tensors[f"{Z_FIRST}.weight"].shape
        layers, refining = (number_of(tensors, name) for name in ("control_layers", "control_noise_refiner"))
        channels, heads = folded // Z_FOLD, width // FLUX_HEAD
        is_later = channels % 2 == 1  # twice the latents' and a mask's
        return {
            "control_in_dim": channels,
            "control_layers_places": [layer * (Z_LAYERS // layers) for layer in range(layers)],
            "control_refiner_layers_places": list(range(Z_REFINERS)) if is_later else None,
            "add_control_noise_refiner": _z_image_refiner(tensors) if is_later else None,
            "n_refiner_layers": refining or Z_REFINERS,
            "dim": width,
            "n_heads": heads,
            "n_kv_heads": heads,
            "qk_norm": "control_layers.0.attention.norm_q.weight" in tensors,
        }
    except (KeyError, ValueError, ZeroDivisionError) as error:
        raise _incomplete(weights, error) from None


def _z_image_refiner(tensors: Mapping[str, object]) -> str:
    """Which layers see the map beside the noise refiner; `load_control` looks whether they were taught."""
    return OWN_REFINER if f"{Z_UNTAUGHT}" in tensors else FIRST_LAYERS


def _usual(sizes: Mapping[str, Json]) -> dict[str, Json]:
    """What shapes do not tell, from our bundle of the version that has words of this width."""
    is_second = sizes.get("cross_attention_dim") == SD2_TEXT
    told = bundle("sd2" if is_second else "sd1", "unet")
    usual = {name: told[name] for name in CONTROLNET_FIELDS if name in told}
    widths = sizes["block_out_channels"]
    if is_second and isinstance(widths, list):  # heads of 64, as the whole network has them
        usual["attention_head_dim"] = [max(1, int(str(width)) // 64) for width in widths]
    return usual


def _adapter_sizes(weights: WeightFile, prefix: str, is_original: bool) -> dict[str, Json]:
    channels: list[Json] = []
    for level in count():
        name = f"{level * ADAPTER_LAYERS}." if is_original else f"{level}.resnets.0."
        tensor = weights.tensors.get(f"{prefix}body.{name}block1.weight")
        if tensor is None:
            break
        channels.append(tensor.shape[0])
    first = weights.tensors.get(f"{prefix}conv_in.weight")
    if first is None:
        raise _incomplete(weights, KeyError("conv_in.weight"))
    is_xl = first.shape[1] in XL_FOLDED
    scale = XL_ADAPTER_SCALE if is_xl else ADAPTER_SCALE
    return {
        "in_channels": first.shape[1] // scale**2,
        "channels": channels,
        "num_res_blocks": ADAPTER_LAYERS,
        "downscale_factor": scale,
        "adapter_type": "full_adapter_xl" if is_xl else "full_adapter",
    }


def _light_adapter_sizes(weights: WeightFile) -> dict[str, Json]:
    """The last level is as wide as the one before it, and is not told."""
    tensors = weights.tensors
    levels = number_of(tensors, "adapter.body")
    outs = [tensors.get(f"adapter.body.{level}.out_conv.weight") for level in range(levels - 1)]
    if levels < 2 or None in outs:
        raise _incomplete(weights, KeyError("adapter.body.0.out_conv.weight"))
    return {
        "in_channels": tensors[f"{LIGHT_FIRST}.weight"].shape[1] // ADAPTER_SCALE**2,
        "channels": [out.shape[0] for out in outs if out is not None],
        "num_res_blocks": number_of(tensors, "adapter.body.0.resnets"),
        "downscale_factor": ADAPTER_SCALE,
        "adapter_type": LIGHT,
    }


def _incomplete(weights: WeightFile, error: Exception) -> UnsupportedModel:
    return UnsupportedModel(
        f"{weights.path.name} looks like a ControlNet or T2I-Adapter, but {str(error)[:100]} is missing in "
        "it. Get it again from its source.",
        path=str(weights.path),
    )
