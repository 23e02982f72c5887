"""ControlNets beside a UNet under lllyasviel's names, and those that say only how they differ from one.

A control-lora (stabilityai/control-lora) has `layer.up` and `layer.down` in the place of `layer.weight`:
their product is added to the base's own weight. All else, biases and norms, it has whole.
"""

from __future__ import annotations

import re

from engine.checkpoints.checkpoint import Kept, TensorInfo
from engine.networks.original.layer_names import RESNET
from engine.networks.original.rules import Rule, Rules, Tensors, renamed

LORA, XL = "lora_controlnet", "label_emb.0.0.weight"
_MOST, _HINTS = 64, 8
"""Blocks of an encoder, and convolutions that read a map."""


def resnet(old: str, new: str) -> Rules:
    """Of a layer's parts; `old` is an expression."""
    return tuple(Rule(rf"{old}\.{re.escape(was)}", f"{new}.{now}") for now, was in RESNET.items())


def block(number: int, per_level: int, prefix: str = "") -> Rules:
    """Of one of an encoder's blocks, the first of which is `number` 1; `prefix` stands before its name."""
    level, layer = divmod(number - 1, per_level)
    old, new = rf"{prefix}input_blocks\.{number}", f"down_blocks.{level}"
    return (
        Rule(rf"{old}\.0\.op", f"{new}.downsamplers.0.conv"),
        *resnet(rf"{old}\.0", f"{new}.resnets.{layer}"),
        Rule(rf"{old}\.1\.(.+)", rf"{new}.attentions.{layer}.\1"),
    )


HINTS: Rules = (
    Rule(r"input_hint_block\.0", "controlnet_cond_embedding.conv_in"),
    *(
        Rule(rf"input_hint_block\.{2 * place}", f"controlnet_cond_embedding.blocks.{place - 1}")
        for place in range(1, _HINTS - 1)
    ),
    Rule(rf"input_hint_block\.{2 * (_HINTS - 1)}", "controlnet_cond_embedding.conv_out"),
)
"""What reads the map."""
_ENDS: Rules = (
    Rule(r"input_blocks\.0\.0", "conv_in"),
    Rule(r"time_embed\.0", "time_embedding.linear_1"),
    Rule(r"time_embed\.2", "time_embedding.linear_2"),
    Rule(r"label_emb\.0\.0", "add_embedding.linear_1"),
    Rule(r"label_emb\.0\.2", "add_embedding.linear_2"),
    *resnet(r"middle_block\.0", "mid_block.resnets.0"),
    *resnet(r"middle_block\.2", "mid_block.resnets.1"),
    Rule(r"middle_block\.1\.(.+)", r"mid_block.attentions.0.\1"),
    Rule(r"zero_convs\.(\d+)\.0", r"controlnet_down_blocks.\1"),
    Rule(r"middle_block_out\.0", "controlnet_mid_block"),
    *HINTS,
)


def fits(tensors: Tensors) -> bool:
    """True for a control-lora, and for a whole one beside SDXL; others are read as diffusers reads them."""
    is_one = "input_hint_block.0.weight" in tensors and "zero_convs.0.0.weight" in tensors
    return is_one and (LORA in tensors or XL in tensors)


def by_class_names(tensors: Tensors) -> dict[str, TensorInfo]:
    """The tensors as `ControlNetModel` names them; differences as products of their halves."""
    found = {name: tensor for name, tensor in tensors.items() if name != LORA}
    for name in [name for name in found if name.endswith(".up")]:
        stem = name.removesuffix(".up")
        up, down = found.pop(name), found.pop(f"{stem}.down")
        found[f"{stem}.weight"] = TensorInfo(
            up.dtype, (up.shape[0], *down.shape[1:]), up.start, up.end, Kept.PRODUCT, pieces=(up, down)
        )
    blocks = sum(f"input_blocks.{number}.0.in_layers.0.weight" in found for number in range(1, _MOST))
    halving = [number for number in range(1, _MOST) if f"input_blocks.{number}.0.op.weight" in found]
    per_level = halving[0] if halving else _MOST
    inside = (rule for number in range(1, blocks + len(halving) + 1) for rule in block(number, per_level))
    return renamed(found, (*_ENDS, *inside))
