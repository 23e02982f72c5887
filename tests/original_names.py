"""Stable Diffusion's networks under the names of the original code: the inverse of what the engine must undo.

Written from the original sources' module trees, apart from the engine and from diffusers' converters.
"""

from __future__ import annotations

import re
from typing import Any

import torch

State = dict[str, torch.Tensor]

RESNET = {
    "norm1": "in_layers.0", "conv1": "in_layers.2", "norm2": "out_layers.0", "conv2": "out_layers.3",
    "time_emb_proj": "emb_layers.1", "conv_shortcut": "skip_connection",
}  # fmt: skip
UNET_ENDS = {
    "conv_in": "input_blocks.0.0", "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2", "conv_norm_out": "out.0", "conv_out": "out.2",
    "mid_block.attentions.0": "middle_block.1", "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2", "class_embedding": "label_emb",
}  # fmt: skip
VAE_PIECES = {
    "mid_block.resnets.0": "mid.block_1", "mid_block.resnets.1": "mid.block_2",
    "mid_block.attentions.0": "mid.attn_1", "group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v",
    "to_out.0": "proj_out", "conv_norm_out": "norm_out", "conv_shortcut": "nin_shortcut",
    "downsamplers.0.conv": "downsample.conv", "upsamplers.0.conv": "upsample.conv",
}  # fmt: skip
OPEN_CLIP_PIECES = {
    "layer_norm1": "ln_1", "layer_norm2": "ln_2", "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj",
    "self_attn.out_proj": "attn.out_proj", "encoder.layers": "transformer.resblocks",
    "final_layer_norm": "ln_final", "embeddings.token_embedding.weight": "token_embedding.weight",
    "embeddings.position_embedding.weight": "positional_embedding",
}  # fmt: skip


def original_state(unet: Any, vae: Any, text_encoder: Any, version: int) -> State:
    """All tensors of one checkpoint file."""
    layers = unet.config.layers_per_block
    attends = [kind.startswith("CrossAttn") for kind in unet.config.up_block_types]
    depth = len(vae.config.block_out_channels)
    text = _clip(text_encoder.state_dict()) if version == 1 else _open_clip(text_encoder)
    return {
        **{
            f"model.diffusion_model.{unet_name(name, layers, attends)}": tensor
            for name, tensor in unet.state_dict().items()
        },
        **dict(_vae_tensor(name, tensor, depth) for name, tensor in vae.state_dict().items()),
        **text,
    }


def unet_name(name: str, layers: int, attends: list[bool]) -> str:
    for end, original in UNET_ENDS.items():
        if name.startswith(end):
            return name.replace(end, original, 1)
    if found := re.match(r"mid_block\.resnets\.(\d)\.(\w+)(.*)", name):
        return f"middle_block.{2 * int(found[1])}.{RESNET[found[2]]}{found[3]}"
    found = re.match(
        r"(down|up)_blocks\.(\d+)\.(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.*)", name
    )
    assert found, name
    way, block, kind, layer, rest = found[1], int(found[2]), found[3], int(found[4]), found[5]
    each, blocks = layers + 1, "input_blocks" if way == "down" else "output_blocks"
    number = block * each + layer + (way == "down")
    if kind == "attentions":
        return f"{blocks}.{number}.1.{rest}"
    if kind == "downsamplers":
        return f"{blocks}.{(block + 1) * each}.0.op{rest.removeprefix('conv')}"
    if kind == "upsamplers":  # after the attention, where the level has one
        return f"{blocks}.{block * each + layers}.{1 + attends[block]}.{rest}"
    module, _, last = rest.partition(".")
    return f"{blocks}.{number}.0.{RESNET[module]}.{last}"


def _vae_tensor(name: str, tensor: torch.Tensor, depth: int) -> tuple[str, torch.Tensor]:
    name = re.sub(r"down_blocks\.(\d+)\.resnets\.(\d+)", r"down.\1.block.\2", name)
    name = re.sub(
        r"up_blocks\.(\d+)\.resnets\.(\d+)",
        lambda found: f"up.{depth - 1 - int(found[1])}.block.{found[2]}",
        name,
    )
    name = re.sub(r"up_blocks\.(\d+)\.", lambda found: f"up.{depth - 1 - int(found[1])}.", name)
    name = name.replace("down_blocks.", "down.")
    for piece, original in VAE_PIECES.items():
        name = name.replace(piece, original)
    if ".attn_1." in name and tensor.ndim == 2:
        tensor = tensor[:, :, None, None]  # the original attends by 1x1 convolutions
    return f"first_stage_model.{name}", tensor


