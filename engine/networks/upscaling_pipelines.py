"""Diffusion models that make pictures larger, by diffusers' own pipelines: what is known of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LDM = "LDMSuperResolutionPipeline"


@dataclass(frozen=True)
class UpscalingPipeline:
    """By the `_class_name` of its folder."""

    title: str
    scale: int
    multiple: int
    """Of which the sides of what it is given are."""
    tile_px: int
    """Side of what it is given at once, as large as in its training, about."""
    parts: tuple[str, ...]
    """With weights."""
    steps: int
    """As its makers recommend."""
    px_per_cell: int = 1
    """Pixels of what it is given along a side that one of its latent cells stands for."""
    reads_words: bool = False
    noise_level: int | None = None
    """What is laid on the picture before it is enlarged, 0 to `MOST_NOISE`; None: nothing is."""


MOST_NOISE = 350
"""Of `noise_level`: there its training ended."""

UPSCALING: Mapping[str, UpscalingPipeline] = {
    "StableDiffusionUpscalePipeline": UpscalingPipeline(
        "Stable Diffusion x4 upscaler", 4, 8, 128, ("unet", "vae", "text_encoder"), steps=75,
        reads_words=True, noise_level=20,
    ),
    "StableDiffusionLatentUpscalePipeline": UpscalingPipeline(
        "Stable Diffusion x2 latent upscaler", 2, 64, 256, ("unet", "vae", "text_encoder"), steps=20,
        px_per_cell=4, reads_words=True,
    ),
    LDM: UpscalingPipeline("LDM super resolution", 4, 32, 128, ("unet", "vae"), steps=100),
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """What such a model is told besides the picture."""

    prompt: str = ""
    negative_prompt: str = ""
    seed: int = 0
    steps: int = 0
    noise_level: int = 0
