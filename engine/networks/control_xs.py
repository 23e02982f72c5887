"""ControlNet-XS in one file: its configuration, by names and shapes alone (https://arxiv.org/abs/2312.06573).

A small encoder beside the model's own; what the one sees it tells the other, layer by layer.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count

from engine.api.form import Json
from engine.checkpoints.checkpoint import TensorInfo
from engine.networks.original.rules import number_of

Tensors = Mapping[str, TensorInfo]
XS_FIRST = "control_to_base_for_conv_in.weight"
"""What the first layer tells the model's: no other network has it."""
LAYERS = 2
"""In each level, of the model's as of its own: diffusers' class knows no other number."""
HEADS: Mapping[int, tuple[int, ...]] = {768: (8, 8, 8, 8), 1024: (5, 10, 20, 20), 2048: (5, 10, 20)}
"""Of Stable Diffusion 1, 2 and XL, by the width of their words: diffusers gives a new network the same."""
HEAD_NUMBERS: Mapping[int, int] = {1024: 8, 2048: 64}
"""At most so many numbers a head have its makers' own, beside Stable Diffusion 2 and XL."""
PUBLISHED: Mapping[int, tuple[int, ...]] = {1024: (4,), 2048: (16, 32)}
"""Channels of the first level of those (vislearn/ControlNet-XS: configs/inference)."""


def hint_sizes(tensors: Tensors) -> dict[str, Json]:
    """Of the small network that reads the map, here and in every ControlNet beside a UNet."""
    hint = "controlnet_cond_embedding"
    steps = [tensors[f"{hint}.conv_in.weight"]]
    steps += [
        tensors[name] for number in range(1, 16, 2) if (name := f"{hint}.blocks.{number}.weight") in tensors
    ]
    return {
        "conditioning_channels": steps[0].shape[1],
        "conditioning_embedding_out_channels": [step.shape[0] for step in steps],
    }


def xs_sizes(tensors: Tensors) -> dict[str, Json]:
    """Raises `KeyError` where a layer is missing. What shapes do not tell is as in the published ones."""
    widths: list[int] = []
    of_base: list[int] = []
    for level in count():
        told = tensors.get(f"down_blocks.{level}.ctrl_to_base.0.weight")
        if told is None:
            break
        of_base.append(told.shape[0])
        widths.append(told.shape[1])
    middle = "mid_block.midblock.attentions.0"
    words = tensors[f"{middle}.transformer_blocks.0.attn2.to_k.weight"].shape[1]
    own = [f"down_blocks.{level}.attentions.0" for level in range(len(widths))]
    attends = [f"{name}.proj_in.weight" in tensors for name in own]
    readers = [name if does else middle for name, does in zip(own, attends, strict=True)]
    readers[-1:] = [middle]  # which has the last level's numbers, also where that reads no words
    insides = [tensors[f"{name}.proj_in.weight"].shape[0] for name in readers]
    sizes = enumerate(zip(widths, insides, strict=True))
    heads = [_heads(level, width, inside, words, widths[0]) for level, (width, inside) in sizes]
    return {
        **hint_sizes(tensors),
        "learn_time_embedding": "time_embedding.linear_1.weight" in tensors,
        "block_out_channels": [*widths],
        "base_block_out_channels": [*of_base],
        "down_block_types": ["CrossAttnDownBlock2D" if does else "DownBlock2D" for does in attends],
        "num_attention_heads": [*heads],
        "cross_attention_dim": words,
        "transformer_layers_per_block": [
            number_of(tensors, f"{name}.transformer_blocks") for name in readers
        ],
        "use_linear_projection": len(tensors[f"{middle}.proj_in.weight"].shape) == 2,
        "upcast_attention": words == 1024,
    }


def _heads(level: int, width: int, inside: int, words: int, first: int) -> int:
    """How many share the `inside` numbers of a level; shapes tell it only where they divide unevenly."""
    known = HEADS.get(words, ())
    as_base = known[min(level, len(known) - 1)] if known else 4
    fits = 0 < as_base <= width and as_base * (width // as_base) == inside
    if fits and (inside != width or first not in PUBLISHED.get(words, ())):
        return as_base
    most = min(HEAD_NUMBERS.get(words, width), width)
    numbers = next(number for number in range(most, 0, -1) if width % number == 0)
    return width // numbers
