"""Kandinsky, whose pipelines call the autoencoder `movq`.

Importing this costs torch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import diffusers

from engine.families.adapted.schedules import stepping
from engine.families.blanks import Ear
from engine.families.heeded import ITSELF, Hears, heeding
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


class Kandinsky21(diffusers.KandinskyPipeline):
    """The second stage of 2.1, which is told the words besides; they have been read already."""

    model_cpu_offload_seq = "unet->vae"
    movq = Kandinsky22.movq

    def __init__(self, unet: Any, scheduler: Any, vae: Any) -> None:
        diffusers.DiffusionPipeline.__init__(self)
        self.register_modules(unet=unet, scheduler=scheduler, vae=vae)
        self.movq_scale_factor = 2 ** (len(vae.config.block_out_channels) - 1)

    def __call__(
        self, *, pooled: Any, states: Any, text_mask: Any, output_type: str = "", **call: Any
    ) -> Any:
        """`output_type` is unheard: theirs gives pictures alone."""
        self._read = (pooled, states, text_mask)
        return super().__call__(prompt="", **call)

    def _encode_prompt(
        self, prompt: Any, device: Any, number: int, do_classifier_free_guidance: bool, *rest: Any
    ) -> Any:
        return self._read if do_classifier_free_guidance else tuple(one[1:] for one in self._read)

    def prepare_latents(self, shape: tuple[int, ...], *call: Any) -> Any:
        """As in 2.2."""
        return super().prepare_latents((shape[0], self.vae.config.latent_channels, *shape[2:]), *call)


class Reading21(diffusers.KandinskyPipeline):
    """What the second stage of 2.1 is told of the words: behind those that it guides against."""

    def __init__(self, tokenizer: Any, text_encoder: Any) -> None:
        diffusers.DiffusionPipeline.__init__(self)
        self.register_modules(tokenizer=tokenizer, text_encoder=text_encoder)

    @property
    def reading(self) -> Any:
        """The part of the text encoder that reads."""
        return self.text_encoder.transformer

    def __call__(self, *, prompt: str, negative_prompt: str | None = None) -> Any:
        return self._encode_prompt(prompt, self.text_encoder.device, 1, True, negative_prompt)


PRIOR_STEPS, PRIOR_GUIDANCE = 25, 4.0
"""Of the first stage, as its makers set them: it is done with so many."""


def kandinsky22_prior(
    model: Any, words: Mapping[str, str], generator: Any, say: Callable[[float], None]
) -> dict[str, Any]:
    """The picture's embedding that CLIP's of the words are likely to belong to, by diffusion.

    `say` is told the share of its steps that are done. Against nothing is guided by a black picture's.
    """
    image, against = _imagined(diffusers.KandinskyV22PriorPipeline, model, words, generator, say)
    return {"image_embeds": image, "negative_image_embeds": against}


def kandinsky21_prior(
    model: Any, words: Mapping[str, str], generator: Any, say: Callable[[float], None]
) -> dict[str, Any]:
    """The same, and the words as the second stage reads them."""
    image, against = _imagined(diffusers.KandinskyPriorPipeline, model, words, generator, say)
    stock: Any = heeding(Reading21, Hears((Ear(network="reading"),)))
    reading = stock(model.components["tokenizer"], model.components["text_encoder"])
    pooled, states, mask = reading(
        prompt=words["prompt"], negative_prompt=words.get("negative_prompt") or None
    )
    return {
        "image_embeds": image, "negative_image_embeds": against, "pooled": pooled, "states": states,
        "text_mask": mask,
    }  # fmt: skip


def _imagined(
    kind: type, model: Any, words: Mapping[str, str], generator: Any, say: Callable[[float], None]
) -> tuple[Any, Any]:
    """What the first stage makes of the words, and what the second guides against."""
    components = model.components.items()
    parts = {name.removeprefix(PREFIX): part for name, part in components if name.startswith(PREFIX)}
    scheduler = diffusers.UnCLIPScheduler(**json.loads(model.part_configs[FIRST_SCHEDULER]))
    stock: Any = heeding(kind, ITSELF)
    pipeline = stock(
        prior=parts["prior"], image_encoder=parts["image_encoder"], text_encoder=parts["text_encoder"],
        tokenizer=parts["tokenizer"], scheduler=scheduler, image_processor=None,
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    done = count(1)

    def counted(step: Callable[..., Any], *asked: Any, **called: Any) -> Any:
        made = step(*asked, **called)
        say(next(done) / PRIOR_STEPS)
        return made

    say(0.0)
    with stepping(scheduler, counted):
        return pipeline(
            prompt=words["prompt"], negative_prompt=words.get("negative_prompt") or None,
            num_inference_steps=PRIOR_STEPS, guidance_scale=PRIOR_GUIDANCE, generator=generator,
            return_dict=False,
        )  # fmt: skip
