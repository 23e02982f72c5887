"""Würstchen: three stages, of which the first works on 24 x 24 cells (https://arxiv.org/abs/2306.00637)."""

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

TITLE = "Würstchen"
TOKENIZER = f"{PREFIX}tokenizer"
PRIOR = f"{PREFIX}prior"


def _last_stage(model: Any, denoised: Any) -> Any:
    from engine.families.adapted.wuerstchen import wuerstchen_b  # imports torch

    return wuerstchen_b(model, denoised)


KIND = Kind(
    "WuerstchenPriorPipeline", guided, Sampling(SAMPLER, steps=60, guidance=4.0), adapted="Wuerstchen",
    begins_midway=False,
)  # fmt: skip

FAMILY = PipelineFamily(
    id="wuerstchen",
    title=TITLE,
    kinds={"WuerstchenDecoderPipeline": KIND, "WuerstchenCombinedPipeline": KIND},
    denoiser=PRIOR,
    text=(f"{PREFIX}text_encoder",),
    tokenizers=(TOKENIZER, "tokenizer"),
    reader=StockReader(
        ("prompt_embeds", "negative_prompt_embeds"), TOKENIZER, 75, {}, ears=ALONE, takes_words=False
    ),
    prompt_tokens=75,
    noise=COSINE,
    cells=128,
    ends_in_pixels=True,
    lora_targets={PRIOR: ("to_q", "to_k", "to_v", "to_out.0")},
    space=UnseenSpace,
    schedule=FIRST_SCHEDULER,
    later=("text_encoder", "decoder", "vqgan"),
    later_schedules={"scheduler": cosine_config},
    last_stage=_last_stage,
    refine=with_its_prior(TITLE, PRIOR, "wuerstchen-prior"),
)  # fmt: skip
