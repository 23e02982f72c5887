"""DreamLite of ByteDance: a small network that draws from words, or by an instruction about a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.api.request import Sampling
from engine.diffusion.latents.certain import ScaledTinySpace
from engine.families.blanks import Ear
from engine.families.family import Inputs
from engine.families.heeded import Hears
from engine.families.kinds import Kind, guided, references_of, size_of
from engine.families.pipeline_family import PipelineFamily
from engine.families.seen_words import LaterReader, SeenByQwen3, with_words
from engine.families.traits import Traits
from engine.tokenizers.chat import DESCRIBE, DESCRIBED

TOKENS = 200
"""Of a prompt that are read; of an instruction about a picture all are."""


def plain(inputs: Inputs) -> dict[str, Any]:
    return {**guided(inputs), **_picture(inputs), "image_guidance_scale": inputs.image_guidance}


def mobile(inputs: Inputs) -> dict[str, Any]:
    """It was taught its guidance."""
    return {**size_of(inputs), **_picture(inputs)}


def _picture(inputs: Inputs) -> dict[str, Any]:
    return {"image": references_of(inputs)[0]} if inputs.references else {}


def _processors(tokenizers: Mapping[str, Any]) -> dict[str, Any]:
    """Words alone are read by what reads pictures too, so that weights are heeded in one place."""
    reads = SeenByQwen3(tokenizers["processor"])
    return {"processor": reads, "tokenizer": reads}


FAMILY = PipelineFamily(
    id="dreamlite",
    title="DreamLite",
    kinds={
        # it always guides: the negative prompt is read at every scale
        "DreamLitePipeline": Kind(
            "DreamLitePipeline", plain, Sampling("euler", steps=30, guidance=3.5), references=1,
            image_guidance=True, is_guided=lambda guidance: True, is_taught=False,
        ),
        "DreamLiteMobilePipeline": Kind(
            "DreamLiteMobilePipeline", mobile, Sampling("euler", steps=4, guidance=1.0), "Mobile",
            references=1, guidance=False, negative_prompt=False, is_taught=False,
        ),
    },
    denoiser="unet",
    tokenizers=("tokenizer", "processor"),
    reader=LaterReader(
        "processor", TOKENS, Hears((Ear(holder="processor"),), prompt_last=True),
        before=f"{DESCRIBE}[Generate]: ", dropped=DESCRIBED,
    ),
    prompt_tokens=TOKENS,
    traits=Traits(takes_latents=False),
    space=ScaledTinySpace,
    processors=_processors,
    finish=with_words,
    lora_targets={"unet": ("to_q", "to_k", "to_v", "to_out.0")},
)  # fmt: skip
