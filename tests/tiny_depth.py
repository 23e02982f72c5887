"""A tiny folder of LDM3D, whose autoencoder knows colours and depth: real classes, random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import diffusers
import torch
from tiny import tiny_sd


def tiny_ldm3d(folder: Path, channels: int) -> Path:
    """Of pixels of 4 channels (depth is one number) or 6 (depth is two bytes)."""
    plain: Any = diffusers.StableDiffusionPipeline.from_pretrained(tiny_sd(folder), safety_checker=None)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = {**plain.vae.config, "in_channels": channels, "out_channels": channels}
        vae = diffusers.AutoencoderKL.from_config(config)
    parts = {**plain.components, "vae": vae, "image_encoder": None}
    diffusers.StableDiffusionLDM3DPipeline(**parts, requires_safety_checker=False).save_pretrained(folder)
    return folder
