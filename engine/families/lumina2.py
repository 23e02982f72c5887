"""Lumina Image 2.0 (https://arxiv.org/abs/2503.21758)."""

from __future__ import annotations

from engine.api.request import Sampling
from engine.families.blanks import ALONE
from engine.families.kinds import Kind, guided
from engine.families.pipeline_family import PipelineFamily
from engine.families.words import StockReader
from engine.networks.original import autoencoders, language_models, transformers
from engine.networks.original.single_file import Denoiser, SingleFile

SYSTEM = (
    "You are an assistant designed to generate superior images with the superior degree of image-text "
    "alignment based on textual prompts or user prompts. <Prompt Start> "
)
"""What its pipeline says before the prompt."""
KIND = Kind("Lumina2Pipeline", guided, Sampling("euler", steps=30, guidance=4.0))

SINGLE = SingleFile(
    class_name="Lumina2Transformer2DModel",
    layouts=(
        Denoiser(transformers.LUMINA2_MARKS, transformers.LUMINA2_RULES),
        Denoiser(("time_caption_embed.caption_embedder.0.weight", "noise_refiner.0.attn.to_q.weight")),
    ),
    config=transformers.lumina2_config,
    pipeline=lambda told: "Lumina2Pipeline",
    vae=autoencoders.FLUX,
    text=lambda told: {"text_encoder": language_models.GEMMA2},
    widths=lambda told: {"text_encoder": told.number("cap_feat_dim")},
    tokenizers={"tokenizer": "gemma"},
    scheduler=lambda told: {"num_train_timesteps": 1000, "shift": 6.0},
)

FAMILY = PipelineFamily(
    id="lumina2",
    title="Lumina 2",
    kinds={"Lumina2Pipeline": KIND, "Lumina2Text2ImgPipeline": KIND},
    reader=StockReader(
        (
            "prompt_embeds", "prompt_attention_mask", "negative_prompt_embeds",
            "negative_prompt_attention_mask",
        ),
        "tokenizer", 256, {}, ears=ALONE, before=SYSTEM, with_marks=True,
    ),
    single=SINGLE,
    prompt_tokens=256,
    lora_targets={
        "transformer": ("to_q", "to_k", "to_v", "to_out.0", "linear_1", "linear_2", "linear_3")
    },
)  # fmt: skip
