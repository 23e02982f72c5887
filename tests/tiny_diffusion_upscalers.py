"""Tiny folders of diffusion models that make pictures larger: real classes, random weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import diffusers
from tiny import tiny_tokenizer
from tiny_families import clip

STOCK: Any = diffusers


def autoencoder(levels: int, **more: Any) -> Any:
    return STOCK.AutoencoderKL(
        block_out_channels=(8,) * levels, down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels, latent_channels=4, norm_num_groups=4, **more,
    )  # fmt: skip


def x4() -> Any:
    unet = STOCK.UNet2DConditionModel(
        sample_size=16, in_channels=7, out_channels=4, block_out_channels=(8, 16), layers_per_block=1,
        norm_num_groups=4, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), cross_attention_dim=32, attention_head_dim=4,
        num_class_embeds=1000,
    )  # fmt: skip
    return STOCK.StableDiffusionUpscalePipeline(
        vae=autoencoder(3, scaling_factor=0.08333), text_encoder=clip(), tokenizer=tiny_tokenizer(),
        unet=unet, low_res_scheduler=STOCK.DDPMScheduler(),
        scheduler=STOCK.DDIMScheduler(prediction_type="v_prediction", clip_sample=False),
    )  # fmt: skip


def latent_x2() -> Any:
    unet = STOCK.UNet2DConditionModel(
        act_fn="gelu", attention_head_dim=8, block_out_channels=(32, 32, 64, 64), cross_attention_dim=32,
        conv_in_kernel=1, conv_out_kernel=1, in_channels=8, out_channels=5, mid_block_type=None,
        down_block_types=("KDownBlock2D", *["KCrossAttnDownBlock2D"] * 3), only_cross_attention=False,
        resnet_time_scale_shift="scale_shift", time_embedding_type="fourier", timestep_post_act="gelu",
        time_cond_proj_dim=160, up_block_types=(*["KCrossAttnUpBlock2D"] * 3, "KUpBlock2D"),
        norm_num_groups=None,
    )  # fmt: skip
    return STOCK.StableDiffusionLatentUpscalePipeline(
        vae=autoencoder(4), text_encoder=clip(), tokenizer=tiny_tokenizer(), unet=unet,
        scheduler=STOCK.EulerDiscreteScheduler(prediction_type="sample"),
    )  # fmt: skip


def ldm() -> Any:
    unet = STOCK.UNet2DModel(
        sample_size=32, in_channels=6, out_channels=3, block_out_channels=(8, 16), layers_per_block=1,
        norm_num_groups=4, down_block_types=("DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D"), attention_head_dim=8,
    )  # fmt: skip
    vqvae = STOCK.VQModel(
        block_out_channels=(8,) * 3, down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3, latent_channels=3, norm_num_groups=4, num_vq_embeddings=16,
    )  # fmt: skip
    return STOCK.LDMSuperResolutionPipeline(
        vqvae=vqvae, unet=unet, scheduler=STOCK.DDIMScheduler(clip_sample=False)
    )


MADE: dict[str, tuple[Callable[[], Any], int, int]] = {
    "x4": (x4, 4, 16),
    "x2": (latent_x2, 2, 64),
    "ldm": (ldm, 4, 32),
}
"""Name to how it is made, how many times larger its pictures are, and the side of what it is given."""
