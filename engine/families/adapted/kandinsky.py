"""Kandinsky, whose pipelines call the autoencoder `movq`.

Importing this costs torch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import diffusers

from engine.families.heeded import ITSELF, heeding
from engine.families.stages import FIRST_SCHEDULER, PREFIX


class Kandinsky3(diffusers.Kandinsky3Pipeline):
    """Guides against nothing at all where there is no negative prompt, as its makers do."""

    model_cpu_offload_seq = "text_encoder->unet->vae"

    def __init__(self, tokenizer: Any, text_encoder: Any, unet: Any, scheduler: Any, vae: Any) -> None:
        diffusers.DiffusionPipeline.__init__(self)
        self.register_modules(
            tokenizer=tokenizer, text_encoder=text_encoder, unet=unet, scheduler=scheduler, vae=vae
        )

    @property
    def movq(self) -> Any:
        return self.vae

    def __call__(self, *, negative_prompt: str | None = None, **call: Any) -> Any:
        return super().__call__(negative_prompt=negative_prompt or None, **call)


class Kandinsky22(diffusers.KandinskyV22Pipeline):
    """The second stage, which draws what the first has made of the words."""

    model_cpu_offload_seq = "unet->vae"

    def __init__(self, unet: Any, scheduler: Any, vae: Any) -> None:
        diffusers.DiffusionPipeline.__init__(self)
        self.register_modules(unet=unet, scheduler=scheduler, vae=vae)
        self.movq_scale_factor = 2 ** (len(vae.config.block_out_channels) - 1)

    @property
    def movq(self) -> Any:
        return self.vae

    def prepare_latents(self, shape: tuple[int, ...], *call: Any) -> Any:
        """Of as many channels as the autoencoder's: a network may read more, which is laid there later."""
        return super().prepare_latents((shape[0], self.vae.config.latent_channels, *shape[2:]), *call)


PRIOR_STEPS, PRIOR_GUIDANCE = 25, 4.0
"""Of the first stage, as its makers set them: it is done with so many."""


def kandinsky22_prior(
    model: Any, words: Mapping[str, str], generator: Any, say: Callable[[float], None]
) -> dict[str, Any]:
    """The picture's embedding that CLIP's of the words are likely to belong to, by diffusion.

    `say` is told the share of its steps that are done. Against nothing is guided by a black picture's.
    """
    parts = {name.removeprefix(PREFIX): part for name, part in model.components.items()}
    told = json.loads(model.part_configs[FIRST_SCHEDULER])
    stock: Any = heeding(diffusers.KandinskyV22PriorPipeline, ITSELF)
    pipeline = stock(
        prior=parts["prior"], image_encoder=parts["image_encoder"], text_encoder=parts["text_encoder"],
        tokenizer=parts["tokenizer"], scheduler=diffusers.UnCLIPScheduler(**told), image_processor=None,
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)

    def done(_: Any, step: int, __: Any, kept: dict[str, Any]) -> dict[str, Any]:
        say((step + 1) / PRIOR_STEPS)
        return kept

    say(0.0)
    image, against = pipeline(
        prompt=words["prompt"], negative_prompt=words.get("negative_prompt") or None,
        num_inference_steps=PRIOR_STEPS, guidance_scale=PRIOR_GUIDANCE, generator=generator,
        callback_on_step_end=done, return_dict=False,
    )  # fmt: skip
    return {"image_embeds": image, "negative_image_embeds": against}
