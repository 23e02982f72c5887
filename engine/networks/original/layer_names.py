"""How the original code (CompVis, Stability) calls the layers of a UNet, for LoRAs that keep its names.

Trainers that work on the original networks write `input_blocks_4_1_transformer_blocks_0_attn1_to_q` where
others write `down_blocks_1_attentions_0_...`. It is the same layer; only the counting differs: there every
resnet and every change of size is a block of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

DOWN, UP = (
    re.compile(r"down_blocks\.(\d+)\.(\w+)\.(\d+)\.(.+)"),
    re.compile(r"up_blocks\.(\d+)\.(\w+)\.(\d+)\.(.+)"),
)
MIDDLE = re.compile(r"mid_block\.(\w+)\.(\d+)\.(.+)")
RESNET = {
    "norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1", "norm2": "out_layers.0",
    "conv2": "out_layers.3", "conv_shortcut": "skip_connection",
}  # fmt: skip
ENDS = {
    "conv_in": "input_blocks.0.0", "conv_out": "out.2",
    "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2",
}  # fmt: skip


def original_names(layers: Iterable[str]) -> dict[str, str]:
    """diffusers' names of a UNet's layers to the original ones; a layer that has none there is left out."""
    names = tuple(layers)
    per_level = _per_level(names)
    with_attention = {found[1] for name in names if (found := UP.match(name)) and found[2] == "attentions"}
    called = {name: _called(name, per_level, with_attention) for name in names}
    return {name: original for name, original in called.items() if original}


def _per_level(names: Iterable[str]) -> int:
    """Resnets at each level on the way down."""
    found = [DOWN.match(name) for name in names]
    return max(
        (int(each[3]) + 1 for each in found if each and each[2] in ("attentions", "resnets")), default=0
    )


def _called(name: str, per_level: int, with_attention: set[str]) -> str:
    if name in ENDS:
        return ENDS[name]
    if found := DOWN.match(name):
        level, kind, number, rest = int(found[1]), found[2], int(found[3]), found[4]
        first = 1 + level * (per_level + 1)
        if kind == "downsamplers":
            return f"input_blocks.{first + per_level}.0.op" if rest == "conv" else ""
        return _inside(f"input_blocks.{first + number}", kind, rest)
    if found := UP.match(name):
        level, kind, number, rest = int(found[1]), found[2], int(found[3]), found[4]
        first = level * (per_level + 1)
        if kind == "upsamplers":
            return f"output_blocks.{first + per_level}.{2 if found[1] in with_attention else 1}.{rest}"
        return _inside(f"output_blocks.{first + number}", kind, rest)
    if found := MIDDLE.match(name):
        kind, number, rest = found[1], int(found[2]), found[3]
        return (
            f"middle_block.{2 * number + 1}.{rest}"
            if kind == "attentions"
            else _resnet(f"middle_block.{2 * number}", rest)
        )
    return ""


def _inside(block: str, kind: str, rest: str) -> str:
    """A block holds its resnet, and then what reads the words."""
    return f"{block}.1.{rest}" if kind == "attentions" else _resnet(f"{block}.0", rest)


def _resnet(block: str, rest: str) -> str:
    return f"{block}.{RESNET[rest]}" if rest in RESNET else ""
