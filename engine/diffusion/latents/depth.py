"""Latents of an autoencoder that knows how near things are beside their colours: LDM3D's.

https://arxiv.org/abs/2305.10853. It has one channel more than colours, or three: then the depth is 16 bits
that lie as green (the high byte) and blue (the low one), as the files had it that it learnt from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from engine.api.images import Depth
from engine.diffusion.latents.space import LatentSpace

if TYPE_CHECKING:
    import torch

CHANNELS = (4, 6)
"""Of such an autoencoder's pixels."""
MIDDLE = (0, 128, 0)
"""Depth in bytes: of a picture of which nobody knows it, half as near as can be."""


class DepthSpace(LatentSpace):
    """Colours alone are what it is given and gives; of what it is given the depth is the same everywhere."""

    @property
    def with_depth(self) -> LatentSpace:
        """The same, but that it decodes to B x 4 or 6 x H x W, depth last."""
        return LatentSpace(self.vae)

    def _likely(self, pixels: torch.Tensor) -> Any:
        import torch

        told = MIDDLE if self.vae.config.in_channels == CHANNELS[1] else (128,)
        depth = pixels.new_tensor([2 * one / 255 - 1 for one in told]).view(1, -1, 1, 1)
        size = len(pixels), len(told), *pixels.shape[2:]
        return super()._likely(torch.cat([pixels, depth.expand(size)], dim=1))

    def decode(self, latents: torch.Tensor, generator: Any = None) -> torch.Tensor:
        return super().decode(latents, generator)[:, :3]


def depth_of(image: torch.Tensor) -> Depth:
    """H x W, 0 far to 65,535 near, of 1 x 4 or 6 x H x W from 0 to 1: as diffusers reckons it.

    Diffusers' own `VaeImageProcessorLDM3D` drops the high byte of two.
    """
    numbers = image[0, 3:].cpu().permute(1, 2, 0).float().numpy()
    if numbers.shape[2] == 1:
        return (numbers[..., 0] * 65535.0).astype(np.uint16)
    whole = (numbers * 255).round().astype(np.uint16)
    return whole[..., 1] * 256 + whole[..., 2]
