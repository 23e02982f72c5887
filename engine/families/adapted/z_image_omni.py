"""Z-Image Omni, which reads pictures in the autoencoder's own number format.

Importing this costs torch.
"""

from __future__ import annotations

from typing import Any

import diffusers
import torch


class ZImageOmni(diffusers.ZImageOmniPipeline):
    """Theirs brings pictures to bfloat16, whatever the autoencoder is in, and ends there where it is not."""

    def prepare_image_latents(
        self, images: list[torch.Tensor], batch_size: int, device: Any, dtype: torch.dtype
    ) -> list[list[torch.Tensor]]:
        config = self.vae.config
        seen = [
            (self.vae.encode(image.to(device, self.vae.dtype)).latent_dist.mode()[0] - config.shift_factor)
            * config.scaling_factor
            for image in images
        ]
        return [[latents.unsqueeze(1).to(dtype) for latents in seen] for _ in range(batch_size)]
