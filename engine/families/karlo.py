"""unCLIP as Karlo of Kakao Brain has it, in pixels (https://arxiv.org/abs/2204.06125)."""

from __future__ import annotations

from typing import Any

from engine.api.request import Sampling
from engine.diffusion.cosine_schedulers import UNCLIP as SAMPLER
from engine.diffusion.cosine_schedulers import unclip_config
from engine.families.family import Inputs
from engine.families.heeded import Hears
from engine.families.kinds import Kind, run_by
from engine.families.noise import UNCLIP
from engine.families.pipeline_family import PipelineFamily
from engine.families.seen_words import LaterReader, with_words
from engine.families.stages import PREFIX
from engine.families.traits import Traits

LARGER = 4
"""Times what the decoder draws, along a side."""


def plain(inputs: Inputs) -> dict[str, Any]:
    return {"guidance_scale": inputs.guidance}


FAMILY = PipelineFamily(
    id="karlo",
    title="unCLIP (Karlo)",
    kinds={
        "UnCLIPPipeline": Kind(
            "UnCLIPPipeline", plain, Sampling(SAMPLER, steps=25, guidance=8.0), adapted="karlo.Karlo",
            cell=LARGER, negative_prompt=False, side=256,
        )
    },
    denoiser="decoder",
    text=("text_encoder", "text_proj", "prior"),
    reader=LaterReader("tokenizer", 75, Hears(by_itself=True, hears_learnt=True)),
    prompt_tokens=75,
    is_flow=False,
    noise=UNCLIP,
    cells=1,
    fixed_size=True,
    traits=Traits(ends_in_pixels=True),
    schedule="decoder_scheduler",
    first_stage=run_by("karlo.karlo_prior"),
    later=("super_res_first", "super_res_last"),
    later_schedules={"super_res_scheduler": unclip_config, f"{PREFIX}scheduler": unclip_config},
    last_stage=run_by("karlo.karlo_enlarged"),
    finish=with_words,
)  # fmt: skip
"""What it guides against is what its makers taught it for nothing."""
