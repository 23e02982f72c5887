"""Stable Diffusion image variations: what CLIP sees in a picture in place of words.

Made of Stable Diffusion 1.4 by Lambda Labs (https://huggingface.co/lambdalabs/sd-image-variations-diffusers).
"""

from __future__ import annotations

from typing import Any

from engine.api.request import Sampling
from engine.families.family import Inputs
from engine.families.kinds import Kind, guided, references_of, run_by
from engine.families.pipeline_family import PipelineFamily


def _after(inputs: Inputs) -> dict[str, Any]:
    return {**guided(inputs), "eta": 0.0, "pictures": references_of(inputs)}


FAMILY = PipelineFamily(
    id="image_variations",
    title="Stable Diffusion image variations",
    kinds={
        "StableDiffusionImageVariationPipeline": Kind(
            "StableDiffusionImageVariationPipeline", _after, Sampling("ddim", steps=50, guidance=7.5),
            negative_prompt=False, references=1, adapted="image_variations.ImageVariations", side=512,
        )
    },
    denoiser="unet",
    text=("image_encoder",),
    tokenizers=(),
    is_flow=False,
    is_whole=True,
    needs_reference=True,
    first_stage=run_by("image_variations.seen"),
)  # fmt: skip
"""It is told of one picture, and reads no words."""
