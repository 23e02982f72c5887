"""Kandinsky 2.1: as 2.2, and its second stage reads the words too, in many languages.

Made by the same people (https://github.com/ai-forever/Kandinsky-2).
"""

from __future__ import annotations

from dataclasses import replace

from engine.api.request import Sampling
from engine.families.family import Reads
from engine.families.heeded import Hears
from engine.families.kandinsky3 import UNSCALED
from engine.families.kandinsky22 import PRIOR, TOKENIZER
from engine.families.kinds import Kind, guided, run_by
from engine.families.pipeline_family import PipelineFamily
from engine.families.seen_words import LaterReader, with_words
from engine.families.stages import PREFIX, with_its_prior
from engine.families.traits import Traits

KIND = Kind(
    "KandinskyPipeline", guided, Sampling("ddim", steps=50, guidance=4.0), schedulers=UNSCALED, side=512,
    adapted="kandinsky.Kandinsky21",
)  # fmt: skip
INPAINTING = replace(
    KIND, pipeline="KandinskyInpaintPipeline", variant="inpainting", reads=Reads.MASKED_PICTURE,
    reads_beside=True,
)  # fmt: skip

FAMILY = PipelineFamily(
    id="kandinsky21",
    title="Kandinsky 2.1",
    kinds={
        "KandinskyPipeline": KIND, "KandinskyCombinedPipeline": KIND,
        "KandinskyInpaintPipeline": INPAINTING, "KandinskyInpaintCombinedPipeline": INPAINTING,
    },
    denoiser="unet",
    text=("text_encoder", f"{PREFIX}text_encoder", f"{PREFIX}image_encoder", PRIOR),
    tokenizers=("tokenizer", TOKENIZER),
    reader=LaterReader(TOKENIZER, 75, Hears(by_itself=True)),
    prompt_tokens=75,
    is_flow=False,
    cells=8,
    traits=Traits(ends_in_pixels=True),
    first_stage=run_by("kandinsky.kandinsky21_prior"),
    finish=with_words,
    refine=with_its_prior("Kandinsky 2.1", PRIOR, "kandinsky-2-1-prior"),
)  # fmt: skip
