"""Bria FIBO, which was taught by captions in JSON (https://arxiv.org/abs/2511.06876), and FIBO Edit."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from engine.api.request import Sampling
from engine.checkpoints.checkpoint import Checkpoint
from engine.diffusion.latents.packing import Packing
from engine.families.family import Inputs, Reads
from engine.families.heeded import ITSELF, WeighedText
from engine.families.kinds import Kind, guided, pictures_of
from engine.families.pipeline_family import PipelineFamily
from engine.families.seen_words import LaterReader, form_in, with_words
from engine.families.table import ATTENTION

MOST_PICTURES = 4
"""That Edit was taught to read at once, the one that it changes counted in."""
TOKENS = 3000
"""That are read; of Edit with the frame around the prompt."""
INSTRUCTION = "edit_instruction"
"""Under which Edit looks for what to change; without it, it takes no prompt."""


def edit(inputs: Inputs) -> dict[str, Any]:
    """The picture that is changed first: a prompt calls them image 1, image 2 and so on."""
    return {**guided(inputs), "image": pictures_of(inputs)}


def framed(text: str, between: str = '": "') -> str:
    """`text` as Edit takes it: JSON of its makers' form as it is, anything else as the instruction in it."""
    if INSTRUCTION in (form_in(text) or ()):
        return text
    head = f'{{"{INSTRUCTION}{between}'
    # where each character begins in what stands for it between the quotes
    begins = [len(head)]
    for character in text:
        begins.append(begins[-1] + len(_quoted(character)))
    whole = head + _quoted(text) + '"}'
    if not isinstance(text, WeighedText):
        return whole
    moved = tuple(
        (weight, tuple((begins[start], begins[end]) for start, end in spans))
        for weight, spans in text.emphasis
    )
    return WeighedText(whole, moved, text.learnt)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def with_frame(call: dict[str, Any]) -> dict[str, Any]:
    call = with_words(call)
    return {**call, "prompt": framed(call["prompt"])} if "image" in call else call


def _turbo_or_not(kind: Kind, checkpoint: Checkpoint) -> Kind:
    """The weights are alike; the makers' names tell: Fibo-Edit-1.5-turbo."""
    if kind.reads is not Reads.PICTURE or "turbo" not in checkpoint.path.name.lower():
        return kind
    return replace(kind, variant="Edit, Turbo", sampling=Sampling("euler", steps=4, guidance=1.0))


SAMPLING = Sampling("euler", steps=30, guidance=5.0)

FAMILY = PipelineFamily(
    id="bria_fibo",
    title="Bria FIBO",
    kinds={
        "BriaFiboPipeline": Kind("BriaFiboPipeline", guided, SAMPLING),
        "BriaFiboEditPipeline": Kind(
            "BriaFiboEditPipeline", edit, SAMPLING, "Edit", Reads.PICTURE, references=MOST_PICTURES,
            reader=LaterReader(
                "tokenizer", TOKENS, ITSELF, before=framed("")[:-2], with_marks=True, takes_json=True
            ),
        ),
    },
    reader=LaterReader("tokenizer", TOKENS, ITSELF, with_marks=True, takes_json=True),
    prompt_tokens=TOKENS,
    packing=Packing(1),
    cells=1,
    lora_targets=ATTENTION,
    finish=with_frame,
    refine=_turbo_or_not,
)  # fmt: skip
