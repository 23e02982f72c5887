"""Chroma: FLUX.1 schnell's architecture with real guidance and T5 alone."""

from __future__ import annotations

from engine.api.request import Sampling
from engine.diffusion.latents.packing import Packing
from engine.families.flux1 import LORA_LAYERS
from engine.families.kinds import Kind, guided
from engine.families.pipeline_family import PipelineFamily
from engine.families.words import Rows, StockReader
from engine.networks.original import autoencoders, encoders, flux
from engine.networks.original.single_file import Denoiser, SingleFile

SINGLE = SingleFile(
    class_name="ChromaTransformer2DModel",
    layouts=(
        Denoiser((*flux.MARKS, "distilled_guidance_layer.in_proj.weight"), flux.CHROMA),
        Denoiser(
            ("distilled_guidance_layer.in_proj.weight", "single_transformer_blocks.0.proj_mlp.weight")
        ),
    ),
    config=flux.chroma_config,
    pipeline=lambda told: "ChromaPipeline",
    vae=autoencoders.FLUX,
    text=lambda told: {"text_encoder": encoders.T5},
    widths=lambda told: {"text_encoder": told.number("joint_attention_dim")},
    tokenizers={"tokenizer": "t5"},
    scheduler=lambda told: flux.SCHEDULER,
)  # fmt: skip

FAMILY = PipelineFamily(
    id="chroma",
    title="Chroma",
    kinds={"ChromaPipeline": Kind("ChromaPipeline", guided, Sampling("euler", steps=35, guidance=5.0))},
    reader=StockReader(
        (
            "prompt_embeds", "", "prompt_attention_mask", "negative_prompt_embeds", "",
            "negative_prompt_attention_mask",
        ),
        "tokenizer", 511, {}, rows=(Rows("tokenizer", 0, 511),),
    ),
    prompt_tokens=511,
    packing=Packing(2),
    lora_targets={"transformer": LORA_LAYERS},
    single=SINGLE,
)  # fmt: skip
