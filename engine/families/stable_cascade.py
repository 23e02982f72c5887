"""Stable Cascade: three stages, of which the first works on 24 x 24 cells (https://arxiv.org/abs/2306.00637)."""

from __future__ import annotations

from typing import Any

from engine.api.request import Sampling
from engine.diffusion.cosine_schedulers import COSINE as SAMPLER
from engine.diffusion.cosine_schedulers import cosine_config
from engine.diffusion.latents import UnseenSpace
from engine.families.blanks import ALONE
from engine.families.kinds import Kind, guided
from engine.families.noise import COSINE
from engine.families.pipeline_family import PipelineFamily
from engine.families.stages import FIRST_SCHEDULER, PREFIX, with_its_prior
from engine.families.words import StockReader

TITLE = "Stable Cascade"
TOKENIZER = f"{PREFIX}tokenizer"
PRIOR = f"{PREFIX}prior"


def _last_stage(model: Any, denoised: Any) -> Any:
    from engine.families.adapted.cascade import stage_b  # imports torch

    return stage_b(model, denoised)


KIND = Kind(
    "StableCascadePriorPipeline", guided, Sampling(SAMPLER, steps=20, guidance=4.0), adapted="StableCascade",
    begins_midway=False,
)  # fmt: skip

FAMILY = PipelineFamily(
    id="stable_cascade",
    title=TITLE,
    kinds={"StableCascadeDecoderPipeline": KIND, "StableCascadeCombinedPipeline": KIND},
    denoiser=PRIOR,
    text=(f"{PREFIX}text_encoder",),
    tokenizers=(TOKENIZER,),
    reader=StockReader(
        (
            "prompt_embeds", "prompt_embeds_pooled", "negative_prompt_embeds",
            "negative_prompt_embeds_pooled",
        ),
        TOKENIZER, 75, {}, ears=ALONE,
    ),
    prompt_tokens=75,
    noise=COSINE,
    cells=128,
    space=UnseenSpace,
    schedule=FIRST_SCHEDULER,
    later=("decoder", "vqgan"),
    later_schedules={"scheduler": cosine_config},
    last_stage=_last_stage,
    refine=with_its_prior(TITLE, PRIOR, "stable-cascade-prior"),
)  # fmt: skip
