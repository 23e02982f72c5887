"""Latent Diffusion of faces, bedrooms and churches: it draws what it has seen (https://arxiv.org/abs/2112.10752)."""

from __future__ import annotations

from engine.api.request import Sampling
from engine.diffusion.latents.certain import CodedSpace
from engine.families.kinds import Kind
from engine.families.noise import FROM_NOTHING
from engine.families.pipeline_family import PipelineFamily
from engine.families.traits import Traits
from engine.families.unet2d import plain

FAMILY = PipelineFamily(
    id="ldm_unconditional",
    title="Latent Diffusion, unconditional",
    kinds={
        "LDMPipeline": Kind(
            "LDMPipeline", plain, Sampling("ddim", steps=50, guidance=1.0), side=256,
            negative_prompt=False, guidance=False, adapted="unasked.Unasked",
        )
    },
    denoiser="unet",
    text=(),
    tokenizers=(),
    noise=FROM_NOTHING,
    cells=1,
    space=CodedSpace,
    is_whole=True,
    fixed_size=True,
    traits=Traits(in_float32=True),
)  # fmt: skip
