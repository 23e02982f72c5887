"""A few pictures on the way, as the finished model would draw them: DPM-Solver++ with guidance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from engine.training.bank import autocast, to_pictures
from engine.training.noise import SCHEDULER

if TYPE_CHECKING:
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from transformers import CLIPTextModel

STEPS, GUIDANCE = 12, 4.0
"""Of the exported model too, where nothing else is said."""


@torch.no_grad()
def draw(
    text_encoder: CLIPTextModel,
    unet: UNet2DConditionModel,
    autoencoder: AutoencoderKL,
    prompts: torch.Tensor,
    nothing: torch.Tensor,
    *,
    seed: int = 0,
    steps: int = STEPS,
    guidance: float = GUIDANCE,
) -> torch.Tensor:
    """Pictures (n x 3 x side x side, -1 to 1) for token ids (n x tokens); `nothing`: the empty caption's."""
    from diffusers import DPMSolverMultistepScheduler

    device, count = prompts.device, len(prompts)
    scheduler = DPMSolverMultistepScheduler(**SCHEDULER)
    scheduler.set_timesteps(steps, device="cpu")
    noise = torch.Generator().manual_seed(seed)
    side = unet.config["sample_size"]
    latent = torch.randn((count, unet.config["in_channels"], side, side), generator=noise).to(device)
    latent = latent * scheduler.init_noise_sigma
    with autocast(device):
        states = text_encoder(torch.cat([nothing.expand_as(prompts), prompts]).long()).last_hidden_state
        for timestep in scheduler.timesteps:
            both = torch.cat([latent, latent])
            times = torch.full((2 * count,), int(timestep), device=device)
            plain, asked = unet(both, times, states).sample.float().chunk(2)
            guided = plain + guidance * (asked - plain)
            latent = scheduler.step(guided, timestep, latent, return_dict=False)[0]
        parts = (latent / autoencoder.config["scaling_factor"]).split(8)
        return torch.cat([to_pictures(autoencoder, part).float() for part in parts]).clamp(-1, 1)
