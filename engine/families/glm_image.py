"""GLM-Image: a language model writes the picture in words of a code, and a transformer draws it from those.

The writing is its first stage (https://z.ai/blog/glm-image); the words that are to be read in the picture, in
quotes, are spelt to the second one letter by letter.
"""

from __future__ import annotations

from typing import Any

from engine.api.request import Sampling
from engine.diffusion.latents.space import MeansSpace
from engine.families.kinds import Kind, guided, references_of, run_by
from engine.families.pipeline_family import PipelineFamily
from engine.families.seen_words import LaterReader, with_words
from engine.families.table import ATTENTION
from engine.families.traits import Traits

MOST_PICTURES = 4
"""That it is shown at once; its pipeline sets no bound, and each is as long to read as to draw."""
SMALLEST_PX = 32
LONGEST = 100_000
"""Tokens of a prompt; the rest of what it can keep in mind is for the picture."""


def _shown(inputs: Any) -> dict[str, Any]:
    return {**guided(inputs), "pictures": references_of(inputs, SMALLEST_PX)}


FAMILY = PipelineFamily(
    id="glm_image",
    title="GLM-Image",
    kinds={
        "GlmImagePipeline": Kind(  # its pipeline hands timesteps and sigmas at once, which Euler alone takes
            "GlmImagePipeline", _shown, Sampling("euler", steps=50, guidance=1.5), schedulers=("euler",),
            negative_prompt=False, references=MOST_PICTURES, adapted="glm_image.GlmImage",
        )
    },
    text=("text_encoder", "vision_language_encoder"),
    tokenizers=("tokenizer", "processor"),
    reader=LaterReader("processor", LONGEST),
    prompt_tokens=LONGEST,
    cells=4,
    traits=Traits(in_float32=True),
    is_whole=True,
    refines=False,
    space=MeansSpace,
    lora_targets=ATTENTION,
    first_stage=run_by("glm_image.written"),
    finish=with_words,
)  # fmt: skip
