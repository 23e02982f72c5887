"""HunyuanImage's refiner (https://arxiv.org/abs/2509.23951): draws a picture again, finer, after words."""

from __future__ import annotations

from dataclasses import replace

from engine.api.request import Sampling
from engine.checkpoints.checkpoint import Checkpoint
from engine.diffusion.latents.film import TwofoldStillSpace
from engine.diffusion.latents.packing import Packing
from engine.families.blanks import ALONE
from engine.families.family import Reads
from engine.families.guiders import GUIDERS, scale_of
from engine.families.kinds import Kind, changing
from engine.families.pipeline_family import PipelineFamily
from engine.families.table import ATTENTION
from engine.families.words import StockReader

TOKENS = 256
"""Of a prompt that are read."""
DESCRIBE = (
    "<|start_header_id|>system<|end_header_id|>\n\nDescribe the image by detailing the color, shape, size, "
    "texture, quantity, text, spatial relationships of the objects and background:<|eot_id|>"
    "<|start_header_id|>user<|end_header_id|>\n\n"
)
"""What its pipeline says before a prompt, of which it drops 36 tokens."""


def _as_it_guides(kind: Kind, checkpoint: Checkpoint) -> Kind:
    """By what it was taught, against nothing; by its folder's guider; or not at all."""
    if checkpoint.configs["transformer"].get("guidance_embeds") is True:
        return replace(kind, negative_prompt=False)
    if GUIDERS[0] not in checkpoint.configs:
        return replace(kind, negative_prompt=False, guidance=False)
    told = scale_of(checkpoint)
    return kind if told is None else replace(kind, sampling=replace(kind.sampling, guidance=told))


FAMILY = PipelineFamily(
    id="hunyuan_refiner",
    title="HunyuanImage refiner",
    kinds={
        "HunyuanImageRefinerPipeline": Kind(
            "HunyuanImageRefinerPipeline", changing, Sampling("euler", steps=4, guidance=3.25),
            reads=Reads.PICTURE, side=2048, adapted="pipelines.HunyuanRefiner", redraws=True,
        )
    },
    reader=StockReader(
        ("prompt_embeds", "prompt_embeds_mask"), "tokenizer", TOKENS, {}, before=DESCRIBE, dropped=36,
        ears=ALONE,
    ),
    prompt_tokens=TOKENS,
    cells=2,
    packing=Packing(0, as_film=True),
    space=TwofoldStillSpace,
    lora_targets=ATTENTION,
    refine=_as_it_guides,
)  # fmt: skip
