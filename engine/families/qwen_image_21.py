"""Qwen-Image 2.1 of Alibaba, which draws from words and takes after pictures that it is shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PIL import Image

from engine.api.request import Sampling
from engine.checkpoints.checkpoint import Checkpoint
from engine.diffusion.latents.packing import Packing
from engine.families.blanks import Ear
from engine.families.family import Inputs
from engine.families.heeded import Hears
from engine.families.kinds import Kind, size_of
from engine.families.pipeline_family import STEPS, PipelineFamily, is_option
from engine.families.same_networks import DISTILLED
from engine.families.seen_words import LaterReader, SeenByQwen3, with_words
from engine.families.table import ATTENTION
from engine.tokenizers.words_only import Conversations

MOST_PICTURES = 3
"""As many as Qwen-Image-Edit Plus was taught; a prompt calls them <image1>, <image2> and so on."""
SMALLEST_PX = 320
"""Side of a square as large as a picture is read at least: below, its encoder counts other squares in it."""


def plain(inputs: Inputs) -> dict[str, Any]:
    call = {**size_of(inputs), "true_cfg_scale": inputs.guidance, "use_kv_cache": False}
    if not inputs.references:
        return call
    side = max(SMALLEST_PX, round((inputs.extent.width * inputs.extent.height) ** 0.5))
    pictures = [Image.fromarray(pixels) for pixels in inputs.references]
    return {**call, "image": pictures, "output_resolution": side}


def _distilled_or_not(kind: Kind, checkpoint: Checkpoint) -> Kind:
    index = checkpoint.configs["model_index"]
    told = index.get(STEPS)
    steps = len(told) if isinstance(told, list) and is_option(told) else 0
    if index.get(DISTILLED) is not True and not steps:
        return kind
    return replace(
        kind, variant="Turbo", sampling=Sampling("euler", steps=steps or 8, guidance=1.0), guidance=False,
        negative_prompt=False,
    )  # fmt: skip


class Seeing(Conversations, SeenByQwen3):
    """Reads words and pictures, and gives conversations as processors do."""


FAMILY = PipelineFamily(
    id="qwen_image_21",
    title="Qwen-Image 2.1",
    kinds={
        "QwenImage21Pipeline": Kind(
            "QwenImage21Pipeline", plain, Sampling("euler", steps=40, guidance=4.0), references=MOST_PICTURES,
            adapted="pipelines.QwenImage21",
        )
    },
    tokenizers=("processor",),
    reader=LaterReader("processor", None, Hears((Ear(holder="processor"),))),
    packing=Packing(1, behind=True),
    processors=lambda tokenizers: {"processor": Seeing(tokenizers["processor"])},
    lora_targets=ATTENTION,
    refine=_distilled_or_not,
    finish=with_words,
)  # fmt: skip
