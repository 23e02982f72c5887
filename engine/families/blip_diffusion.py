"""BLIP-Diffusion: draws a picture's subject anew, by the word for it (https://arxiv.org/abs/2305.14720).

Stable Diffusion 1.5, among whose words a Q-Former puts what it sees of the subject. That reads the word with
BERT's tokenizer, which the model's own folder does not bring.
"""

from __future__ import annotations

from typing import Any

from engine.api.request import Sampling
from engine.families.family import Inputs
from engine.families.kinds import Kind, guided, references_of, run_by
from engine.families.pipeline_family import PipelineFamily
from engine.families.seen_words import LaterReader, with_words
from engine.families.traits import Traits

TOKENS = 56
"""Of a prompt that are read beside the subject, its word and the marks, out of 77."""


def _after(inputs: Inputs) -> dict[str, Any]:
    told = {"pictures": references_of(inputs), "subjects": inputs.subjects}
    return {**guided(inputs), "eta": 0.0, **told}


FAMILY = PipelineFamily(
    id="blip_diffusion",
    title="BLIP-Diffusion",
    kinds={
        "BlipDiffusionPipeline": Kind(
            "StableDiffusionPipeline", _after, Sampling("dpmpp_2m_karras", steps=25, guidance=7.5),
            references=1, subjects=True, side=512,
        )
    },
    denoiser="unet",
    text=("text_encoder", "qformer"),
    tokenizers=("tokenizer", "qformer_tokenizer"),
    reader=LaterReader("tokenizer", TOKENS),
    prompt_tokens=TOKENS,
    is_flow=False,
    cells=1,
    is_whole=True,
    traits=Traits(has_stock_batch=True),
    needs_reference=True,
    follows_maps=True,
    first_stage=run_by("blip_diffusion.subject_read"),
    finish=with_words,
)  # fmt: skip
