"""FLUX.2 klein of Black Forest Labs, distilled and base."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.api.request import Sampling
from engine.diffusion.latents import Packing
from engine.families.checkpoint import Checkpoint
from engine.families.family import Inputs
from engine.families.pipeline_family import Kind, PipelineFamily, references_of, size_of
from engine.families.words import StockReader

SMALLEST_PX = 64
"""Side of a picture that its pipeline reads."""
MOST_PICTURES = 4
"""That klein was taught to read at once."""


def plain(inputs: Inputs) -> dict[str, Any]:
    pictures = {"image": references_of(inputs, SMALLEST_PX)} if inputs.references else {}
    return {**size_of(inputs), "guidance_scale": inputs.guidance, **pictures}


def _distilled_or_not(kind: Kind, checkpoint: Checkpoint) -> Kind:
    if checkpoint.configs["model_index"].get("is_distilled") is not True:
        return kind
    return replace(
        kind, variant="klein, distilled", sampling=Sampling("euler", steps=4, guidance=1.0), guidance=False,
        negative_prompt=False, is_guided=lambda _: False,
    )  # fmt: skip


FAMILY = PipelineFamily(
    id="flux2",
    title="FLUX.2",
    kinds={
        "Flux2KleinPipeline": Kind(
            "Flux2KleinPipeline",
            plain,
            Sampling("euler", steps=50, guidance=4.0),
            "klein, base",
            references=MOST_PICTURES,
        )
    },
    reader=StockReader(("prompt_embeds", ""), "tokenizer", 512, {}),
    prompt_tokens=512,
    cells=1,
    packing=Packing(1),
    takes_packed=False,
    ends_in_pixels=True,  # what it calls latents is already the autoencoder's
    refine=_distilled_or_not,
)
