"""VisualCloze: FLUX.1 Fill that learns what to do from pairs of pictures (https://arxiv.org/abs/2504.07960).

Each pair is a row, before and after; the picture that is asked about stands below, and what belongs beside it
is filled in. What it has drawn is made larger as FLUX.1 Fill draws, all of it anew.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.api.request import Sampling
from engine.checkpoints.checkpoint import Checkpoint
from engine.diffusion.latents.packing import Packing
from engine.families import flux1
from engine.families.family import Inputs, Reads
from engine.families.kinds import Kind, Refiner, guided, picture_of
from engine.families.pipeline_family import PipelineFamily
from engine.families.seen_words import LaterReader, with_words
from engine.families.traits import Traits
from engine.families.words import MOST_CHUNKS, Sentence, StockReader

if TYPE_CHECKING:
    from engine.diffusion.embeddings import Words
    from engine.families.loaded_model import LoadedModel

MOST_PICTURES = 7
"""Three pairs and the one that is asked about."""
LONGEST = 460
"""Tokens of a prompt: what the pipeline says of the rows itself takes the rest of 512."""


def rows(inputs: Inputs) -> dict[str, Any]:
    return {**guided(inputs), "image": picture_of(inputs), "shown": inputs.references}


def _exactly(kind: Kind, checkpoint: Checkpoint) -> Kind:
    """One was taught squares of 384, another of 512: its index says which."""
    side = checkpoint.configs["model_index"].get("resolution")
    return replace(kind, side=side) if type(side) is int and 64 <= side <= 2048 else kind


class AboutThePicture(StockReader):
    """Reads of a prompt what the picture shows, which stands behind its first line."""

    def read(
        self,
        model: LoadedModel,
        prompt: str,
        words: Words | None,
        is_negative: bool,
        chunks: int = MOST_CHUNKS,
    ) -> Sentence:
        content = prompt.partition("\n")[2].strip()
        return super().read(model, content or prompt, words, is_negative, chunks)


KIND = Kind(
    "VisualClozeGenerationPipeline", rows, Sampling("euler", steps=30, guidance=30.0), reads=Reads.PICTURE,
    side=384, negative_prompt=False, references=MOST_PICTURES, adapted="visualcloze.VisualCloze",
)  # fmt: skip

FAMILY = PipelineFamily(
    id="visualcloze",
    title="VisualCloze",
    kinds={"VisualClozePipeline": KIND, "VisualClozeGenerationPipeline": KIND},
    text=("text_encoder", "text_encoder_2"),
    tokenizers=("tokenizer", "tokenizer_2"),
    reader=LaterReader("tokenizer_2", LONGEST),
    prompt_tokens=LONGEST,
    packing=Packing(2, columns=2),
    is_whole=True,
    needs_reference=True,
    refiner=Refiner(
        replace(flux1.FAMILY.kinds["FluxFillPipeline"], reader=AboutThePicture(**vars(flux1.READER))),
        flux1.FAMILY.packing,
        flux1.FAMILY.finish,
    ),
    regions=False,
    traits=Traits(takes_latents=False),
    lora_targets={"transformer": flux1.LORA_LAYERS},
    refine=_exactly,
    finish=with_words,
)
