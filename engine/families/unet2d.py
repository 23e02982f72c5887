"""Unconditional diffusion on pixels (https://arxiv.org/abs/2006.11239): draws what it has seen, unasked."""

from __future__ import annotations

from typing import Any

from engine.api.request import Sampling
from engine.families.family import Inputs
from engine.families.kinds import Kind
from engine.families.pipeline_family import PipelineFamily
from engine.families.traits import Traits


def plain(inputs: Inputs) -> dict[str, Any]:
    return {"batch_size": 1}


KIND = Kind(
    "DDPMPipeline", plain, Sampling("ddim", steps=50, guidance=1.0), "unconditional", side=32,
    negative_prompt=False, guidance=False, schedulers=("ddim", "ddpm"),
)  # fmt: skip

FAMILY = PipelineFamily(
    id="unet2d",
    title="UNet2D",
    kinds={"DDPMPipeline": KIND, "DDIMPipeline": KIND},
    denoiser="unet",
    text=(),
    tokenizers=(),
    is_flow=False,
    fixed_size=True,
    traits=Traits(takes_latents=False, ends_in_pixels=True),
)
