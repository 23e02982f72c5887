"""Real networks that select things, at a tiny size: real classes, random weights."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from engine.diffusion.devices import prepare_torch

prepare_torch()

import torch  # noqa: E402
from safetensors.torch import save_file  # noqa: E402
from transformers import (  # noqa: E402
    Sam2Config,
    Sam2HieraDetConfig,
    Sam2Model,
    Sam2VideoConfig,
    Sam2VideoModel,
    Sam2VisionConfig,
    SamConfig,
    SamHQConfig,
    SamHQModel,
    SamModel,
)

SIDE = 64
SIZES: dict[str, Any] = {
    "vision_config": {
        "hidden_size": 32, "output_channels": 16, "num_hidden_layers": 3, "num_attention_heads": 4,
        "image_size": SIDE, "patch_size": 8, "window_size": 3, "global_attn_indexes": [1],
        "num_pos_feats": 8, "mlp_dim": 48,
    },
    "prompt_encoder_config": {
        "hidden_size": 16, "image_size": SIDE, "patch_size": 8, "mask_input_channels": 16,
    },
    "mask_decoder_config": {
        "hidden_size": 16, "mlp_dim": 24, "num_hidden_layers": 2, "num_attention_heads": 8,
        "iou_head_hidden_dim": 16,
    },
}  # fmt: skip
SIZES_2: dict[str, Any] = {
    "prompt_encoder_config": {"hidden_size": 32, "image_size": SIDE, "patch_size": 16},
    "mask_decoder_config": {
        "hidden_size": 32, "mlp_dim": 24, "num_attention_heads": 2, "iou_head_hidden_dim": 16,
    },
}  # fmt: skip


def tiny_segmenter(kind: str = "SAM", seed: int = 0) -> Any:
    """A `SamModel`, `SamHQModel`, `Sam2Model` or `Sam2VideoModel` whose every number is felt."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = _made(kind)
        for parameter in network.parameters():
            if parameter.ndim > 1 or not parameter.any():
                torch.nn.init.normal_(parameter, std=0.2)
        network.mask_decoder.upscale_conv2.weight.data *= 30  # so that it is sure of something
    return network.eval()


def save_segmenter(folder: Path, kind: str = "SAM", seed: int = 0) -> Path:
    """As a folder that transformers reads."""
    tiny_segmenter(kind, seed).save_pretrained(folder)
    return folder


def save_original(path: Path, seed: int = 0) -> Path:
    """A `SamModel` in one file, with the names of the original code."""
    state = {original_name(name): tensor for name, tensor in tiny_segmenter("SAM", seed).state_dict().items()}
    state.pop("shared_image_embedding.positional_embedding")
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, path)
    return path


def original_name(name: str) -> str:
    """Written down by hand from the original's modules, the other way round than the engine reads them."""
    mlp = re.search(
        r"(iou_prediction_head|output_hypernetworks_mlps\.\d+)\.(proj_in|layers\.0|proj_out)", name
    )
    if mlp:
        number = {"proj_in": 0, "layers.0": 1, "proj_out": 2}[mlp[2]]
        name = name.replace(mlp[0], f"{mlp[1]}.layers.{number}")
    name = re.sub(r"^vision_encoder\.layers\.", "image_encoder.blocks.", name)
    name = name.replace("vision_encoder.", "image_encoder.").replace(
        "patch_embed.projection", "patch_embed.proj"
    )
    parts = {
        "image_encoder.neck": {"conv1": "0", "layer_norm1": "1", "conv2": "2", "layer_norm2": "3"},
        "prompt_encoder.mask_embed": {
            "conv1": "0", "layer_norm1": "1", "conv2": "3", "layer_norm2": "4", "conv3": "6",
        },
    }  # fmt: skip
    for prefix, numbers in parts.items():
        for word, number in numbers.items():
            name = name.replace(f"{prefix}.{word}.", f"{prefix}.{number}.")
    name = name.replace("encoder.mask_embed", "encoder.mask_downscaling").replace(
        "encoder.point_embed.", "encoder.point_embeddings."
    )
    name = name.replace(
        "shared_embedding.positional_embedding", "pe_layer.positional_encoding_gaussian_matrix"
    )
    for word, number in (("upscale_conv1", "0"), ("upscale_layer_norm", "1"), ("upscale_conv2", "3")):
        name = name.replace(f"mask_decoder.{word}.", f"mask_decoder.output_upscaling.{number}.")
    return re.sub(r"\.layer_norm(?=\d\.|_final)", ".norm", name)


def _made(kind: str) -> Any:
    if kind == "SAM":
        return SamModel(SamConfig(**SIZES))
    if kind == "SAM-HQ":
        decoder = {**SIZES["mask_decoder_config"], "vit_dim": 32}
        return SamHQModel(SamHQConfig(**{**SIZES, "mask_decoder_config": decoder}))
    backbone = Sam2HieraDetConfig(
        hidden_size=8, image_size=[SIDE, SIDE], blocks_per_stage=[1, 2, 1, 1], num_attention_heads=1,
        embed_dim_per_stage=[8, 16, 32, 64], num_attention_heads_per_stage=[1, 2, 4, 8],
        window_size_per_stage=[4, 4, 4, 4], global_attention_blocks=[2],
        window_positional_embedding_background_size=[4, 4],
    )  # fmt: skip
    vision = Sam2VisionConfig(
        backbone_config=backbone, backbone_channel_list=[64, 32, 16, 8], fpn_hidden_size=32,
        backbone_feature_sizes=[[16, 16], [8, 8], [4, 4]],
    )  # fmt: skip
    if kind == "SAM 2":
        return Sam2Model(Sam2Config(vision_config=vision, **SIZES_2))
    return Sam2VideoModel(
        Sam2VideoConfig(
            vision_config=vision, **SIZES_2, image_size=SIDE, memory_attention_hidden_size=32,
            memory_attention_num_layers=1, memory_attention_feed_forward_hidden_size=16,
            memory_attention_rope_feat_sizes=[4, 4], memory_encoder_hidden_size=32,
            memory_encoder_output_channels=8, memory_fuser_embed_dim=32, memory_fuser_intermediate_dim=16,
            mask_downsampler_embed_dim=32, memory_fuser_num_layers=1,
        )
    )  # fmt: skip
