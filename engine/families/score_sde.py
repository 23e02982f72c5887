"""Score networks of exploding noise, which draw what they have seen (https://arxiv.org/abs/2011.13456).

As `google/ncsnpp-celebahq-256`. Their makers take 2,000 steps of two calls each; by Karras' sampler 50 do.
"""

from __future__ import annotations

from dataclasses import replace

from engine.api.request import Sampling
from engine.diffusion.exploding_schedulers import KARRAS, SCORE
from engine.diffusion.latents.without_vae import UnitPixelSpace
from engine.families.kinds import Kind
from engine.families.noise import EXPLODING
from engine.families.pipeline_family import PipelineFamily
from engine.families.traits import Traits
from engine.families.unet2d import plain

SCORED = Kind(
    "ScoreSdeVePipeline", plain, Sampling(SCORE, steps=1000, guidance=1.0), "unconditional", side=256,
    negative_prompt=False, guidance=False, adapted="unasked.Unasked",
)  # fmt: skip

FAMILY = PipelineFamily(
    id="score_sde",
    title="Score SDE VE",
    kinds={
        SCORED.pipeline: SCORED,
        "KarrasVePipeline": replace(
            SCORED, pipeline="KarrasVePipeline", variant="Karras VE", schedulers=(KARRAS,),
            sampling=Sampling(KARRAS, steps=50, guidance=1.0),
        ),
    },
    denoiser="unet",
    text=(),
    tokenizers=(),
    noise=EXPLODING,
    space=UnitPixelSpace,
    fixed_size=True,
    traits=Traits(in_float32=True),
)  # fmt: skip
"""Of a folder that names Karras' sampler the noise is not known that the other would have to be told."""
