"""Anima of CircleStone, drawn pictures on Cosmos' transformer, as diffusers' modular blocks run it."""

from __future__ import annotations

from engine.api.request import Sampling
from engine.diffusion.latents.packing import Packing
from engine.families.blanks import Ear
from engine.families.heeded import Hears
from engine.families.kinds import Kind, guided
from engine.families.modular_run import AnimaRun
from engine.families.pipeline_family import PipelineFamily
from engine.families.seen_words import LaterReader, with_words
from engine.families.table import ATTENTION
from engine.families.traits import Traits

READS = Hears(
    (Ear(holder="run"), Ear("t5_tokenizer", "text_conditioner", holder="run", is_behind=True)),
)

FAMILY = PipelineFamily(
    id="anima",
    title="Anima",
    kinds={
        "AnimaModularPipeline": Kind(
            "AnimaAutoBlocks", guided, Sampling("euler", steps=50, guidance=4.0), runner=AnimaRun
        )
    },
    text=("text_encoder", "text_conditioner"),
    tokenizers=("tokenizer", "t5_tokenizer"),
    reader=LaterReader("tokenizer", 512, READS),
    prompt_tokens=512,
    packing=Packing(0, as_film=True),
    traits=Traits(in_float32=True, ends_in_pixels=True),
    lora_targets=ATTENTION,
    finish=with_words,
)