def _clip(state: State) -> State:
    prefix = "cond_stage_model.transformer.text_model."
    ids = torch.arange(77)[None]
    return {
        prefix + "embeddings.position_ids": ids,
        **{prefix + name: tensor for name, tensor in state.items()},
    }


def _open_clip(text_encoder: Any) -> State:
    """With the last layer that Stable Diffusion 2 does not read, and what else OpenCLIP keeps."""
    state = text_encoder.state_dict()
    last = f"encoder.layers.{text_encoder.config.num_hidden_layers - 1}."
    unread = f"encoder.layers.{text_encoder.config.num_hidden_layers}."
    state.update({name.replace(last, unread): tensor + 1 for name, tensor in state.items() if last in name})
    found = {
        f"cond_stage_model.model.{_open_clip_name(name)}": tensor
        for name, tensor in state.items()
        if "_proj." not in name or "out_proj" in name
    }
    for layer in range(text_encoder.config.num_hidden_layers + 1):
        for kind in ("weight", "bias"):
            parts = [state[f"encoder.layers.{layer}.self_attn.{word}_proj.{kind}"] for word in "qkv"]
            name = f"cond_stage_model.model.transformer.resblocks.{layer}.attn.in_proj_{kind}"
            found[name] = torch.cat(parts)
    width = text_encoder.config.hidden_size
    found["cond_stage_model.model.text_projection"] = torch.zeros(width, width)
    found["cond_stage_model.model.logit_scale"] = torch.tensor(4.6)
    return found


def _open_clip_name(name: str) -> str:
    for piece, original in OPEN_CLIP_PIECES.items():
        name = name.replace(piece, original)
    return name


def original_controlnet(network: Any) -> State:
    """A ControlNet under the names of lllyasviel's code."""
    layers, attends = network.config.layers_per_block, []
    found = {}
    for name, tensor in network.state_dict().items():
        if name.startswith("controlnet_cond_embedding.conv_in"):
            name = name.replace("controlnet_cond_embedding.conv_in", "input_hint_block.0")
        elif name.startswith("controlnet_cond_embedding.conv_out"):
            name = name.replace("controlnet_cond_embedding.conv_out", "input_hint_block.14")
        elif hint := re.match(r"controlnet_cond_embedding\.blocks\.(\d+)(.*)", name):
            name = f"input_hint_block.{2 * int(hint[1]) + 2}{hint[2]}"
        elif zero := re.match(r"controlnet_down_blocks\.(\d+)(.*)", name):
            name = f"zero_convs.{zero[1]}.0{zero[2]}"
        elif name.startswith("controlnet_mid_block"):
            name = name.replace("controlnet_mid_block", "middle_block_out.0")
        else:
            name = unet_name(name, layers, attends)
        found[f"control_model.{name}"] = tensor
    return found


def original_xs(network: Any) -> State:
    """A ControlNet-XS under vislearn's names, with what their class has besides and does not use."""
    blocks = 3 * len(network.down_blocks)
    found = {xs_name(name, blocks): tensor.contiguous() for name, tensor in network.state_dict().items()}
    return {**found, "scale_list": torch.ones(25), "control_model.label_emb.0.0.weight": torch.ones(2, 2)}


def xs_name(name: str, blocks: int) -> str:
    """`blocks` on the way down, the first layer among them."""
    layer, _, ending = name.rpartition(".")
    if layer.startswith("controlnet_cond_embedding."):
        rest = layer.removeprefix("controlnet_cond_embedding.")
        places = {"conv_in": 0, "conv_out": 14}
        number = places[rest] if rest in places else 2 * int(rest.removeprefix("blocks.")) + 2
        return f"input_hint_block.{number}.{ending}"
    ends = {
        "control_to_base_for_conv_in": "enc_zero_convs_out.0.0",
        "mid_block.base_to_ctrl": f"enc_zero_convs_in.{blocks - 1}.0",
        "mid_block.ctrl_to_base": "middle_block_out.0",
    }
    if layer in ends:
        return f"{ends[layer]}.{ending}"
    if found := re.fullmatch(r"(down_blocks|up_connections)\.(\d+)\.(\w+_to_\w+)\.(\d)", layer):
        number = 3 * int(found[2]) + int(found[4])
        if found[1] == "up_connections":
            return f"dec_zero_convs_out.{number}.0.{ending}"
        is_told = found[3] == "ctrl_to_base"
        return f"enc_zero_convs_{'out' if is_told else 'in'}.{number + is_told}.0.{ending}"
    plain = name.replace("mid_block.midblock.", "mid_block.").replace(
        "downsamplers.conv", "downsamplers.0.conv"
    )
    return f"control_model.{unet_name(plain, 2, [])}"
