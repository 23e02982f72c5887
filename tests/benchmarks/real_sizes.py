"""Networks of real size with random weights, as diffusers folders: others are not at hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import resources
from engine.tokenizers.clip import openai_vocabulary

CLIP_L = {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12}
CLIP_G = {
    "hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32, "num_attention_heads": 20,
    "hidden_act": "gelu", "projection_dim": 1280,
}  # fmt: skip
SDXL_UNET = {
    "sample_size": 128, "in_channels": 4, "out_channels": 4, "block_out_channels": (320, 640, 1280),
    "layers_per_block": 2, "attention_head_dim": (5, 10, 20), "cross_attention_dim": 2048,
    "transformer_layers_per_block": (1, 2, 10), "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256, "projection_class_embeddings_input_dim": 2816,
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
}  # fmt: skip
FLUX_TRANSFORMER = {
    "patch_size": 1, "in_channels": 64, "num_layers": 19, "num_single_layers": 38, "attention_head_dim": 128,
    "num_attention_heads": 24, "joint_attention_dim": 4096, "pooled_projection_dim": 768,
    "guidance_embeds": True, "axes_dims_rope": (16, 56, 56),
}  # fmt: skip
FLUX_T5 = {"d_model": 4096, "d_kv": 64, "d_ff": 128, "num_layers": 1, "num_heads": 64, "vocab_size": 32128}
"""One narrow layer: words are read once a picture, and their time is not what is measured."""


def vae_config(channels: int = 4, **more: Any) -> dict[str, Any]:
    root = Path(resources.__file__).parent / "models" / "sd1"
    config = json.loads((root / "vae.json").read_text())
    return {**config, "latent_channels": channels, **more}


def sd15(folder: Path, device: str, dtype: Any) -> Path:
    """Stable Diffusion 1.5: 0.86 + 0.08 + 0.12 thousand million numbers."""
    import diffusers

    root = Path(resources.__file__).parent / "models" / "sd1"
    unet = json.loads((root / "unet.json").read_text())
    pipeline = diffusers.StableDiffusionPipeline(
        unet=_made(lambda: diffusers.UNet2DConditionModel(**unet), device, dtype),
        vae=_made(lambda: diffusers.AutoencoderKL(**vae_config()), device, dtype),
        text_encoder=_made(lambda: _clip(CLIP_L), device, dtype),
        tokenizer=_clip_tokenizer(),
        scheduler=_noise(),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip
    pipeline.save_pretrained(folder)
    return folder


def sdxl(folder: Path, device: str, dtype: Any) -> Path:
    """Stable Diffusion XL base: 2.6 + 0.08 + 0.82 thousand million numbers."""
    import diffusers

    vae = vae_config(sample_size=1024, scaling_factor=0.13025)
    pipeline = diffusers.StableDiffusionXLPipeline(
        unet=_made(lambda: diffusers.UNet2DConditionModel(**SDXL_UNET), device, dtype),
        vae=_made(lambda: diffusers.AutoencoderKL(**vae), device, dtype),
        text_encoder=_made(lambda: _clip(CLIP_L), device, dtype),
        text_encoder_2=_made(lambda: _clip(CLIP_G, projects=True), device, dtype),
        tokenizer=_clip_tokenizer(), tokenizer_2=_clip_tokenizer(pad="!"), scheduler=_noise(),
        add_watermarker=False,
    )  # fmt: skip
    pipeline.save_pretrained(folder)
    return folder


def flux(folder: Path, device: str, dtype: Any) -> Path:
    """FLUX.1 dev: 11.9 + 0.08 thousand million numbers; its T5 is a stand-in."""
    import diffusers
    from transformers import T5Config, T5EncoderModel, T5Tokenizer

    vae = vae_config(
        16, sample_size=1024, scaling_factor=0.3611, shift_factor=0.1159, use_quant_conv=False,
        use_post_quant_conv=False,
    )  # fmt: skip
    pieces: Any = [(piece, 0.0) for piece in ("<pad>", "</s>", "<unk>", *map(chr, range(33, 127)), "\u2581")]
    pipeline = diffusers.FluxPipeline(
        transformer=_made(lambda: diffusers.FluxTransformer2DModel(**FLUX_TRANSFORMER), device, dtype),
        vae=_made(lambda: diffusers.AutoencoderKL(**vae), device, dtype),
        text_encoder=_made(lambda: _clip(CLIP_L), device, dtype),
        text_encoder_2=_made(lambda: T5EncoderModel(T5Config(**FLUX_T5)), device, dtype),
        tokenizer=_clip_tokenizer(), tokenizer_2=T5Tokenizer(vocab=pieces, extra_ids=0),
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
    )  # fmt: skip
    pipeline.save_pretrained(folder)
    return folder


def _made(make: Callable[[], Any], device: str, dtype: Any) -> Any:
    """Built where it will be and in its own format: in 32 bits the largest would not fit."""
    import torch

    before = torch.get_default_dtype()
    torch.manual_seed(0)
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            return make()
    finally:
        torch.set_default_dtype(before)


def _clip(config: dict[str, Any], projects: bool = False) -> Any:
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    full = CLIPTextConfig(vocab_size=49408, eos_token_id=49407, pad_token_id=49407, **config)
    return (CLIPTextModelWithProjection if projects else CLIPTextModel)(full)


def _clip_tokenizer(pad: str = "<|endoftext|>") -> Any:
    from transformers import CLIPTokenizer

    vocabulary = openai_vocabulary()
    return CLIPTokenizer(
        vocab=dict(vocabulary.ids), merges=list(vocabulary.merges),  # type: ignore[arg-type]
        model_max_length=77, pad_token=pad,
    )  # fmt: skip


def _noise() -> Any:
    import diffusers

    return diffusers.PNDMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", skip_prk_steps=True, steps_offset=1
    )
