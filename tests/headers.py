"""Weight files with the headers of real ones and no numbers: the payload is a hole, any size costs nothing.

The names of the original layouts are written down here as their makers' code builds them; those of diffusers
come from its own classes at their real size, on torch's meta device.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Shape = tuple[int, ...]
Shapes = dict[str, Shape]
DTYPE_BYTES = {"F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1}


def write_header(
    path: Path, shapes: Mapping[str, Shape], dtype: str = "F16", metadata: Mapping[str, str] | None = None
) -> Path:
    """A safetensors file that passes every check of its header."""
    header: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    end = 0
    for name, shape in shapes.items():
        start, end = end, end + math.prod(shape) * DTYPE_BYTES[dtype]
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + end)
    return path


def of_class(name: str, **config: Any) -> Shapes:
    """The names and shapes of a diffusers or transformers class."""
    import diffusers
    import torch
    import transformers

    made = getattr(diffusers, name, None) or getattr(transformers, name)
    with torch.device("meta"):
        network = made(**config)
    return {key: tuple(value.shape) for key, value in network.state_dict().items()}


def of_class_with_config(name: str, **config: Any) -> Shapes:
    """The same of a transformers class, which is made from a configuration of its own class."""
    import torch
    import transformers

    with torch.device("meta"):
        network = getattr(transformers, name)(getattr(transformers, f"{name[:-5]}Config")(**config))
    return {key: tuple(value.shape) for key, value in network.state_dict().items()}


def wrapped(shapes: Mapping[str, Shape], prefix: str) -> Shapes:
    return {prefix + name: shape for name, shape in shapes.items()}


def linear(name: str, out: int, into: int) -> Shapes:
    return {f"{name}.weight": (out, into), f"{name}.bias": (out,)}


# the UNet of CompVis and Stability (openaimodel.py)


def ldm_unet(
    widths: tuple[int, ...] = (320, 640, 1280, 1280),
    depths: tuple[int, ...] = (1, 1, 1, 0),
    context: int = 768,
    channels: int = 4,
    label: int = 0,
    middle: int = 1,
) -> Shapes:
    """`depths`: transformer blocks in each level's attention; `label`: width of the vector that XL adds."""
    time = 4 * widths[0]
    found = {**linear("time_embed.0", time, widths[0]), **linear("time_embed.2", time, time)}
    if label:
        found |= {**linear("label_emb.0.0", time, label), **linear("label_emb.0.2", time, time)}
    found |= _conv("input_blocks.0.0", widths[0], channels)
    number, width, skips = 1, widths[0], [widths[0]]
    for level, out in enumerate(widths):
        for _ in range(2):
            found |= _res(f"input_blocks.{number}.0", width, out, time)
            found |= _attention(f"input_blocks.{number}.1", out, context, depths[level])
            width, number = out, number + 1
            skips.append(out)
        if level < len(widths) - 1:
            found |= _conv(f"input_blocks.{number}.0.op", out, out)
            number += 1
            skips.append(out)
    found |= _res("middle_block.0", width, width, time)
    found |= _attention("middle_block.1", width, context, middle)
    found |= _res("middle_block.2" if middle else "middle_block.1", width, width, time)
    number = 0
    for level in reversed(range(len(widths))):
        for _ in range(3):
            found |= _res(f"output_blocks.{number}.0", width + skips.pop(), widths[level], time)
            found |= _attention(f"output_blocks.{number}.1", widths[level], context, depths[level])
            width, number = widths[level], number + 1
    return found | {"out.0.weight": (width,), "out.0.bias": (width,)} | _conv("out.2", 4, width)


def _conv(name: str, out: int, into: int, side: int = 3) -> Shapes:
    return {f"{name}.weight": (out, into, side, side), f"{name}.bias": (out,)}


def _res(name: str, into: int, out: int, time: int) -> Shapes:
    skip = _conv(f"{name}.skip_connection", out, into, 1) if into != out else {}
    return {
        f"{name}.in_layers.0.weight": (into,), **_conv(f"{name}.in_layers.2", out, into),
        **linear(f"{name}.emb_layers.1", out, time), f"{name}.out_layers.0.weight": (out,),
        **_conv(f"{name}.out_layers.3", out, out), **skip,
    }  # fmt: skip


def _attention(name: str, width: int, context: int, depth: int) -> Shapes:
    if not depth:
        return {}
    found: Shapes = {f"{name}.norm.weight": (width,), **linear(f"{name}.proj_in", width, width)}
    for block in range(depth):
        one = f"{name}.transformer_blocks.{block}"
        for attention, reads in (("attn1", width), ("attn2", context)):
            found[f"{one}.{attention}.to_q.weight"] = (width, width)
            found[f"{one}.{attention}.to_k.weight"] = found[f"{one}.{attention}.to_v.weight"] = (width, reads)
            found |= linear(f"{one}.{attention}.to_out.0", width, width)
        found |= linear(f"{one}.ff.net.0.proj", 8 * width, width) | linear(
            f"{one}.ff.net.2", width, 4 * width
        )
    return found | linear(f"{name}.proj_out", width, width)


