"""More of the table: families whose parts, or whose ways, are their makers' own."""

from __future__ import annotations

import re
from dataclasses import replace

from engine.api.request import Sampling
from engine.checkpoints.checkpoint import Checkpoint
from engine.diffusion.latents.cells import PatchwiseSpace
from engine.diffusion.latents.packing import Packing
from engine.families.blanks import ALONE, Ear
from engine.families.guiders import scale_of
from engine.families.heeded import Hears
from engine.families.kinds import Kind
from engine.families.table import EMBEDS, MASKED_EMBEDS, family_of
from engine.tokenizers.chat import ASSISTANT, DESCRIBE, DESCRIBED, USER


def _hidream(kind: Kind, checkpoint: Checkpoint) -> Kind:
    name = checkpoint.path.name.lower()
    for variant, steps in (("Fast", 16), ("Dev", 28)):
        if variant.lower() in name:
            return replace(kind, variant=variant, sampling=Sampling("euler", steps=steps, guidance=0.0))
    return kind


def _hunyuan_image(kind: Kind, checkpoint: Checkpoint) -> Kind:
    if checkpoint.configs["transformer"].get("guidance_embeds") is not True:
        told = scale_of(checkpoint)
        return kind if told is None else replace(kind, sampling=replace(kind.sampling, guidance=told))
    return replace(
        kind, variant="distilled", sampling=Sampling("euler", steps=8, guidance=3.25), negative_prompt=False
    )


QUOTED = ("'(.*?)'", '"(.*?)"', "‘(.*?)’", "“(.*?)”")
"""HunyuanImage's second text encoder reads what is to be written in the picture: what stands in quotes."""


def letters(text: str) -> list[tuple[int, str]]:
    """What of `text` is to be written, as its pipeline puts it."""
    return [(found.start(), f'"{found[1]}"') for mark in QUOTED for found in re.finditer(mark, text)]


NUCLEUS = (
    "<|im_start|>system\nYou are an image generation assistant. Follow the user's prompt literally. Pay "
    "careful attention to spatial layout: objects described as on the left must appear on the left, on the "
    "right on the right. Match exact object counts and assign colors to the correct objects.<|im_end|>\n"
    f"{USER}"
)
"""What its pipeline says before a prompt."""

FAMILIES = (
    family_of(  # its folder lacks Llama, which its makers leave to be got from Meta
        "hidream", "HiDream", "HiDreamImagePipeline", Sampling("euler", steps=50, guidance=5.0), 128,
        with_marks=True,
        says=(
            "prompt_embeds_t5", "negative_prompt_embeds_t5", "prompt_embeds_llama3",
            "negative_prompt_embeds_llama3", "pooled_prompt_embeds", "negative_pooled_prompt_embeds",
        ),
        text=("text_encoder", "text_encoder_2", "text_encoder_3", "text_encoder_4"),
        tokenizers=("tokenizer", "tokenizer_2", "tokenizer_3", "tokenizer_4"), counted_by="tokenizer_4",
        adapted_as="pipelines.HiDream", is_whole=True, refine=_hidream,
        ears=(Ear("tokenizer_3", "text_encoder_3"), Ear("tokenizer_4", "text_encoder_4")),
        weighed=("prompt_embeds_t5", "prompt_embeds_llama3"),
    ),
    family_of(  # https://arxiv.org/abs/2509.23951
        "hunyuan_image", "HunyuanImage", "HunyuanImagePipeline",
        Sampling("euler", steps=50, guidance=3.5), 1000,
        before=DESCRIBE, dropped=DESCRIBED,
        says=("prompt_embeds", "prompt_embeds_mask", "prompt_embeds_2", "prompt_embeds_mask_2"),
        text=("text_encoder", "text_encoder_2"), tokenizers=("tokenizer", "tokenizer_2"), cells=1,
        adapted_as="pipelines.HunyuanImage", refine=_hunyuan_image,
        ears=(Ear(), Ear("tokenizer_2", "text_encoder_2", pieces=letters)),
        weighed=("prompt_embeds", "prompt_embeds_2"),
    ),
    family_of(
        "nucleus_image", "Nucleus-Image", "NucleusMoEImagePipeline",
        Sampling("euler", steps=50, guidance=4.0), 1024, says=("prompt_embeds", "prompt_embeds_mask"),
        tokenizers=("processor",), counted_by="processor", packing=Packing(2),
        extra={"max_sequence_length": 1024}, before=NUCLEUS, ears=(Ear("processor"),),
    ),
    family_of(  # https://arxiv.org/abs/2403.05121
        "cogview3", "CogView3-Plus", "CogView3PlusPipeline", Sampling("ddim", steps=50, guidance=5.0), 223,
        says=EMBEDS, ears=ALONE, is_flow=False, adapted_as="pipelines.CogView3",
    ),
    family_of(  # what guides against nothing is a network of its own
        "ideogram4", "Ideogram 4", "Ideogram4Pipeline", Sampling("euler", steps=48, guidance=7.0), 2048,
        text=("text_encoder", "unconditional_transformer"), is_guided=lambda guidance: False,
        packing=Packing(1), cells=1, in_float32=True, adapted_as="pipelines.Ideogram4", negative_prompt=False,
        space=PatchwiseSpace, regions=False, hears=Hears(is_taken_apart=True), is_taught=False,
        before=f"{USER}{ASSISTANT}", of_one_length=True,
    ),
    family_of(
        "prx", "PRX", "PRXPipeline", Sampling("euler", steps=28, guidance=5.0), 256, says=MASKED_EMBEDS,
        with_marks=True, ears=ALONE, adapted_as="pipelines.PRX",
    ),
)  # fmt: skip
