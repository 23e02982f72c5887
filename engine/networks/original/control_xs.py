"""ControlNet-XS under its makers' names, read as diffusers' class names it (vislearn/ControlNet-XS)."""

from __future__ import annotations

from engine.checkpoints.checkpoint import TensorInfo
from engine.networks.original.controlnets import HINTS, block, resnet
from engine.networks.original.rules import Rule, Rules, Tensors, numbered, renamed

FIRST = "enc_zero_convs_out.0.0.weight"
PER_LEVEL = 3
"""Blocks of a level on the way down, and on the way up: two layers and the change of size; three layers."""
_OWN = r"control_model\."
_MIDDLE = "mid_block.midblock"
_AROUND: Rules = (
    Rule(rf"{_OWN}input_blocks\.0\.0", "conv_in"),
    Rule(rf"{_OWN}time_embed\.0", "time_embedding.linear_1"),
    Rule(rf"{_OWN}time_embed\.2", "time_embedding.linear_2"),
    Rule(rf"{_OWN}(label_emb|out|output_blocks)\..+"),  # which its makers' class has, and does not use
    *resnet(rf"{_OWN}middle_block\.0", f"{_MIDDLE}.resnets.0"),
    *resnet(rf"{_OWN}middle_block\.2", f"{_MIDDLE}.resnets.1"),
    Rule(rf"{_OWN}middle_block\.1\.(.+)", rf"{_MIDDLE}.attentions.0.\1"),
    Rule(r"enc_zero_convs_out\.0\.0", "control_to_base_for_conv_in"),
    Rule(r"middle_block_out\.0", "mid_block.ctrl_to_base"),
    Rule("scale_list"),
    *HINTS,
)


def fits(tensors: Tensors) -> bool:
    return FIRST in tensors


def by_class_names(tensors: Tensors) -> dict[str, TensorInfo]:
    """The tensors as `ControlNetXSAdapter` names them."""
    blocks = numbered(tensors, "enc_zero_convs_out.{}.0.weight")
    return renamed(
        tensors, (*_AROUND, *(rule for number in range(blocks) for rule in _beside(number, blocks)))
    )


def _beside(number: int, blocks: int) -> Rules:
    """Of the block behind `number` others: what it is, hears and tells, and what is told on the way up."""
    level, layer = divmod(number, PER_LEVEL)
    listens = f"down_blocks.{level}.base_to_ctrl.{layer}" if number < blocks - 1 else "mid_block.base_to_ctrl"
    halving = Rule(rf"{_OWN}input_blocks\.{number + 1}\.0\.op", f"down_blocks.{level}.downsamplers.conv")
    return (
        halving,
        *block(number + 1, PER_LEVEL, _OWN),
        Rule(rf"enc_zero_convs_out\.{number + 1}\.0", f"down_blocks.{level}.ctrl_to_base.{layer}"),
        Rule(rf"enc_zero_convs_in\.{number}\.0", listens),
        Rule(rf"dec_zero_convs_out\.{number}\.0", f"up_connections.{level}.ctrl_to_base.{layer}"),
    )
