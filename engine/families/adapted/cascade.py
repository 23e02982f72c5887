"""Stable Cascade: stage C is denoised step by step, stages B and A make the picture of it.

Importing this costs torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import diffusers

from engine.families.adapted.schedules import walked
from engine.families.adapted.unclip import pixels_for
from engine.families.loaded_model import Denoised, LoadedModel

DECODER_STEPS = 10
"""Of stage B, as its makers set them; it is not guided."""


class StageC(diffusers.DiffusionPipeline):
    """Stage C of Würstchen's kin, whose network is at hand as others' is."""

    model_cpu_offload_seq = "prior_text_encoder->prior_prior"

    def __init__(
        self,
        prior_tokenizer: Any,
        prior_text_encoder: Any,
        prior_prior: Any,
        scheduler: Any,
        resolution_multiple: float = 42.67,
    ) -> None:
        diffusers.DiffusionPipeline.__init__(self)
        self.register_modules(
            prior_tokenizer=prior_tokenizer, prior_text_encoder=prior_text_encoder, prior_prior=prior_prior,
            scheduler=scheduler,
        )  # fmt: skip
        self.register_to_config(resolution_multiple=resolution_multiple)
        self.tokenizer = prior_tokenizer

    @property
    def unet(self) -> Any:
        return self.prior_prior

    @property
    def text_encoder(self) -> Any:
        return self.prior_text_encoder


class StableCascade(StageC, diffusers.StableCascadePriorPipeline):
    """Stage C."""

    prior = StageC.unet

    def encode_prompt(
        self,
        device: Any,
        batch_size: int = 1,
        num_images_per_prompt: int = 1,
        do_classifier_free_guidance: bool = True,
        prompt: Any = None,
        negative_prompt: Any = None,
        **read: Any,
    ) -> Any:
        """As theirs, which has no defaults."""
        return super().encode_prompt(
            device, batch_size, num_images_per_prompt, do_classifier_free_guidance, prompt, negative_prompt,
            **read,
        )  # fmt: skip


class StageB(diffusers.StableCascadeDecoderPipeline):
    """Stages B and A, which read the words as stage C has read them."""

    def __init__(self, decoder: Any, scheduler: Any, vqgan: Any, latent_dim_scale: float = 10.67) -> None:
        diffusers.DiffusionPipeline.__init__(self)
        self.register_modules(decoder=decoder, scheduler=scheduler, vqgan=vqgan)
        self.register_to_config(latent_dim_scale=latent_dim_scale)


def told(denoised: Denoised, steps: int) -> Any:
    """Of diffusers' callbacks one that says how many of `steps` are done."""

    def done(_: Any, step: int, __: Any, kept: dict[str, Any]) -> dict[str, Any]:
        denoised.say((step + 1) / steps)
        return kept

    return done


def seen(model: Any, told: Mapping[str, Any], generator: Any, say: Callable[[float], None]) -> dict[str, Any]:
    """What stage C is told of the pictures: CLIP's embedding of each, 1 x pictures x D."""
    if not told.get("pictures"):
        return {}
    say(0.0)
    encoder = model.components["prior_image_encoder"]
    embeddings = encoder(pixels_for(encoder, told["pictures"])).image_embeds[None]
    say(1.0)
    return {"image_embeds": embeddings}


def stage_b(model: LoadedModel, denoised: Denoised) -> Any:
    """1 x 3 x H x W from 0 to 1."""
    walk = walked(diffusers.DDPMWuerstchenScheduler, model, "scheduler")
    pipeline: Any = StageB(model.later("decoder"), walk, model.later("vqgan"))
    pipeline.set_progress_bar_config(disable=True)

    read = {name: denoised.call[name] for name in ("prompt_embeds", "prompt_embeds_pooled")}
    return pipeline(
        image_embeddings=denoised.latents.to(model.later("decoder").dtype), **read,
        num_inference_steps=DECODER_STEPS, guidance_scale=0.0, generator=denoised.generator,
        output_type="pt", callback_on_step_end=told(denoised, DECODER_STEPS),
    ).images  # fmt: skip
