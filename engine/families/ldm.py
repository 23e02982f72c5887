"""Latent Diffusion before it was Stable, whose words a BERT reads (https://arxiv.org/abs/2112.10752)."""

from __future__ import annotations

from engine.api.request import Sampling
from engine.families.blanks import Ear
from engine.families.heeded import Hears
from engine.families.kinds import Kind, guided
from engine.families.pipeline_family import PipelineFamily
from engine.families.seen_words import LaterReader, with_words
from engine.families.traits import Traits

UNSEEDED = ("ddim", "dpmpp_2m", "dpmpp_2m_karras")
"""Its pipeline scales nothing for its sampler and hands it no generator: what adds no noise on the way."""

FAMILY = PipelineFamily(
    id="ldm",
    title="Latent Diffusion",
    kinds={
        "LDMTextToImagePipeline": Kind(
            "LDMTextToImagePipeline", guided, Sampling("ddim", steps=50, guidance=6.0), schedulers=UNSEEDED,
            adapted="pipelines.LatentDiffusion", negative_prompt=False, side=256,
        )
    },
    denoiser="unet",
    reader=LaterReader("tokenizer", 75, Hears((Ear(network="reading"),))),
    prompt_tokens=75,
    is_flow=False,
    cells=1,
    is_whole=True,
    traits=Traits(ends_in_pixels=True),
    finish=with_words,
)  # fmt: skip
"""What it guides against is the empty prompt, always."""
