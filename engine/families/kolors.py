"""Kolors of Kuaishou: Stable Diffusion XL's network, told by a language model (Chinese and English).

https://github.com/Kwai-Kolors/Kolors
"""

from __future__ import annotations

from typing import Any

from engine.api.references import AdapterNetwork
from engine.api.request import Sampling
from engine.families.blanks import ALONE
from engine.families.family import Inputs
from engine.families.kinds import Kind, guided
from engine.families.pipeline_family import PipelineFamily
from engine.families.sdxl import UNET_LAYERS
from engine.families.traits import MIDDLE, Traits
from engine.families.words import StockReader


def plain(inputs: Inputs) -> dict[str, Any]:
    return {**guided(inputs), "eta": 0.0}


FAMILY = PipelineFamily(
    id="kolors",
    title="Kolors",
    kinds={
        "KolorsPipeline": Kind(
            "KolorsPipeline", plain, Sampling("dpmpp_2m_karras", steps=25, guidance=5.0),
            module="diffusers.pipelines.kolors",
        )
    },
    denoiser="unet",
    reader=StockReader(
        ("prompt_embeds", "negative_prompt_embeds", "pooled_prompt_embeds", "negative_pooled_prompt_embeds"),
        "tokenizer", 254, {}, ears=ALONE, takes_words=False,
    ),
    prompt_tokens=254,
    is_flow=False,
    cells=1,
    traits=Traits(has_stock_batch=True, disturbed=MIDDLE),
    lora_targets={"unet": UNET_LAYERS},
    ip_adapters=AdapterNetwork.UNET,
)  # fmt: skip
