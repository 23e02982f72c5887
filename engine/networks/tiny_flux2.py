"""TAEF2, the tiny autoencoder of FLUX.2: TAESD's, whose smallest blocks also see the whole picture.

Its makers give it away as weights alone, and diffusers has no class for it
(https://github.com/madebyollin/taesd/issues/35).
"""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import torch
from diffusers import AutoencoderTiny
from diffusers.configuration_utils import register_to_config
from diffusers.models.unets.unet_2d_blocks import AutoencoderTinyBlock
from torch import nn

WIDER, GROUPS = 4, 4
CELL = 2
"""Latents along a side of one of the denoiser's cells."""


class PooledBlock(AutoencoderTinyBlock):
    """A block whose group norm carries what the picture is as a whole to each of its places."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, channels, "relu")
        wide = WIDER * channels
        self.pool = nn.Sequential(
            nn.Conv2d(channels, wide, 1, bias=False),
            nn.GroupNorm(GROUPS, wide),
            nn.ReLU(),
            nn.Conv2d(wide, channels, 1, bias=False),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x + self.pool(x))


class AutoencoderTinyFlux2(AutoencoderTiny):
    """B x 3 x H x W from -1 to 1, to and from B x `latent_channels` x H/8 x W/8.

    `pooled` names the modules that are `PooledBlock`s, as "decoder.layers.2". Raises `ValueError` where there
    is no block of that name.
    """

    @register_to_config
    def __init__(
        self, latent_channels: int = 32, pooled: Sequence[str] = (), batch_norm_eps: float = 0.0
    ) -> None:
        super().__init__(latent_channels=latent_channels)
        for name in pooled:
            parent, _, last = name.rpartition(".")
            try:
                layers, index = cast(nn.Sequential, self.get_submodule(parent)), int(last)
                block = layers[index]
            except (AttributeError, IndexError, ValueError):
                raise ValueError(f"there is no block {name[:80]}") from None
            if type(block) is not AutoencoderTinyBlock:
                raise ValueError(f"{name[:80]} is no block")
            layers[index] = PooledBlock(cast(nn.Conv2d, block.conv[0]).in_channels)

    @property
    def bn(self) -> Any:
        """What FLUX.2's pipelines bring latents to the denoiser's numbers by: these are such already."""
        count = CELL**2 * self.config.latent_channels  # type: ignore[attr-defined]
        like = {"device": self.device, "dtype": self.dtype}
        return SimpleNamespace(running_mean=torch.zeros(count, **like), running_var=torch.ones(count, **like))
