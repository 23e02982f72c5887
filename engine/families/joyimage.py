"""JoyImage Edit of JD, which follows instructions about one picture."""

from __future__ import annotations

from engine.api.request import Sampling
from engine.families.blanks import Ear
from engine.families.family import Reads
from engine.families.heeded import Hears
from engine.families.kinds import Kind, changing
from engine.families.pipeline_family import PipelineFamily
from engine.families.seen_words import LaterReader, SeenByQwen3, with_words
from engine.families.traits import Traits

READS = Hears((Ear(network="reading", holder="processor"),), hears_learnt=True)

FAMILY = PipelineFamily(
    id="joyimage",
    title="JoyImage Edit",
    kinds={
        "JoyImageEditPipeline": Kind(
            "JoyImageEditPipeline", changing, Sampling("euler", steps=40, guidance=4.0), "Edit",
            Reads.PICTURE, references=1, adapted="joyimage.JoyImageEdit",
        )
    },
    tokenizers=("tokenizer", "processor"),
    reader=LaterReader("tokenizer", None, READS),
    # what it calls latents is laid out otherwise than its scheduler has them
    traits=Traits(ends_in_pixels=True),
    processors=lambda tokenizers: {"processor": SeenByQwen3(tokenizers["processor"])},
    finish=with_words,
)  # fmt: skip
