"""LongCat-Image of Meituan (https://arxiv.org/abs/2512.07584), and Edit, which follows instructions."""

from __future__ import annotations

from engine.api.request import Sampling
from engine.diffusion.latents.packing import Packing
from engine.families.family import Reads
from engine.families.heeded import ITSELF
from engine.families.kinds import Kind, changing
from engine.families.pipeline_family import PipelineFamily
from engine.families.seen_words import LaterReader, SeenWords, with_words
from engine.families.table import ATTENTION, offered

TOKENS = 512
"""Of a prompt that are read."""
PIPELINE, EDIT_PIPELINE = "LongCatImagePipeline", "LongCatImageEditPipeline"
SAMPLING = Sampling("euler", steps=50, guidance=4.5)


FAMILY = PipelineFamily(
    id="longcat_image",
    title="LongCat-Image",
    kinds={
        PIPELINE: Kind(PIPELINE, offered(PIPELINE), SAMPLING),
        EDIT_PIPELINE: Kind(
            EDIT_PIPELINE, changing, SAMPLING, "Edit", Reads.PICTURE, references=1,
            adapted="longcat.LongCatImageEdit",
        ),
    },
    reader=LaterReader("tokenizer", TOKENS, ITSELF),
    prompt_tokens=TOKENS,
    packing=Packing(2),
    processors=lambda tokenizers: {"text_processor": SeenWords(tokenizers["tokenizer"])},
    lora_targets=ATTENTION,
    learns_words=False,
    finish=with_words,
)  # fmt: skip
