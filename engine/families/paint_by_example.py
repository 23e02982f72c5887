"""Paint by Example: fills a mask after a picture in place of words (https://arxiv.org/abs/2211.13227)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.api.request import Sampling
from engine.families.family import Inputs, Reads
from engine.families.kinds import Kind, mask_of, picture_of, references_of, run_by
from engine.families.pipeline_family import PipelineFamily


def _fill(inputs: Inputs) -> dict[str, Any]:
    """Where there is nothing to fill it paints all of a grey picture; its example is never what it fills."""
    return {
        "guidance_scale": inputs.guidance,
        "eta": 0.0,
        "image": picture_of(replace(inputs, references=())),
        "mask_image": mask_of(inputs),
        "pictures": references_of(inputs),
    }


FAMILY = PipelineFamily(
    id="paint_by_example",
    title="Paint by Example",
    kinds={
        "PaintByExamplePipeline": Kind(
            "PaintByExamplePipeline", _fill, Sampling("ddim", steps=50, guidance=5.0), "inpainting",
            reads=Reads.MASKED_PICTURE, lays_beside=True, negative_prompt=False, references=1,
            adapted="image_variations.PaintByExample", side=512,
        )
    },
    denoiser="unet",
    text=("image_encoder",),
    tokenizers=(),
    is_flow=False,
    is_whole=True,
    needs_reference=True,
    first_stage=run_by("image_variations.example_seen"),
)  # fmt: skip
