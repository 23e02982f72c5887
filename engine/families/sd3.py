"""Stable Diffusion 3 and 3.5, with or without the large T5 encoder."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.api.request import Sampling
from engine.families.checkpoint import Checkpoint
from engine.families.family import Inputs
from engine.families.pipeline_family import Kind, PipelineFamily, size_of
from engine.families.words import Rows, StockReader


def plain(inputs: Inputs) -> dict[str, Any]:
    return {**size_of(inputs), "guidance_scale": inputs.guidance}


def _more_exactly(kind: Kind, checkpoint: Checkpoint) -> Kind:
    config = checkpoint.configs["transformer"]
    if config.get("qk_norm") != "rms_norm":
        return kind
    is_turbo = "turbo" in checkpoint.path.name.lower()
    variant = "3.5 medium" if config.get("dual_attention_layers") else "3.5 large"
    sampling = Sampling("euler", steps=4, guidance=1.0) if is_turbo else replace(kind.sampling, guidance=4.5)
    return replace(kind, variant=f"{variant} turbo" if is_turbo else variant, sampling=sampling)


FAMILY = PipelineFamily(
    id="sd3",
    title="Stable Diffusion 3",
    kinds={
        "StableDiffusion3Pipeline": Kind(
            "StableDiffusion3Pipeline", plain, Sampling("euler", steps=28, guidance=7.0), "3 medium"
        )
    },
    text=("text_encoder", "text_encoder_2", "text_encoder_3"),
    tokenizers=("tokenizer", "tokenizer_2", "tokenizer_3"),
    reader=StockReader(
        ("prompt_embeds", "negative_prompt_embeds", "pooled_prompt_embeds", "negative_pooled_prompt_embeds"),
        "tokenizer_3", 255, {"prompt_2": None, "prompt_3": None},
        rows=(Rows("tokenizer", 1, 75), Rows("tokenizer_3", 77, 255)),
    ),
    prompt_tokens=255,
    has_stock_batch=True,
    is_teachable=True,
    control="SD3ControlNetModel",
    lora_targets={
        "transformer": (
            "to_q", "to_k", "to_v", "to_out.0", "add_q_proj", "add_k_proj", "add_v_proj", "to_add_out",
            "ff.net.0.proj", "ff.net.2", "ff_context.net.0.proj", "ff_context.net.2",
        )
    },
    refine=_more_exactly,
)  # fmt: skip
