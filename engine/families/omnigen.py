"""OmniGen: one network reads words and pictures and draws (https://arxiv.org/abs/2409.11340)."""

from __future__ import annotations

from typing import Any

from engine.api.request import Sampling
from engine.families.family import Inputs
from engine.families.heeded import Hears
from engine.families.kinds import Kind, guided, references_of
from engine.families.pipeline_family import PipelineFamily
from engine.families.seen_words import LaterReader, with_words
from engine.families.traits import Traits

MOST_PICTURES = 3
"""That its makers' examples name at once."""
SMALLEST_PX = 16


def plain(inputs: Inputs) -> dict[str, Any]:
    pictures = references_of(inputs, SMALLEST_PX)
    return {**guided(inputs), "input_images": pictures, "img_guidance_scale": inputs.image_guidance}


FAMILY = PipelineFamily(
    id="omnigen",
    title="OmniGen",
    kinds={
        "OmniGenPipeline": Kind(
            "OmniGenPipeline", plain, Sampling("euler", steps=50, guidance=2.5, image_guidance=1.6),
            negative_prompt=False, image_guidance=True, references=MOST_PICTURES, schedulers=("euler",),
            adapted="omnigen.OmniGen",
        )
    },
    text=(),
    reader=LaterReader("tokenizer", None, Hears(by_itself=True)),
    traits=Traits(in_float32=True),
    finish=with_words,
)  # fmt: skip
"""What it guides against is a sentence of its makers."""
