"""Qwen-Image Layered of Alibaba, which takes a picture apart into layers (https://arxiv.org/abs/2512.15603).

The prompt describes the whole picture, also what is hidden; without one its text encoder looks and writes it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.api.request import Sampling
from engine.diffusion.latents.film import TransparentSpace
from engine.diffusion.latents.packing import Packing
from engine.families.blanks import ALONE
from engine.families.family import Inputs, Reads
from engine.families.kinds import Kind, picture_of, run_by, size_of
from engine.families.pipeline_family import PipelineFamily
from engine.families.qwen_image import SINGLE as PLAIN
from engine.families.seen_words import SeenWords
from engine.families.table import ATTENTION
from engine.families.traits import Traits
from engine.families.words import StockReader
from engine.networks.original import autoencoders, transformers
from engine.networks.original.single_file import Denoiser
from engine.tokenizers.chat import DESCRIBE, DESCRIBED

SIDE = 640
"""Of a square as large as its makers recommend; it was taught pictures of 1024, too."""


def whole(inputs: Inputs) -> dict[str, Any]:
    """`pictures` are for the first stage, which writes what it sees."""
    picture = picture_of(inputs).convert("RGBA")
    guidance = {"true_cfg_scale": inputs.guidance}
    return {**size_of(inputs), **guidance, "image": picture, "layers": inputs.layers, "pictures": [picture]}


SINGLE = replace(
    PLAIN,
    layouts=(Denoiser((*transformers.QWEN_MARKS, transformers.QWEN_LAYERED_MARK)),),
    pipeline=lambda told: "QwenImageLayeredPipeline",
    vae=autoencoders.QWEN_IMAGE_LAYERED,
    sees=lambda told: True,
)

FAMILY = PipelineFamily(
    id="qwen_image_layered",
    title="Qwen-Image Layered",
    kinds={
        "QwenImageLayeredPipeline": Kind(
            "QwenImageLayeredPipeline", whole, Sampling("euler", steps=50, guidance=4.0), reads=Reads.PICTURE,
            side=SIDE, adapted="qwen_image_layered.Layered",
        )
    },
    reader=StockReader(("prompt_embeds", "prompt_embeds_mask"), "tokenizer", 1024, {}, ears=ALONE,
        before=DESCRIBE, dropped=DESCRIBED,
    ),
    prompt_tokens=1024,
    cells=4,
    packing=Packing(2, layered=True),
    space=TransparentSpace,
    is_whole=True,
    refines=False,
    regions=False,
    traits=Traits(writes_if_silent=True, ends_in_pixels=True),  # asked for latents, its pipeline breaks off
    processors=lambda tokenizers: {"processor": SeenWords(tokenizers["tokenizer"])},
    first_stage=run_by("qwen_image_layered.described"),
    lora_targets=ATTENTION,
    single=SINGLE,
)  # fmt: skip
