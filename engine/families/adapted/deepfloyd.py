"""DeepFloyd IF: the first stage draws 64 pixels a side, the second makes 256 of them.

Importing this costs torch.
"""

from __future__ import annotations

from typing import Any

import diffusers

from engine.families.adapted.schedules import walked
from engine.families.loaded_model import Denoised, LoadedModel
from engine.families.stages import NOISING, SECOND
from engine.families.table import EMBEDS

SECOND_STEPS, SECOND_GUIDANCE, NOISE_LEVEL = 50, 4.0, 250
"""Of the second stage, as its makers set them."""


class DeepFloydIF(diffusers.IFPipeline):
    """The first stage, which begins and ends with numbers as all others do."""

    _begun: Any = None

    def __init__(self, tokenizer: Any, text_encoder: Any, unet: Any, scheduler: Any) -> None:
        diffusers.DiffusionPipeline.__init__(self)
        self.register_modules(tokenizer=tokenizer, text_encoder=text_encoder, unet=unet, scheduler=scheduler)

    def __call__(self, *, latents: Any = None, output_type: str = "pt", **call: Any) -> Any:
        self._begun = latents
        return super().__call__(output_type="pt", **call)

    def prepare_intermediate_images(self, *asked: Any, **called: Any) -> Any:
        if self._begun is None:
            return super().prepare_intermediate_images(*asked, **called)
        return self._begun.to(self._execution_device) * self.scheduler.init_noise_sigma


class SecondStage(diffusers.IFSuperResolutionPipeline):
    """It reads the words as the first has read them."""

    model_cpu_offload_seq = "unet"
    text_encoder: Any = None

    def __init__(self, unet: Any, scheduler: Any, image_noising_scheduler: Any) -> None:
        diffusers.DiffusionPipeline.__init__(self)
        self.register_modules(unet=unet, scheduler=scheduler, image_noising_scheduler=image_noising_scheduler)


def second_stage(model: LoadedModel, denoised: Denoised) -> Any:
    """1 x 3 x H x W from 0 to 1."""
    unet = model.later(f"{SECOND}unet")
    pipeline: Any = SecondStage(
        unet,
        walked(diffusers.DDPMScheduler, model, f"{SECOND}scheduler"),
        walked(diffusers.DDPMScheduler, model, f"{SECOND}{NOISING}"),
    )
    pipeline.set_progress_bar_config(disable=True)
    read = {name: denoised.call[name] for name in EMBEDS if name in denoised.call}
    (image, *_) = pipeline(
        image=denoised.latents.to(unet.dtype), **read, height=denoised.extent.height,
        width=denoised.extent.width, num_inference_steps=SECOND_STEPS, noise_level=NOISE_LEVEL,
        guidance_scale=SECOND_GUIDANCE if len(read) == len(EMBEDS) else 1.0, generator=denoised.generator,
        output_type="pt", return_dict=False,
        callback=lambda step, *_: denoised.say((step + 1) / SECOND_STEPS),
    )  # fmt: skip
    return (image / 2 + 0.5).clamp(0, 1)
