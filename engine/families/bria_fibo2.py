"""Bria FIBO 2, which draws from captions in JSON and from plain words, and changes pictures besides."""

from __future__ import annotations

import json
from typing import Any

from PIL import Image

from engine.api.request import Sampling
from engine.diffusion.latents.cells import UnpackedSpace
from engine.families.blanks import Ear
from engine.families.bria_fibo import INSTRUCTION, framed
from engine.families.family import Inputs
from engine.families.heeded import Hears
from engine.families.kinds import Kind, guided
from engine.families.pipeline_family import PipelineFamily
from engine.families.seen_words import LaterReader, SeenByQwen3, form_in, without_empty_negative
from engine.families.table import ATTENTION
from engine.families.traits import Traits
from engine.tokenizers.chat import USER

MOST_PICTURES = 5
"""That it was taught to change together: the instruction calls them <image_1>, <image_2> and so on."""
TOKENS = 4096
"""Of a prompt, pictures counted in."""
CAPTION = "structured_caption"
BETWEEN = '":"'
"""Key and value in JSON as its makers write it."""


def plain(inputs: Inputs) -> dict[str, Any]:
    """Its pipeline brings every picture to the size that it wants by itself."""
    pictures = [Image.fromarray(pixels) for pixels in inputs.references]
    return {**guided(inputs), "image": pictures} if pictures else guided(inputs)


def with_pictures(call: dict[str, Any]) -> dict[str, Any]:
    """The call with words as the pipeline takes them."""
    call = without_empty_negative(call)
    return {**call, "prompt": instructed(call["prompt"])} if "image" in call else call


def instructed(text: str) -> str:
    """`text` as the pipeline takes it beside pictures: an instruction, a caption of the result, or both."""
    form = form_in(text)
    if form is None:
        return framed(text, BETWEEN)
    is_known = isinstance(form.get(CAPTION, ""), (dict, str)) and form.keys() <= {CAPTION, INSTRUCTION}
    if CAPTION in form and not is_known:  # JSON of some other kind is an instruction like any words
        return json.dumps({INSTRUCTION: text}, ensure_ascii=False)
    return text if INSTRUCTION in form else json.dumps({**form, INSTRUCTION: ""}, ensure_ascii=False)


def _as_it_comes(text: str) -> str:
    """An instruction stands behind the marks of the pictures when it is read."""
    frame = f'{{"{INSTRUCTION}'
    return "," + text[1:] if text.startswith(frame) else text


SEES = Hears((Ear(holder="processor"),), prepared=_as_it_comes)

FAMILY = PipelineFamily(
    id="bria_fibo2",
    title="Bria FIBO 2",
    kinds={
        "BriaFibo2Pipeline": Kind(
            "BriaFibo2Pipeline", plain, Sampling("euler", steps=30, guidance=5.0), references=MOST_PICTURES
        )
    },
    tokenizers=("processor",),
    reader=LaterReader("processor", TOKENS, SEES, before=USER, takes_json=True),
    prompt_tokens=TOKENS,
    cells=1,
    traits=Traits(in_float32=True),
    space=UnpackedSpace,
    processors=lambda tokenizers: {"processor": SeenByQwen3(tokenizers["processor"])},
    lora_targets=ATTENTION,
    finish=with_pictures,
)  # fmt: skip
