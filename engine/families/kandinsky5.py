"""Kandinsky 5 for pictures (https://arxiv.org/abs/2511.14993), and Edit, which follows instructions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.api.request import Sampling
from engine.diffusion.latents.packing import Packing
from engine.diffusion.latents.space import UnshiftedSpace
from engine.families.blanks import Ear
from engine.families.family import Reads
from engine.families.heeded import Hears
from engine.families.kinds import Kind, changing, guided
from engine.families.pipeline_family import PipelineFamily
from engine.families.seen_words import LaterReader, SeenWords, with_words
from engine.families.table import ATTENTION
from engine.families.words import StockReader
from engine.tokenizers.chat import USER

TOKENS = 512
"""Of a prompt that are read."""


def _processors(tokenizers: Mapping[str, Any]) -> dict[str, Any]:
    """What Edit reads words and pictures with; Kandinsky 5 itself has nothing else to read with it."""
    return {"tokenizer": SeenWords(tokenizers["tokenizer"])}


READS = (Ear(holder="tokenizer"),)
"""What its second text encoder says is of the prompt as a whole."""
HEARS = Hears(READS, cut=lambda pipeline, text: pipeline.as_read(text))
ENGINEER = (
    "<|im_start|>system\nYou are a prompt engineer. Describe the image by detailing the color, shape, size, "
    "texture, quantity, text, spatial relationships of the objects and background:<|im_end|>\n"
    f"{USER}"
)
"""What its pipeline says before a prompt; 40 tokens that are dropped."""
SAMPLING = Sampling("euler", steps=50, guidance=3.5)

FAMILY = PipelineFamily(
    id="kandinsky5",
    title="Kandinsky 5",
    kinds={
        "Kandinsky5T2IPipeline": Kind(
            "Kandinsky5T2IPipeline", guided, SAMPLING, adapted="kandinsky5.Kandinsky5"
        ),
        "Kandinsky5I2IPipeline": Kind(
            "Kandinsky5I2IPipeline", changing, SAMPLING, "Edit", Reads.PICTURE, references=1,
            reader=LaterReader("tokenizer", TOKENS, HEARS), adapted="kandinsky5.Kandinsky5Edit",
        ),
    },
    text=("text_encoder", "text_encoder_2"),
    tokenizers=("tokenizer", "tokenizer_2"),
    reader=StockReader(
        ("prompt_embeds_qwen", "prompt_embeds_clip", "prompt_cu_seqlens"), "tokenizer", TOKENS, {},
        before=ENGINEER, dropped=40, ears=READS, weighed=("prompt_embeds_qwen",),
    ),
    prompt_tokens=TOKENS,
    packing=Packing(channels_last=True),
    space=UnshiftedSpace,
    processors=_processors,
    lora_targets=ATTENTION,
    finish=with_words,
)  # fmt: skip
