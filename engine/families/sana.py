"""Sana of NVIDIA: an autoencoder of 32 pixels a cell makes it fast (https://arxiv.org/abs/2410.10629)."""

from __future__ import annotations

from typing import Any

from engine.api.request import Sampling
from engine.families.family import Inputs
from engine.families.pipeline_family import Kind, PipelineFamily, size_of
from engine.families.words import StockReader


def plain(inputs: Inputs) -> dict[str, Any]:
    return {
        **size_of(inputs), "guidance_scale": inputs.guidance, "eta": 0.0, "use_resolution_binning": False,
        "clean_caption": False, "negative_prompt": None,
    }  # fmt: skip


FAMILY = PipelineFamily(
    id="sana",
    title="Sana",
    kinds={"SanaPipeline": Kind("SanaPipeline", plain, Sampling("dpmpp_2m", steps=20, guidance=4.5))},
    reader=StockReader(
        (
            "prompt_embeds", "prompt_attention_mask", "negative_prompt_embeds",
            "negative_prompt_attention_mask",
        ),
        "tokenizer", 299, {"clean_caption": False},
    ),
    least_multiple=32,
    prompt_tokens=299,
    cells=1,
    has_stock_batch=True,
    lora_targets={"transformer": ("to_q", "to_k", "to_v", "to_out.0")},
)  # fmt: skip
