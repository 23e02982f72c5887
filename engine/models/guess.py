"""What a sound file of an unknown family seems to be, by its tensors' names: so that the artist knows."""

from __future__ import annotations

from collections.abc import Iterable

from engine.api.model_info import Layout
from engine.families.checkpoint import Checkpoint

MARKS: dict[str, tuple[str, ...]] = {
    "a LoRA": (
        "lora_unet_",
        "lora_te",
        "lora_up.",
        "lora_down.",
        "lora_A.",
        "lora_B.",
        ".hada_w1_a",
        ".lokr_w1",
    ),
    "a ControlNet": ("control_model.", "controlnet_cond_embedding.", "controlnet_down_blocks."),
    "an IP-Adapter": ("ip_adapter.", "image_proj."),
    "a Stable Diffusion XL checkpoint": ("conditioner.embedders.", "model.diffusion_model.label_emb."),
    "a Stable Diffusion 3 checkpoint": ("joint_blocks.0.context_block.",),
    "a FLUX checkpoint": ("double_blocks.0.", "single_transformer_blocks.0."),
    "a Wan video checkpoint": ("blocks.0.cross_attn.norm_k", "blocks.0.modulation"),
    "a Z-Image or Lumina checkpoint": ("cap_embedder.", "context_refiner."),
    "a Qwen-Image checkpoint": ("transformer_blocks.0.img_mod.",),
    "a PixArt or Sana checkpoint": ("scale_shift_table",),
    "a Stable Cascade checkpoint": ("down_blocks.0.0.channelwise", "clip_txt_pooled_mapper."),
    "a motion module (AnimateDiff)": ("motion_modules.",),
    "a textual inversion (embedding)": ("emb_params", "string_to_param", "<"),
    "an upscaler (ESRGAN)": ("RRDB_trunk.", "body.0.rdb1.", "model.1.sub.0.RDB1", "params_ema."),
    "a Stable Diffusion network without VAE and text encoder": ("model.diffusion_model.input_blocks.0.",),
    "a bare diffusers UNet": ("down_blocks.0.resnets.0.time_emb_proj.",),
    "a VAE": ("first_stage_model.", "encoder.down.0.block", "encoder.down_blocks.", "decoder.up_blocks."),
    "a text encoder": ("text_model.", "cond_stage_model.", "encoder.block.0.layer"),
    "a language model": ("model.layers.0.self_attn", "model.embed_tokens.", "lm_head."),
    "a transformer diffusion model": ("transformer_blocks.0.", "blocks.0.attn"),
}
"""What it seems to be, and the pieces of names that give it away; the first hit counts."""


def seems_to_be(checkpoint: Checkpoint) -> str:
    """ "a LoRA", "a Stable Diffusion XL checkpoint", ...; for a folder, the pipeline it names."""
    if checkpoint.layout is Layout.DIFFUSERS:
        return (
            f"a {str(checkpoint.configs['model_index'].get('_class_name', 'folder of an unknown kind'))[:80]}"
        )
    return by_names(checkpoint.single.tensors)


def by_names(names: Iterable[str]) -> str:
    """As `seems_to_be`, from tensor names alone."""
    known = list(names)
    for kind, pieces in MARKS.items():
        if any(piece in name for name in known for piece in pieces):
            return kind
    return "a model of an unknown kind"
