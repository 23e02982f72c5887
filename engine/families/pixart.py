"""PixArt-Sigma: a small transformer on SDXL's autoencoder (https://arxiv.org/abs/2403.04692)."""

from __future__ import annotations

from typing import Any

from engine.api.request import Sampling
from engine.families.family import Inputs
from engine.families.pipeline_family import Kind, PipelineFamily, size_of
from engine.families.words import Rows, StockReader, lowered


def plain(inputs: Inputs) -> dict[str, Any]:
    return {
        **size_of(inputs), "guidance_scale": inputs.guidance, "eta": 0.0, "use_resolution_binning": False,
        "clean_caption": False, "negative_prompt": None,
    }  # fmt: skip


FAMILY = PipelineFamily(
    id="pixart",
    title="PixArt-Sigma",
    kinds={
        "PixArtSigmaPipeline": Kind(
            "PixArtSigmaPipeline", plain, Sampling("dpmpp_2m", steps=20, guidance=4.5), "Sigma"
        )
    },
    reader=StockReader(
        (
            "prompt_embeds", "prompt_attention_mask", "negative_prompt_embeds",
            "negative_prompt_attention_mask",
        ),
        "tokenizer", 299, {"clean_caption": False}, rows=(Rows("tokenizer", 0, 299),), prepared=lowered,
    ),
    prompt_tokens=299,
    is_flow=False,
    has_stock_batch=True,
    lora_targets={"transformer": ("to_q", "to_k", "to_v", "to_out.0", "ff.net.0.proj", "ff.net.2")},
)  # fmt: skip
