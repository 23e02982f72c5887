"""Kandinsky 2.2: words to a picture's embedding, and that to the picture (https://arxiv.org/abs/2310.03502).

The second stage may also read a map, or a mask and what it leaves of a picture.
"""

from __future__ import annotations

from dataclasses import replace

from engine.api.request import Sampling
from engine.families.family import Reads
from engine.families.heeded import Hears
from engine.families.kandinsky3 import UNSCALED
from engine.families.kinds import Kind, guided, run_by
from engine.families.noise import CLIPPED
from engine.families.pipeline_family import PipelineFamily
from engine.families.seen_words import LaterReader, with_words
from engine.families.stages import PREFIX, with_its_prior
from engine.networks.maps import OwnMap

TOKENIZER = f"{PREFIX}tokenizer"
PRIOR = f"{PREFIX}prior"
BY_THE_PRIOR = Hears(by_itself=True, hears_learnt=True)


KIND = Kind(
    "KandinskyV22Pipeline", guided, Sampling("ddpm", steps=50, guidance=4.0), schedulers=UNSCALED, side=768,
    adapted="kandinsky.Kandinsky22",
)  # fmt: skip

CONTROL = replace(
    KIND, pipeline="KandinskyV22ControlnetPipeline", variant="Control", reads=Reads.MAP, own_map=OwnMap.HINT
)
INPAINTING = replace(
    KIND, pipeline="KandinskyV22InpaintPipeline", variant="inpainting", reads=Reads.MASKED_PICTURE,
    reads_beside=True,
)  # fmt: skip

FAMILY = PipelineFamily(
    id="kandinsky22",
    title="Kandinsky 2.2",
    kinds={
        "KandinskyV22Pipeline": KIND, "KandinskyV22CombinedPipeline": KIND,
        "KandinskyV22ControlnetPipeline": CONTROL, "KandinskyV22InpaintPipeline": INPAINTING,
        "KandinskyV22InpaintCombinedPipeline": INPAINTING,
    },
    denoiser="unet",
    text=(f"{PREFIX}text_encoder", f"{PREFIX}image_encoder", PRIOR),
    tokenizers=(TOKENIZER,),
    reader=LaterReader(TOKENIZER, 75, BY_THE_PRIOR),
    prompt_tokens=75,
    is_flow=False,
    noise=CLIPPED,
    cells=8,
    first_stage=run_by("kandinsky.kandinsky22_prior"),
    finish=with_words,
    refine=with_its_prior("Kandinsky 2.2", PRIOR, "kandinsky-2-2-prior"),
)  # fmt: skip
