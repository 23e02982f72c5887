"""Stable Cascade: three stages, of which the first works on 24 x 24 cells (https://arxiv.org/abs/2306.00637)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.api.request import Sampling
from engine.checkpoints.checkpoint import Checkpoint
from engine.diffusion.cosine_schedulers import COSINE as SAMPLER
from engine.diffusion.cosine_schedulers import cosine_config
from engine.diffusion.latents.without_vae import UnseenSpace
from engine.families.blanks import ALONE
from engine.families.family import Inputs
from engine.families.kinds import Kind, guided, references_of, run_by
from engine.families.noise import COSINE
from engine.families.pipeline_family import PipelineFamily
from engine.families.stages import FIRST_SCHEDULER, PREFIX, with_its_prior
from engine.families.words import StockReader

TOKENIZER = f"{PREFIX}tokenizer"
PRIOR = f"{PREFIX}prior"
EYES = f"{PREFIX}image_encoder"
MOST_PICTURES = 4
"""Its pipeline sets no bound; each is one more token to look at."""
TOKENS = 75


def shown(inputs: Inputs) -> dict[str, Any]:
    return {**guided(inputs), "pictures": references_of(inputs)}


def seeing_where_it_can(kind: Kind, checkpoint: Checkpoint) -> Kind:
    """It takes after pictures where CLIP's eyes lie with the first stage."""
    if EYES not in checkpoint.weights:
        return kind
    return replace(kind, arguments=shown, references=MOST_PICTURES)


def cascade_of(
    id: str,
    title: str,
    name: str,
    reader: StockReader,
    *,
    steps: int,
    adapted: str,
    last_stage: str,
    prior: str,
    tokenizers: tuple[str, ...] = (TOKENIZER,),
    later: tuple[str, ...] = ("decoder", "vqgan"),
    eyes: tuple[str, ...] = (),
    **more: Any,
) -> PipelineFamily:
    """A family whose first stage is denoised step by step, as Würstchen's is.

    Args:
        name: With which the names of its pipelines begin.
        steps: Of the first stage, as its makers recommend.
        adapted: Runs the first stage, and `last_stage` the others; as `kinds.adapted` takes them.
        prior: What its makers call the folder of the first stage.
        later: Parts of the others.
        eyes: Of the first stage, where it takes after pictures too.
        more: Further fields of the family.
    """
    its_prior = with_its_prior(title, PRIOR, prior)

    def refine(kind: Kind, checkpoint: Checkpoint) -> Kind:
        kind = its_prior(kind, checkpoint)
        return seeing_where_it_can(kind, checkpoint) if eyes else kind

    kind = Kind(
        f"{name}PriorPipeline", guided, Sampling(SAMPLER, steps=steps, guidance=4.0), adapted=adapted,
        begins_midway=False,
    )  # fmt: skip
    return PipelineFamily(
        id=id,
        title=title,
        kinds={f"{name}DecoderPipeline": kind, f"{name}CombinedPipeline": kind},
        denoiser=PRIOR,
        text=(f"{PREFIX}text_encoder", *eyes),
        tokenizers=tokenizers,
        reader=reader,
        prompt_tokens=TOKENS,
        noise=COSINE,
        cells=128,
        space=UnseenSpace,
        schedule=FIRST_SCHEDULER,
        later=later,
        later_schedules={"scheduler": cosine_config},
        last_stage=run_by(last_stage),
        refine=refine,
        **more,
    )


FAMILY = cascade_of(
    "stable_cascade", "Stable Cascade", "StableCascade",
    StockReader(
        (
            "prompt_embeds", "prompt_embeds_pooled", "negative_prompt_embeds",
            "negative_prompt_embeds_pooled",
        ),
        TOKENIZER, TOKENS, {}, ears=ALONE,
    ),
    steps=20, adapted="cascade.StableCascade", last_stage="cascade.stage_b", prior="stable-cascade-prior",
    eyes=(EYES,), first_stage=run_by("cascade.seen"),
)  # fmt: skip
