"""Würstchen: stage C is denoised step by step, stages B and A make the picture of it.

Importing this costs torch.
"""

from __future__ import annotations

from typing import Any

import diffusers

from engine.families.adapted.around import Plainly
from engine.families.adapted.cascade import StageC, told
from engine.families.adapted.schedules import walked
from engine.families.loaded_model import Denoised, LoadedModel

DECODER_STEPS = 12
"""Of stage B, as its makers set them; it is not guided."""
MEAN, STD = 42.0, 1.0
"""By which stage C's latents are told to stage B."""


class Wuerstchen(StageC, diffusers.WuerstchenPriorPipeline):
    """Stage C."""

    @property
    def prior(self) -> Any:
        return Plainly(self.prior_prior)

    def encode_prompt(
        self,
        device: Any,
        num_images_per_prompt: int = 1,
        do_classifier_free_guidance: bool = True,
        prompt: Any = None,
        negative_prompt: Any = None,
        **read: Any,
    ) -> Any:
        """As theirs, which has no defaults."""
        return super().encode_prompt(
            device, num_images_per_prompt, do_classifier_free_guidance, prompt, negative_prompt, **read
        )


class WuerstchenB(diffusers.WuerstchenDecoderPipeline):
    """Stages B and A."""

    def __init__(
        self,
        tokenizer: Any,
        text_encoder: Any,
        decoder: Any,
        scheduler: Any,
        vqgan: Any,
        latent_dim_scale: float = 10.67,
    ) -> None:
        diffusers.DiffusionPipeline.__init__(self)
        self.register_modules(
            tokenizer=tokenizer, text_encoder=text_encoder, decoder=decoder, scheduler=scheduler, vqgan=vqgan
        )
        self.register_to_config(latent_dim_scale=latent_dim_scale)


def wuerstchen_b(model: LoadedModel, denoised: Denoised) -> Any:
    """1 x 3 x H x W from 0 to 1."""
    decoder = model.later("decoder")
    pipeline: Any = WuerstchenB(
        model.components["tokenizer"], model.later("text_encoder"), decoder,
        walked(diffusers.DDPMWuerstchenScheduler, model, "scheduler"), model.later("vqgan"),
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)

    return pipeline(
        denoised.latents.to(decoder.dtype) * MEAN - STD, prompt=denoised.prompt,
        num_inference_steps=DECODER_STEPS, guidance_scale=0.0, generator=denoised.generator,
        output_type="pt", callback_on_step_end=told(denoised, DECODER_STEPS),
    ).images  # fmt: skip
