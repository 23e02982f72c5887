"""Qwen-Image of Alibaba: strong at text in pictures."""

from __future__ import annotations

from typing import Any

from engine.api.request import Sampling
from engine.diffusion.latents import Packing
from engine.families.family import Inputs
from engine.families.pipeline_family import Kind, PipelineFamily, size_of
from engine.families.words import StockReader


def plain(inputs: Inputs) -> dict[str, Any]:
    return {**size_of(inputs), "true_cfg_scale": inputs.guidance}


FAMILY = PipelineFamily(
    id="qwen_image",
    title="Qwen-Image",
    kinds={
        "QwenImagePipeline": Kind(
            "QwenImagePipeline", plain, Sampling("euler", steps=50, guidance=4.0), side=1328
        )
    },
    reader=StockReader(("prompt_embeds", "prompt_embeds_mask"), "tokenizer", 512, {}),
    prompt_tokens=512,
    packing=Packing(2),
    control="QwenImageControlNetModel",
    lora_targets={
        "transformer": (
            "to_q", "to_k", "to_v", "to_out.0", "add_q_proj", "add_k_proj", "add_v_proj", "to_add_out",
            "img_mlp.net.0.proj", "img_mlp.net.2", "txt_mlp.net.0.proj", "txt_mlp.net.2",
        )
    },
)  # fmt: skip
