"""Z-Image Omni of Alibaba's Tongyi laboratory, which takes after pictures that SigLIP 2 sees, too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.api.request import Sampling
from engine.families.family import Inputs
from engine.families.heeded import ITSELF
from engine.families.kinds import Kind, guided, references_of
from engine.families.pipeline_family import PipelineFamily
from engine.families.seen_words import LaterReader, with_words
from engine.families.traits import Traits
from engine.tokenizers.chat import USER

TOKENS = 512
MOST_PICTURES = 4
"""Its pipeline sets no bound, and each is as long to read as to draw."""
SMALLEST_PX = 64
"""Side of a picture that its pipeline reads."""
NARROWEST = 8
"""How many times as long as wide it takes one."""
MOST_SQUARES = 4096
"""Of a picture that SigLIP 2 may be made to see, whatever the folder says."""
EYES = "siglip_processor"


def plain(inputs: Inputs) -> dict[str, Any]:
    pictures = {"image": references_of(inputs, SMALLEST_PX, NARROWEST)} if inputs.references else {}
    return {**guided(inputs), **pictures}


def _processors(tokenizers: Mapping[str, Any]) -> dict[str, Any]:
    eyes = tokenizers[EYES]
    eyes.max_num_patches = max(1, min(MOST_SQUARES, int(eyes.max_num_patches)))
    return {EYES: eyes}


FAMILY = PipelineFamily(
    id="z_image_omni",
    title="Z-Image Omni",
    kinds={
        "ZImageOmniPipeline": Kind(
            "ZImageOmniPipeline", plain, Sampling("euler", steps=50, guidance=5.0), references=MOST_PICTURES,
            is_guided=lambda guidance: guidance > 0, adapted="z_image_omni.ZImageOmni", is_taught=False,
            narrowest=NARROWEST,
        )
    },
    text=("text_encoder", "siglip"),
    tokenizers=("tokenizer", EYES),
    reader=LaterReader("tokenizer", TOKENS, ITSELF, before=USER),
    prompt_tokens=TOKENS,
    traits=Traits(in_float32=True),
    is_whole=True,
    processors=_processors,
    lora_targets={"transformer": ("to_q", "to_k", "to_v", "to_out.0", "w1", "w2", "w3")},
    finish=with_words,
)  # fmt: skip
