"""A UNet that was saved together with a ControlNet-XS: the UNet's own half, as if it had been saved alone.

diffusers' pipelines for ControlNet-XS hold one network of both, `UNetControlNetXSModel`, and save it so; the
ControlNet lies beside it once more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.api.form import Json
from engine.checkpoints.checkpoint import WeightFile
from engine.networks.control_xs import LAYERS
from engine.networks.original.rules import Rule, Rules, renamed

JOINED, ALONE = ("diffusers", "UNetControlNetXSModel"), ("diffusers", "UNet2DConditionModel")
FIELDS = (
    "sample_size", "down_block_types", "up_block_types", "block_out_channels", "norm_num_groups",
    "cross_attention_dim", "transformer_layers_per_block", "addition_embed_type", "addition_time_embed_dim",
    "upcast_attention", "use_linear_projection", "time_cond_proj_dim",
    "projection_class_embeddings_input_dim",
)  # fmt: skip
"""That both classes have by the same name."""
_LEVEL = r"(down_blocks\.\d+)"
_OWN: Rules = (
    Rule(r"(?:controlnet_cond_embedding|ctrl_.+|control_to_base_for_conv_in)(?:\..+)?"),
    Rule(r".+\.(?:ctrl_(?:resnets|attentions|downsamplers|midblock)|base_to_ctrl|ctrl_to_base)(?:\..+)?"),
    Rule(rf"{_LEVEL}\.base_downsamplers\.(.+)", r"\1.downsamplers.0.\2"),
    Rule(rf"{_LEVEL}\.base_(resnets|attentions)\.(.+)", r"\1.\2.\3"),
    Rule(r"mid_block\.base_midblock\.(.+)", r"mid_block.\1"),
    Rule(r"(up_blocks\.\d+\.upsamplers)\.(.+)", r"\1.0.\2"),
    Rule(r"base_(.+)", r"\1"),
)


def is_joined(pair: Json) -> bool:
    """True of the [library, class] of such a network."""
    return isinstance(pair, list) and tuple(pair) == JOINED


def alone(
    config: Mapping[str, Json], files: Sequence[WeightFile]
) -> tuple[dict[str, Json], tuple[WeightFile, ...]]:
    """Configuration and headers of the UNet's half."""
    own: dict[str, Json] = {name: config[name] for name in FIELDS if name in config}
    own |= {"in_channels": 4, "out_channels": 4, "layers_per_block": LAYERS}
    own["attention_head_dim"] = config.get("num_attention_heads", 8)
    return own, own_half(files)


def own_half(files: Sequence[WeightFile]) -> tuple[WeightFile, ...]:
    """The headers by the names of `UNet2DConditionModel`."""
    return tuple(replace(file, tensors=renamed(file.tensors, _OWN)) for file in files)
