"""Chroma: FLUX.1 schnell's architecture with real guidance and T5 alone."""

from __future__ import annotations

from typing import Any

from engine.api.request import Sampling
from engine.diffusion.latents import Packing
from engine.families.family import Inputs
from engine.families.flux1 import LORA_LAYERS
from engine.families.pipeline_family import Kind, PipelineFamily, size_of
from engine.families.words import Rows, StockReader


def plain(inputs: Inputs) -> dict[str, Any]:
    return {**size_of(inputs), "guidance_scale": inputs.guidance}


FAMILY = PipelineFamily(
    id="chroma",
    title="Chroma",
    kinds={"ChromaPipeline": Kind("ChromaPipeline", plain, Sampling("euler", steps=35, guidance=5.0))},
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
)  # fmt: skip
