"""AltDiffusion: Stable Diffusion told by XLM-RoBERTa, in 9 languages or in 18.

https://arxiv.org/abs/2308.09991
"""

from __future__ import annotations

from dataclasses import replace

from engine.api.request import Sampling
from engine.families.family import Reads
from engine.families.pipeline_family import PipelineFamily
from engine.families.sdxl import UNET_LAYERS
from engine.families.stable_diffusion_kinds import kind_of
from engine.families.traits import Traits
from engine.families.words import Rows, StockReader

FAMILY = PipelineFamily(
    id="alt_diffusion",
    title="AltDiffusion",
    kinds={
        "AltDiffusionPipeline": replace(
            kind_of(Reads.LATENTS, Sampling("dpmpp_2m_karras", steps=25, guidance=7.0)),
            pipeline="AltDiffusionPipeline", image_to_image="AltDiffusionImg2ImgPipeline", reader=None,
            side=512,
        )
    },
    denoiser="unet",
    reader=StockReader(
        ("prompt_embeds", "negative_prompt_embeds"), "tokenizer", 75, {"num_images_per_prompt": 1},
        rows=(Rows("tokenizer", 1, 75),), in_chunks=True,
    ),
    prompt_tokens=75,
    is_flow=False,
    cells=1,
    is_whole=True,
    traits=Traits(has_stock_batch=True),
    guidance_rescale=True,
    adapters=True,
    lora_targets={"unet": UNET_LAYERS},
)  # fmt: skip
