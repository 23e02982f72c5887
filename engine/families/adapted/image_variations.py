"""Stable Diffusion image variations and Paint by Example, which are told what CLIP has seen already.

Importing this costs torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import diffusers
import torch
from diffusers.image_processor import VaeImageProcessor

from engine.families.adapted.unclip import pixels_for, seen_by


class AfterSight(diffusers.DiffusionPipeline):
    """Draws after an embedding that has been made already."""

    model_cpu_offload_seq = "unet->vae"

    def __init__(self, unet: Any, scheduler: Any, vae: Any) -> None:
        diffusers.DiffusionPipeline.__init__(self)
        self.register_modules(unet=unet, scheduler=scheduler, vae=vae)
        self.vae_scale_factor = 2 ** (len(vae.config.block_out_channels) - 1)
        self.image_processor = VaeImageProcessor(vae_scale_factor=self.vae_scale_factor)


class ImageVariations(AfterSight, diffusers.StableDiffusionImageVariationPipeline):
    """After a picture, in place of words."""

    def _encode_image(self, image: Any, device: Any, number: int, do_classifier_free_guidance: bool) -> Any:
        return torch.cat([torch.zeros_like(image), image]) if do_classifier_free_guidance else image


def seen(model: Any, told: Mapping[str, Any], generator: Any, say: Callable[[float], None]) -> dict[str, Any]:
    """What CLIP sees in the picture, as the one word that the network reads."""
    say(0.0)
    embedding = seen_by(model.components["image_encoder"], told["pictures"])[:, None]
    say(1.0)
    return {"image": embedding.to(model.device, model.dtype)}


class PaintByExample(AfterSight, diffusers.PaintByExamplePipeline):
    """As above, into a mask. What it guides against is learnt, and comes with the embedding."""

    safety_checker = None

    def _encode_image(self, image: Any, device: Any, number: int, do_classifier_free_guidance: bool) -> Any:
        return image if do_classifier_free_guidance else image[1:]

    def check_inputs(self, *asked: Any, **called: Any) -> None:
        """Theirs asks for a picture where one was seen already."""


def example_seen(
    model: Any, told: Mapping[str, Any], generator: Any, say: Callable[[float], None]
) -> dict[str, Any]:
    """What its own CLIP makes of the example, 2 x 1 x D: behind what it learnt to guide against."""
    say(0.0)
    encoder = model.components["image_encoder"]
    made, nothing = encoder(pixels_for(encoder, told["pictures"]), return_uncond_vector=True)
    say(1.0)
    return {"example_image": torch.cat([nothing, made]).to(model.device, model.dtype)}
