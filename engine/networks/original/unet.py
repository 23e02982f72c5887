"""The UNet of Stable Diffusion XL as its makers' code names it (Stability-AI/generative-models)."""

from __future__ import annotations

import re

from engine.api.form import Json
from engine.checkpoints.checkpoint import TensorInfo
from engine.networks.original.rules import Tensors, numbered
from engine.networks.original.stable_diffusion import unet_sizes

RESNET = {
    "in_layers.0": "norm1", "in_layers.2": "conv1", "emb_layers.1": "time_emb_proj", "out_layers.0": "norm2",
    "out_layers.3": "conv2", "skip_connection": "conv_shortcut",
}  # fmt: skip
ENDS = {
    "input_blocks.0.0": "conv_in", "out.0": "conv_norm_out", "out.2": "conv_out",
    "time_embed.0": "time_embedding.linear_1", "time_embed.2": "time_embedding.linear_2",
    "label_emb.0.0": "add_embedding.linear_1", "label_emb.0.2": "add_embedding.linear_2",
}  # fmt: skip
BLOCK = re.compile(r"(input|output)_blocks\.(\d+)\.(\d)\.(.+)")
MIDDLE = re.compile(r"middle_block\.(\d)\.(.+)")
HEAD = 64
"""Numbers of an attention head, at every width."""


def class_names(tensors: Tensors) -> dict[str, TensorInfo]:
    """The same tensors by `UNet2DConditionModel`'s names; what has none there is left out."""
    per_level = _per_level(tensors)
    found = {_named(name, per_level, tensors): tensor for name, tensor in tensors.items()}
    found.pop("", None)
    return found


def _per_level(tensors: Tensors) -> int:
    """Resnets at each level on the way down."""
    return numbered(tensors, "input_blocks.{}.0.in_layers.2.weight", first=1)


def _named(name: str, per_level: int, tensors: Tensors) -> str:
    layer, _, ending = name.rpartition(".")
    if layer in ENDS:
        return f"{ENDS[layer]}.{ending}"
    if hit := MIDDLE.fullmatch(name):
        number, rest = int(hit[1]), hit[2]
        if number == 1:
            return f"mid_block.attentions.0.{rest}"
        return f"mid_block.resnets.{number // 2}.{_resnet(rest)}"
    hit = BLOCK.fullmatch(name)
    if hit is None:
        return ""
    block, place, rest = int(hit[2]), int(hit[3]), hit[4]
    if hit[1] == "input":
        level, number = divmod(block - 1, per_level + 1)
        if rest.startswith("op."):
            return f"down_blocks.{level}.downsamplers.0.conv.{rest[3:]}"
        return _inside(f"down_blocks.{level}", number, place, rest)
    level, number = divmod(block, per_level + 1)
    if rest.startswith("conv."):
        return f"up_blocks.{level}.upsamplers.0.{rest}"
    return _inside(f"up_blocks.{level}", number, place, rest)


def _inside(block: str, number: int, place: int, rest: str) -> str:
    """A block holds its resnet, and then what reads the words."""
    return f"{block}.attentions.{number}.{rest}" if place else f"{block}.resnets.{number}.{_resnet(rest)}"


def _resnet(rest: str) -> str:
    layer, _, ending = rest.rpartition(".")
    return f"{RESNET.get(layer, layer)}.{ending}"


def config(tensors: Tensors, pooled: int) -> dict[str, Json]:
    """The configuration, from the shapes under the makers' names; `pooled` is the width of the wider text."""
    sizes = unet_sizes(tensors)
    widths, down = sizes["block_out_channels"], sizes["down_block_types"]
    assert isinstance(widths, list) and isinstance(down, list)
    blocks = [1 + level * (_per_level(tensors) + 1) for level in range(len(widths))]
    depths: list[Json] = [max(1, _depth(tensors, f"input_blocks.{block}.1")) for block in blocks]
    told = tensors["label_emb.0.0.weight"].shape[1]
    return {
        **sizes,
        "transformer_layers_per_block": depths,
        "attention_head_dim": [max(1, int(str(width)) // HEAD) for width in widths],
        "use_linear_projection": True,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": max(1, (told - pooled) // 6),
        "projection_class_embeddings_input_dim": told,
        "sample_size": 128,
        "time_cond_proj_dim": _cond(tensors),
        "mid_block_type": "UNetMidBlock2DCrossAttn" if "middle_block.1.norm.weight" in tensors else None,
    }


def _cond(tensors: Tensors) -> Json:
    """Of a network that was distilled to take its guidance as an input."""
    found = tensors.get("time_embed.cond_proj.weight")
    return None if found is None else found.shape[1]


def _depth(tensors: Tensors, attention: str) -> int:
    return numbered(tensors, attention + ".transformer_blocks.{}.norm1.weight")
