"""FLUX.3 of Black Forest Labs, base and distilled, as diffusers' modular blocks run it."""

from __future__ import annotations

from engine.api.request import Sampling
from engine.diffusion.latents.packing import Packing
from engine.families.blanks import Ear
from engine.families.flux2 import plain
from engine.families.heeded import Hears
from engine.families.kinds import Kind
from engine.families.modular_run import Flux3DistilledRun, Flux3Run
from engine.families.pipeline_family import PipelineFamily
from engine.families.seen_words import LaterReader, with_words
from engine.families.table import ATTENTION
from engine.families.traits import Traits
from engine.tokenizers.chat import USER

MOST_PICTURES = 10
"""That its blocks take at once."""
READS = Hears((Ear(holder="tokenizer"),))

FAMILY = PipelineFamily(
    id="flux3",
    title="FLUX.3",
    kinds={
        "Flux3ModularPipeline": Kind(
            "Flux3AutoBlocks", plain, Sampling("euler", steps=50, guidance=3.5), "base",
            references=MOST_PICTURES, runner=Flux3Run,
        ),
        "Flux3DistilledModularPipeline": Kind(
            "Flux3DistilledAutoBlocks", plain, Sampling("euler", steps=16, guidance=1.0), "distilled",
            guidance=False, negative_prompt=False, references=MOST_PICTURES, schedulers=("euler",),
            runner=Flux3DistilledRun, is_taught=False,
        ),
    },
    reader=LaterReader("tokenizer", 8192, READS, before=USER),
    prompt_tokens=8192,
    cells=1,
    packing=Packing(1),
    traits=Traits(takes_packed=False, ends_in_pixels=True),
    lora_targets=ATTENTION,
    learns_words=False,
    finish=with_words,
)  # fmt: skip
