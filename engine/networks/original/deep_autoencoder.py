"""Sana's autoencoder of 32 pixels a cell, by its makers' names (mit-han-lab/efficientvit) or the class's."""

from __future__ import annotations

from engine.api.form import Json
from engine.networks.original.autoencoders import Autoencoder
from engine.networks.original.rules import Rule, Rules, Tensors, number_of


def _stages(side: str, blocks: str) -> Rules:
    old, new = rf"{side}\.stages\.(\d+)\.op_list\.(\d+)", rf"{side}.{blocks}.\1.\2"
    attention, gated = rf"{old}\.context_module\.main", rf"{old}\.local_module\.main"
    return (
        Rule(rf"{old}\.main\.conv([12])\.conv", rf"{new}.conv\3"),
        Rule(rf"{old}\.main\.conv2\.norm", f"{new}.norm"),
        Rule(rf"{old}\.main\.conv(\.conv)?", f"{new}.conv"),
        Rule(rf"{attention}\.qkv\.conv", tuple(f"{new}.attn.to_{word}" for word in "qkv"), flat=True),
        Rule(rf"{attention}\.aggreg\.(\d+)\.0", rf"{new}.attn.to_qkv_multiscale.\3.proj_in"),
        Rule(rf"{attention}\.aggreg\.(\d+)\.1", rf"{new}.attn.to_qkv_multiscale.\3.proj_out"),
        Rule(rf"{attention}\.proj\.conv", f"{new}.attn.to_out", flat=True),
        Rule(rf"{attention}\.proj\.norm", f"{new}.attn.norm_out"),
        Rule(rf"{gated}\.(inverted|depth|point)_conv\.conv", rf"{new}.conv_out.conv_\3"),
        Rule(rf"{gated}\.point_conv\.norm", f"{new}.conv_out.norm"),
    )


RULES: Rules = (
    *_stages("encoder", "down_blocks"),
    *_stages("decoder", "up_blocks"),
    Rule(r"(encoder|decoder)\.project_in\.(?:main\.)?conv", r"\1.conv_in"),
    Rule(r"encoder\.project_out\.(?:main\.)?op_list\.0\.conv", "encoder.conv_out"),
    Rule(r"decoder\.project_out\.(?:main\.)?op_list\.0", "decoder.norm_out"),
    Rule(r"decoder\.project_out\.(?:main\.)?op_list\.2\.conv", "decoder.conv_out"),
)


def _layers(tensors: Tensors, block: str) -> list[int]:
    """The numbers of its layers, without the one that changes the size."""
    found = {int(name[len(block) + 1 :].split(".")[0]) for name in tensors if name.startswith(f"{block}.")}
    return sorted(number for number in found if f"{block}.{number}.conv.weight" not in tensors)


def _level(tensors: Tensors, block: str) -> tuple[Json, Json, Json, Json]:
    """Kind of its blocks, how wide, how many, and over how many cells its attention looks beside one."""
    layers = _layers(tensors, block)
    first = f"{block}.{layers[0]}"
    kernels: list[Json] = []
    if f"{first}.conv1.weight" in tensors:
        return "ResBlock", tensors[f"{first}.conv1.weight"].shape[0], len(layers), kernels
    while (name := f"{first}.attn.to_qkv_multiscale.{len(kernels)}.proj_in.weight") in tensors:
        kernels.append(tensors[name].shape[-1])
    return "EfficientViTBlock", tensors[f"{first}.attn.to_out.weight"].shape[0], len(layers), kernels


def _side(tensors: Tensors, side: str, blocks: str) -> dict[str, Json]:
    levels = [
        _level(tensors, f"{side}.{blocks}.{level}") for level in range(number_of(tensors, f"{side}.{blocks}"))
    ]
    names = ("block_types", "block_out_channels", "layers_per_block", "qkv_multiscales")
    return {
        f"{side}_{name}": list(values) for name, values in zip(names, zip(*levels, strict=True), strict=True)
    }


def _sizes(tensors: Tensors) -> dict[str, Json]:
    down, up = _side(tensors, "encoder", "down_blocks"), _side(tensors, "decoder", "up_blocks")
    widths, layers = down["encoder_block_out_channels"], down["encoder_layers_per_block"]
    assert isinstance(widths, list) and isinstance(layers, list)
    smaller = tensors[f"encoder.down_blocks.0.{layers[0]}.conv.weight"].shape[0]
    return {
        **down,
        **up,
        "in_channels": 3,
        "latent_channels": tensors["decoder.conv_in.weight"].shape[1],
        "attention_head_dim": 32,
        "downsample_block_type": "Conv" if smaller == widths[1] else "pixel_unshuffle",
        "upsample_block_type": _upsampled(tensors, up),
    }


def _upsampled(tensors: Tensors, up: dict[str, Json]) -> Json:
    widths = up["decoder_block_out_channels"]
    assert isinstance(widths, list)
    larger = tensors["decoder.up_blocks.0.0.conv.weight"].shape[0]
    return "interpolate" if larger == widths[0] else "pixel_shuffle"


DEEP = Autoencoder(
    "dc-ae-f32c32-sana-1.0.safetensors", "AutoencoderDC",
    ("encoder.stages.0.op_list.0.main.conv1.conv.weight", "encoder.down_blocks.0.0.conv1.weight"), 0,
    lambda tensors: RULES, _sizes,
    {"decoder_norm_types": "rms_norm", "decoder_act_fns": "silu", "scaling_factor": 0.41407},
)  # fmt: skip
