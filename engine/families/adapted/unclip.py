"""Stable Diffusion unCLIP, which is told what CLIP sees in a picture, or would see in the one to come.

Importing this costs torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import diffusers
import torch
import transformers
from diffusers.image_processor import VaeImageProcessor

from engine.families.adapted.schedules import Left, walked
from engine.families.stages import FIRST_SCHEDULER, NOISING

PRIOR_STEPS, PRIOR_GUIDANCE = 25, 4.0
"""Of Karlo's prior, as its makers set them."""


class StableUnCLIP(diffusers.StableUnCLIPImg2ImgPipeline):
    """Draws after an embedding that has been made already, with the noise that is laid on it."""

    model_cpu_offload_seq = "text_encoder->unet->vae"
    _begun: Any = None

    def __init__(self, tokenizer: Any, text_encoder: Any, unet: Any, scheduler: Any, vae: Any) -> None:
        diffusers.DiffusionPipeline.__init__(self)
        self.register_modules(
            tokenizer=tokenizer, text_encoder=text_encoder, unet=unet, scheduler=scheduler, vae=vae
        )
        self.vae_scale_factor = 2 ** (len(vae.config.block_out_channels) - 1)
        self.image_processor = VaeImageProcessor(vae_scale_factor=self.vae_scale_factor)

    def __call__(self, *, latents: Any = None, **call: Any) -> Any:
        self._begun = latents  # theirs would not scale them as all others do
        return super().__call__(**call)

    def check_inputs(self, *asked: Any, **called: Any) -> None:
        """Theirs looks at parts that have done their work by now."""

    def prepare_latents(self, *asked: Any, **called: Any) -> Any:
        return super().prepare_latents(*asked, **{**called, "latents": self._begun})

    def _encode_image(
        self, *asked: Any, image_embeds: Any, do_classifier_free_guidance: bool, **called: Any
    ) -> Any:
        if not do_classifier_free_guidance:
            return image_embeds
        return torch.cat([torch.zeros_like(image_embeds), image_embeds])


def stable_unclip_sight(
    model: Any, told: Mapping[str, Any], generator: Any, say: Callable[[float], None]
) -> dict[str, Any]:
    """What its network is told of a picture: CLIP's embedding with the least noise, and how much that is.

    Of the picture to come, where the folder has a prior; of the one that is shown, where there is one; else
    nothing, as what it guides against.
    """
    say(0.0)
    parts = model.components
    if "prior" in parts:
        seen = _imagined(model, told["prompt"], generator, say)
    elif told.get("pictures"):
        seen = seen_by(parts["image_encoder"], told["pictures"])
    else:
        width = model.denoiser.config.projection_class_embeddings_input_dim
        return {"image_embeds": torch.zeros(1, width, dtype=model.dtype, device=model.device)}
    schedule = walked(diffusers.DDPMScheduler, model, NOISING)
    around: Any = SimpleNamespace(
        image_normalizer=parts["image_normalizer"], image_noising_scheduler=schedule
    )
    stock = diffusers.StableUnCLIPImg2ImgPipeline.noise_image_embeddings
    noised = stock(around, seen, noise_level=0, generator=generator)
    say(1.0)
    return {"image_embeds": noised}


def seen_by(encoder: Any, pictures: Any) -> Any:
    """The embedding of all `pictures` together, 1 x D."""
    return encoder(pixels_for(encoder, pictures)).image_embeds.mean(dim=0, keepdim=True)


def pixels_for(encoder: Any, pictures: Any) -> Any:
    """`pictures` as CLIP looks at them, N x 3 x H x W."""
    side = encoder.config.image_size
    eyes = transformers.CLIPImageProcessorPil(size=side, crop_size=side)
    pixels = eyes(images=list(pictures), return_tensors="pt").pixel_values
    return pixels.to(encoder.device, encoder.dtype)


class _Prior(diffusers.StableUnCLIPPipeline):
    """Up to where it would begin to draw."""

    def __init__(
        self, prior_tokenizer: Any, prior_text_encoder: Any, prior: Any, prior_scheduler: Any
    ) -> None:
        diffusers.DiffusionPipeline.__init__(self)
        self.register_modules(
            prior_tokenizer=prior_tokenizer, prior_text_encoder=prior_text_encoder, prior=prior,
            prior_scheduler=prior_scheduler,
        )  # fmt: skip

    def check_inputs(self, *asked: Any, **called: Any) -> None:
        """Theirs looks at parts that are not here."""

    def encode_prompt(self, *asked: Any, **called: Any) -> Any:
        return None, None

    def noise_image_embeddings(self, image_embeds: Any, *asked: Any, **called: Any) -> Any:
        raise Left(image_embeds)


def _imagined(model: Any, prompt: str, generator: Any, say: Callable[[float], None]) -> Any:
    parts = model.components
    pipeline: Any = _Prior(
        parts["prior_tokenizer"], parts["prior_text_encoder"], parts["prior"],
        walked(diffusers.UnCLIPScheduler, model, FIRST_SCHEDULER),
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    try:
        pipeline(
            prompt=prompt, height=64, width=64, generator=generator, guidance_scale=1.0,
            prior_num_inference_steps=PRIOR_STEPS, prior_guidance_scale=PRIOR_GUIDANCE,
            callback=lambda step, *_: say((step + 1) / (PRIOR_STEPS + 1)),
        )  # fmt: skip
    except Left as left:
        return left.made
    raise AssertionError("the stock pipeline laid no noise on what its prior made")