SDXL = {"widths": (320, 640, 1280), "depths": (0, 2, 10), "context": 2048, "label": 2816, "middle": 10}
KL_ENDS: Shapes = {
    "encoder.conv_in.weight": (128, 3, 3, 3), "encoder.down.0.block.0.conv1.weight": (128, 128, 3, 3),
    "encoder.mid.attn_1.q.weight": (512, 512, 1, 1), "encoder.conv_out.weight": (8, 512, 3, 3),
    "decoder.conv_in.weight": (512, 4, 3, 3), "decoder.mid.attn_1.q.weight": (512, 512, 1, 1),
    "decoder.up.0.block.0.conv1.weight": (128, 256, 3, 3), "decoder.conv_out.weight": (3, 128, 3, 3),
    "quant_conv.weight": (8, 8, 1, 1), "post_quant_conv.weight": (4, 4, 1, 1),
}  # fmt: skip
CLIP_L: Shapes = {
    "text_model.embeddings.token_embedding.weight": (49408, 768),
    "text_model.embeddings.position_embedding.weight": (77, 768),
    "text_model.encoder.layers.0.self_attn.q_proj.weight": (768, 768),
    "text_model.final_layer_norm.weight": (768,),
}


def whole_sd1(**unet: Any) -> Shapes:
    return {
        **wrapped(ldm_unet(**unet), "model.diffusion_model."), **wrapped(KL_ENDS, "first_stage_model."),
        **wrapped(CLIP_L, "cond_stage_model.transformer."),
    }  # fmt: skip


def whole_sdxl(**unet: Any) -> Shapes:
    return {
        **wrapped(ldm_unet(**{**SDXL, **unet}), "model.diffusion_model."),
        **wrapped(KL_ENDS, "first_stage_model."), **wrapped(CLIP_L, "conditioner.embedders.0.transformer."),
        "conditioner.embedders.1.model.transformer.resblocks.9.mlp.c_proj.bias": (1280,),
    }  # fmt: skip


# FLUX (black-forest-labs/flux: src/flux/model.py)


def flux1(channels: int = 64, guidance: bool = True, width: int = 3072, blocks: int = 2) -> Shapes:
    found = {
        **linear("img_in", width, channels), **linear("txt_in", width, 4096),
        **linear("time_in.in_layer", width, 256), **linear("time_in.out_layer", width, width),
        **linear("vector_in.in_layer", width, 768), **linear("vector_in.out_layer", width, width),
        **linear("final_layer.linear", 64, width),
        **linear("final_layer.adaLN_modulation.1", 2 * width, width),
    }  # fmt: skip
    if guidance:
        found |= linear("guidance_in.in_layer", width, 256) | linear("guidance_in.out_layer", width, width)
    for block in range(blocks):
        for side in ("img", "txt"):
            one = f"double_blocks.{block}.{side}"
            found |= linear(f"{one}_mod.lin", 6 * width, width) | linear(f"{one}_attn.qkv", 3 * width, width)
            found |= linear(f"{one}_attn.proj", width, width) | linear(f"{one}_mlp.0", 4 * width, width)
            found |= linear(f"{one}_mlp.2", width, 4 * width)
            found[f"{one}_attn.norm.query_norm.scale"] = found[f"{one}_attn.norm.key_norm.scale"] = (128,)
        found |= linear(f"single_blocks.{block}.linear1", 7 * width, width)
        found |= linear(f"single_blocks.{block}.linear2", width, 5 * width)
        found |= linear(f"single_blocks.{block}.modulation.lin", 3 * width, width)
        found[f"single_blocks.{block}.norm.key_norm.scale"] = (128,)
    return found


def kohya_lora(layers: Mapping[str, tuple[int, int]], prefix: str = "lora_unet_", rank: int = 16) -> Shapes:
    """Layer to (out, in); written as Kohya's trainer does, three tensors a layer."""
    found: Shapes = {}
    for layer, (out, into) in layers.items():
        name = prefix + layer.replace(".", "_")
        found |= {
            f"{name}.lora_down.weight": (rank, into), f"{name}.lora_up.weight": (out, rank),
            f"{name}.alpha": (),
        }  # fmt: skip
    return found


def peft_lora(layers: Mapping[str, tuple[int, int]], prefix: str = "transformer.", rank: int = 16) -> Shapes:
    """The same as diffusers and PEFT write it."""
    found: Shapes = {}
    for layer, (out, into) in layers.items():
        found[f"{prefix}{layer}.lora_A.weight"] = (rank, into)
        found[f"{prefix}{layer}.lora_B.weight"] = (out, rank)
    return found


def matrices(shapes: Mapping[str, Shape], *pieces: str) -> dict[str, tuple[int, int]]:
    """The linear layers of a network whose names hold one of `pieces`, for a LoRA of it."""
    return {
        name.removesuffix(".weight"): (shape[0], shape[1])
        for name, shape in shapes.items()
        if name.endswith(".weight") and len(shape) == 2 and any(piece in name for piece in pieces)
    }
