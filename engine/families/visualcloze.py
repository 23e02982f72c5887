"""VisualCloze: FLUX.1 Fill that learns what to do from pairs of pictures (https://arxiv.org/abs/2504.07960).

Each pair is a row, before and after; the picture that is asked about stands below, and what belongs beside it
is filled in.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.api.request import Sampling
from engine.checkpoints.checkpoint import Checkpoint
from engine.diffusion.latents.packing import Packing
from engine.families.family import Inputs, Reads
from engine.families.flux1 import LORA_LAYERS
from engine.families.kinds import Kind, guided, picture_of
from engine.families.pipeline_family import PipelineFamily
from engine.families.seen_words import LaterReader, with_words
from engine.families.traits import Traits

MOST_PICTURES = 7
"""Three pairs and the one that is asked about."""
LONGEST = 460
"""Tokens of a prompt: what the pipeline says of the rows itself takes the rest of 512."""


def rows(inputs: Inputs) -> dict[str, Any]:
    return {**guided(inputs), "image": picture_of(inputs), "shown": inputs.references}


def _exactly(kind: Kind, checkpoint: Checkpoint) -> Kind:
    """One was taught squares of 384, another of 512: its index says which."""
    side = checkpoint.configs["model_index"].get("resolution")
    return replace(kind, side=side) if type(side) is int and 64 <= side <= 2048 else kind


KIND = Kind(
    "VisualClozeGenerationPipeline", rows, Sampling("euler", steps=30, guidance=30.0), reads=Reads.PICTURE,
    side=384, negative_prompt=False, references=MOST_PICTURES, adapted="visualcloze.VisualCloze",
)  # fmt: skip

FAMILY = PipelineFamily(
    id="visualcloze",
    title="VisualCloze",
    kinds={"VisualClozePipeline": KIND, "VisualClozeGenerationPipeline": KIND},
    text=("text_encoder", "text_encoder_2"),
    tokenizers=("tokenizer", "tokenizer_2"),
    reader=LaterReader("tokenizer_2", LONGEST),
    prompt_tokens=LONGEST,
    packing=Packing(2, columns=2),
    is_whole=True,
    needs_reference=True,
    refines=False,
    regions=False,
    traits=Traits(takes_latents=False),
    lora_targets={"transformer": LORA_LAYERS},
    refine=_exactly,
    finish=with_words,
)
