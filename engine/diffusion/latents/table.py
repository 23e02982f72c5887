"""Which class of latents an autoencoder has."""

from __future__ import annotations

from typing import Any

from engine.diffusion.latents.cells import NormalisedSpace
from engine.diffusion.latents.certain import DeepSpace, QuantisedSpace, TinyCellsSpace, TinySpace
from engine.diffusion.latents.depth import CHANNELS, DepthSpace
from engine.diffusion.latents.film import PatchedStillSpace, StillOfVideoSpace, TransparentSpace
from engine.diffusion.latents.space import GivenRatioSpace, LatentSpace

SPACES: dict[str, type[LatentSpace]] = {
    "AutoencoderKL": LatentSpace,
    "AutoencoderKLQwenImage": StillOfVideoSpace,
    "AutoencoderKLQwenImage21": TransparentSpace,
    "AutoencoderKLWan": PatchedStillSpace,
    "AutoencoderKLHunyuanImage": GivenRatioSpace,
    "AutoencoderDC": DeepSpace,
    "AutoencoderKLFlux2": NormalisedSpace,
    "AutoencoderTiny": TinySpace,
    "AutoencoderTinyFlux2": TinyCellsSpace,
    "VQModel": QuantisedSpace,
}
"""By the autoencoder's class."""


def latent_space(vae: Any) -> LatentSpace:
    if type(vae).__name__ == "AutoencoderKL" and vae.config.in_channels in CHANNELS:
        return DepthSpace(vae)
    return SPACES[type(vae).__name__](vae)
