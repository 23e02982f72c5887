"""JoyImage Edit Plus of JD, which follows instructions about several pictures."""

from __future__ import annotations

from typing import Any

from engine.api.request import Sampling
from engine.diffusion.latents.packing import Packing
from engine.families.family import Inputs, Reads
from engine.families.joyimage import READS
from engine.families.kinds import Kind, guided, pictures_of
from engine.families.pipeline_family import PipelineFamily
from engine.families.seen_words import LaterReader, SeenByQwen3, without_empty_negative
from engine.families.traits import Traits

MOST_PICTURES = 5
"""That its makers recommend, the one that it changes counted in."""


def edit(inputs: Inputs) -> dict[str, Any]:
    return {**guided(inputs), "images": pictures_of(inputs)}


FAMILY = PipelineFamily(
    id="joyimage_plus",
    title="JoyImage Edit Plus",
    kinds={
        "JoyImageEditPlusPipeline": Kind(
            "JoyImageEditPlusPipeline", edit, Sampling("euler", steps=30, guidance=4.0), "Edit Plus",
            Reads.PICTURE, references=MOST_PICTURES, adapted="joyimage.JoyImageEditPlus",
        )
    },
    tokenizers=("tokenizer", "processor"),
    reader=LaterReader("tokenizer", None, READS),
    packing=Packing(2),
    traits=Traits(ends_in_pixels=True),  # what it calls latents has the pictures that it read behind
    processors=lambda tokenizers: {"processor": SeenByQwen3(tokenizers["processor"])},
    finish=without_empty_negative,  # it takes a blank, which is not the same as nothing
)  # fmt: skip
