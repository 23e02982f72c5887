"""Sana of NVIDIA: an autoencoder of 32 pixels a cell makes it fast (https://arxiv.org/abs/2410.10629)."""

from __future__ import annotations

from typing import Any

from engine.api.request import Sampling
from engine.families.blanks import ALONE
from engine.families.family import Inputs
from engine.families.kinds import Kind, size_of
from engine.families.pipeline_family import PipelineFamily
from engine.families.traits import Traits
from engine.families.words import StockReader, lowered
from engine.networks.original import cross_attention, language_models
from engine.networks.original.deep_autoencoder import DEEP
from engine.networks.original.rules import Tensors
from engine.networks.original.single_file import Denoiser, SingleFile


def plain(inputs: Inputs) -> dict[str, Any]:
    return {
        **size_of(inputs), "guidance_scale": inputs.guidance, "eta": 0.0, "use_resolution_binning": False,
        "clean_caption": False, "negative_prompt": None,
    }  # fmt: skip


def _refused(tensors: Tensors, name: str) -> str:
    if any(name.startswith(("cfg_embedder.", "time_embed.guidance_embedder.")) for name in tensors):
        return (
            "Sana Sprint, which Lienzo reads as a diffusers folder and not as a file. "
            "Get its folder, or choose another model of few steps."
        )
    return ""


SINGLE = SingleFile(
    class_name="SanaTransformer2DModel",
    layouts=(
        Denoiser(
            cross_attention.SANA_MARKS, cross_attention.SANA_RULES, config=cross_attention.sana_makers_config
        ),
        Denoiser(("caption_norm.weight", "transformer_blocks.0.ff.conv_inverted.weight")),
    ),
    config=cross_attention.sana_config,
    pipeline=lambda told: "SanaPipeline",
    vae=DEEP,
    text=lambda told: {"text_encoder": language_models.GEMMA2},
    widths=lambda told: {"text_encoder": told.number("caption_channels")},
    tokenizers={"tokenizer": "gemma"},
    scheduler=lambda told: {"num_train_timesteps": 1000, "shift": 3.0},
    refuse=_refused,
)

FAMILY = PipelineFamily(
    id="sana",
    title="Sana",
    kinds={"SanaPipeline": Kind("SanaPipeline", plain, Sampling("dpmpp_2m", steps=20, guidance=4.5))},
    reader=StockReader(
        (
            "prompt_embeds", "prompt_attention_mask", "negative_prompt_embeds",
            "negative_prompt_attention_mask",
        ),
        "tokenizer", 298, {"clean_caption": False}, ears=ALONE, prepared=lowered,
    ),
    least_multiple=32,
    single=SINGLE,
    prompt_tokens=298,
    cells=1,
    traits=Traits(has_stock_batch=True),
    lora_targets={"transformer": ("to_q", "to_k", "to_v", "to_out.0")},
    control="SanaControlNetModel",
)  # fmt: skip
