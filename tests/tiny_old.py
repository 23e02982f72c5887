"""Tiny folders of the models that came before and beside Stable Diffusion: real classes, random weights."""

from __future__ import annotations

from typing import Any

import diffusers
import torch
import transformers
from diffusers.pipelines.deprecated.alt_diffusion.modeling_roberta_series import (
    RobertaSeriesConfig,
    RobertaSeriesModelWithTransformation,
)
from diffusers.pipelines.deprecated.unidiffuser import UniDiffuserModel, UniDiffuserTextDecoder
from diffusers.pipelines.deprecated.versatile_diffusion.modeling_text_unet import UNetFlatConditionModel
from tiny import tiny_tokenizer, tiny_unet
from tiny_families import clip, vae
from tiny_references import tiny_encoder
from tiny_stages import WIDTH, stirred, xlm_roberta_tokenizer

STOCK: Any = diffusers
"""Whose classes ask for parts that they do without."""


def alt_text(has_pre_transformation: bool = True) -> Any:
    """As of nine languages; the first one, of two, projects its last layer."""
    config: Any = RobertaSeriesConfig(
        vocab_size=32, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=80, project_dim=WIDTH,
    )  # fmt: skip
    config.has_pre_transformation = has_pre_transformation
    return RobertaSeriesModelWithTransformation(config)


def alt_diffusion() -> Any:
    """64 pixels a side."""
    return STOCK.AltDiffusionPipeline(
        vae=vae(), text_encoder=alt_text(), tokenizer=xlm_roberta_tokenizer(model_max_length=77),
        unet=tiny_unet(1, text_width=WIDTH), scheduler=diffusers.PNDMScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", skip_prk_steps=True,
            steps_offset=1, set_alpha_to_one=False,
        ),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip


def versatile() -> Any:
    """64 pixels a side: one network that draws, and one that else writes texts."""
    shape: Any = {
        "sample_size": 8, "block_out_channels": (32, 64), "layers_per_block": 1,
        "cross_attention_dim": WIDTH, "attention_head_dim": 8,
    }  # fmt: skip
    flat: Any = UNetFlatConditionModel
    texts = flat(
        in_channels=(4, 1, 1), out_channels=(4, 1, 1),
        down_block_types=("CrossAttnDownBlockFlat", "DownBlockFlat"),
        up_block_types=("UpBlockFlat", "CrossAttnUpBlockFlat"), **shape,
    )  # fmt: skip
    pictures = diffusers.UNet2DConditionModel(
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"), **shape,
    )  # fmt: skip
    return STOCK.VersatileDiffusionPipeline(
        tokenizer=tiny_tokenizer(), text_encoder=clip("CLIPTextModelWithProjection"),
        image_encoder=tiny_encoder(width=WIDTH), image_unet=pictures, text_unet=texts, vae=vae(),
        image_feature_extractor=transformers.CLIPImageProcessorPil(size=32, crop_size=32),
        scheduler=diffusers.DDIMScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False,
            set_alpha_to_one=False, steps_offset=1,
        ),
    )  # fmt: skip


def unidiffuser() -> Any:
    """64 pixels a side; what writes its texts is there, as its makers have it."""
    network: Any = UniDiffuserModel
    draws = network(
        text_dim=16, clip_img_dim=WIDTH, num_attention_heads=2, attention_head_dim=8, in_channels=4,
        out_channels=4, num_layers=2, sample_size=8, patch_size=2, activation_fn="gelu",
        num_embeds_ada_norm=1000, use_data_type_embedding=True,
    )  # fmt: skip
    writes = UniDiffuserTextDecoder(
        prefix_length=77, prefix_inner_dim=32, prefix_hidden_dim=16, vocab_size=64, n_positions=80,
        n_embd=16, n_layer=1, n_head=2,
    )  # fmt: skip
    head = writes.transformer.lm_head  # no file holds a tensor twice
    head.weight = torch.nn.Parameter(head.weight.detach().clone())
    return STOCK.UniDiffuserPipeline(
        vae=vae(), text_encoder=clip(), image_encoder=tiny_encoder(width=WIDTH), text_decoder=writes,
        clip_image_processor=transformers.CLIPImageProcessorPil(size=32, crop_size=32),
        clip_tokenizer=tiny_tokenizer(), unet=stirred(draws),
        text_tokenizer=transformers.GPT2Tokenizer(vocab={"<|endoftext|>": 0, "a": 1}, merges=[]),
        scheduler=diffusers.DPMSolverMultistepScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", solver_order=3
        ),
    )  # fmt: skip
