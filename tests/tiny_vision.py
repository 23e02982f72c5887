"""Tiny networks that look at pictures: transformers' real classes, saved with their processors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import (
    DepthAnythingConfig,
    Dinov2Config,
    DPTConfig,
    Mask2FormerConfig,
    OneFormerConfig,
    RTDetrConfig,
    RTDetrResNetConfig,
    SegformerConfig,
    SwinConfig,
    VitPoseBackboneConfig,
    VitPoseConfig,
)


def dinov2() -> Dinov2Config:
    return Dinov2Config(
        hidden_size=16, num_hidden_layers=4, num_attention_heads=2, mlp_ratio=2, image_size=28, patch_size=14,
        out_features=["stage1", "stage2", "stage3", "stage4"], reshape_hidden_states=False,
    )  # fmt: skip


def swin() -> SwinConfig:
    return SwinConfig(
        embed_dim=8, depths=[1, 1, 1, 1], num_heads=[1, 1, 2, 2], window_size=4, image_size=64,
        out_features=["stage1", "stage2", "stage3", "stage4"],
    )  # fmt: skip


def depth_anything() -> Any:
    config = DepthAnythingConfig(
        backbone_config=dinov2(), reassemble_hidden_size=16, patch_size=14, neck_hidden_sizes=[8, 8, 8, 8],
        fusion_hidden_size=8, head_hidden_size=8,
    )  # fmt: skip
    eyes = transformers.DPTImageProcessorPil(size={"height": 28, "width": 28}, do_rescale=True)
    return transformers.DepthAnythingForDepthEstimation(config), eyes


def dpt() -> Any:
    config = DPTConfig(
        hidden_size=16, num_hidden_layers=4, num_attention_heads=2, intermediate_size=32, image_size=32,
        patch_size=16, neck_hidden_sizes=[8, 8, 8, 8], fusion_hidden_size=8,
        backbone_out_indices=[0, 1, 2, 3], is_hybrid=False,
    )  # fmt: skip
    return transformers.DPTForDepthEstimation(config), transformers.DPTImageProcessorPil(
        size={"height": 32, "width": 32}
    )


def segformer(classes: int = 150) -> Any:
    config = SegformerConfig(
        hidden_sizes=[8, 8, 16, 16], depths=[1, 1, 1, 1], num_attention_heads=[1, 1, 2, 2],
        decoder_hidden_size=16, num_labels=classes,
    )  # fmt: skip
    eyes = transformers.SegformerImageProcessorPil(size={"height": 64, "width": 64})
    return transformers.SegformerForSemanticSegmentation(config), eyes


def mask2former() -> Any:
    config = Mask2FormerConfig(
        backbone_config=swin(), feature_size=32, mask_feature_size=32, hidden_dim=32,
        encoder_feedforward_dim=16, dim_feedforward=16, encoder_layers=1, decoder_layers=2,
        num_attention_heads=2, num_queries=4, num_labels=5,
    )  # fmt: skip
    eyes = transformers.Mask2FormerImageProcessorPil(size={"height": 64, "width": 64})
    return transformers.Mask2FormerForUniversalSegmentation(config), eyes


def oneformer() -> Any:
    config = OneFormerConfig(
        backbone_config=swin(), num_queries=4, num_labels=5, hidden_dim=32, mask_dim=32, conv_dim=32,
        encoder_layers=1, decoder_layers=2, encoder_feedforward_dim=16, dim_feedforward=16,
        num_attention_heads=2, text_encoder_width=16, text_encoder_num_layers=1, query_dec_layers=1,
        use_auxiliary_loss=False,
    )  # fmt: skip
    eyes = transformers.Mask2FormerImageProcessorPil(size={"height": 64, "width": 64})
    return transformers.OneFormerForUniversalSegmentation(config), eyes


def vitpose() -> Any:
    backbone = VitPoseBackboneConfig(
        image_size=[64, 48], patch_size=[16, 16], hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        mlp_ratio=2, part_features=4, out_features=["stage1"],
    )  # fmt: skip
    config = VitPoseConfig(backbone_config=backbone, num_labels=17, use_simple_decoder=True, scale_factor=4)
    eyes = transformers.VitPoseImageProcessorPil(size={"height": 64, "width": 48})
    return transformers.VitPoseForPoseEstimation(config), eyes


def rt_detr() -> Any:
    backbone = RTDetrResNetConfig(
        embedding_size=8, hidden_sizes=[8, 8, 16, 16], depths=[1, 1, 1, 1], layer_type="basic",
        out_features=["stage2", "stage3", "stage4"],
    )  # fmt: skip
    config = RTDetrConfig(
        backbone_config=backbone, encoder_hidden_dim=16, encoder_in_channels=[8, 16, 16],
        encoder_ffn_dim=16, encoder_layers=1, encoder_attention_heads=2, d_model=16, num_queries=10,
        decoder_in_channels=[16, 16, 16], decoder_ffn_dim=16, decoder_layers=1, decoder_attention_heads=2,
        num_denoising=0, id2label={0: "person", 1: "dog"}, label2id={"person": 0, "dog": 1},
    )  # fmt: skip
    eyes = transformers.RTDetrImageProcessorPil(size={"height": 64, "width": 64})
    return transformers.RTDetrForObjectDetection(config), eyes


NETWORKS = {
    "depth-anything": depth_anything, "dpt": dpt, "segformer": segformer, "mask2former": mask2former,
    "oneformer": oneformer, "vitpose": vitpose, "rt-detr": rt_detr,
}  # fmt: skip


def tiny_vision(name: str, folder: Path, seed: int = 0) -> Path:
    """The network with what brings pictures to its size, as its makers give it."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network, eyes = NETWORKS[name]()
    network.save_pretrained(folder)
    eyes.save_pretrained(folder)
    return folder
