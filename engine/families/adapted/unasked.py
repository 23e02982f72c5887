"""Networks that draw what they have seen, unasked: one loop for those whose stock pipelines cannot be tapped.

Score SDE VE and Karras VE call their samplers by other names than all others, and Latent Diffusion hands its
own no generator; none takes latents, or numbers of 16 bits. The loop is theirs all the same.

Importing this costs torch.
"""

from __future__ import annotations

from inspect import signature
from typing import Any

import diffusers
import torch


class Unasked(diffusers.DiffusionPipeline):
    """Ends in its network's own space."""

    model_cpu_offload_seq = "unet->vae"
    _optional_components = ["vae"]

    def __init__(self, unet: Any, scheduler: Any, vae: Any = None) -> None:
        super().__init__()
        self.register_modules(unet=unet, scheduler=scheduler, vae=vae)

    def __call__(
        self,
        *,
        num_inference_steps: int,
        generator: torch.Generator,
        latents: Any = None,
        **unheeded: Any,
    ) -> tuple[torch.Tensor]:
        """1 x C x h x w in 32 bits, whatever the network's numbers are; `latents` take the place of noise."""
        unet, scheduler = self.unet, self.scheduler
        device: Any = self._execution_device
        scheduler.set_timesteps(num_inference_steps, device=device)
        if latents is None:
            side = unet.config.sample_size
            height, width = (side, side) if isinstance(side, int) else side
            noise = torch.randn((1, unet.config.in_channels, height, width), generator=generator)
            latents = noise.to(device) * scheduler.init_noise_sigma + getattr(scheduler, "middle", 0.0)
        else:
            latents = latents.to(device, torch.float32) * scheduler.init_noise_sigma
        own = {"generator": generator} if "generator" in signature(scheduler.step).parameters else {}
        if hasattr(scheduler, "generator"):
            scheduler.generator = generator
        for timestep in scheduler.timesteps:
            given = scheduler.scale_model_input(latents, timestep).to(unet.dtype)
            said = unet(given, timestep, return_dict=False)[0].to(latents.dtype)
            latents = scheduler.step(said, timestep, latents, **own)[0]
        return (latents,)
