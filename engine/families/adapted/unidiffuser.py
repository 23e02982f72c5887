"""UniDiffuser, whose pipeline keeps latents and what CLIP sees of them in one row.

Importing this costs torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import diffusers
import transformers
from diffusers.image_processor import VaeImageProcessor
from PIL import Image

from engine.api.images import Pixels
from engine.diffusion import schedulers
from engine.families.adapted.around import Around
from engine.families.adapted.schedules import Left
from engine.families.adapted.unclip import seen_by

STEPS, GUIDANCE = 25, 8.0
"""Of the words that are found for a picture; the scale is diffusers' own."""


class UniDiffuser(diffusers.UniDiffuserPipeline):
    """From words that were read already; its call is diffusers' own."""

    model_cpu_offload_seq = "text_encoder->unet->vae"
    safety_checker = None
    mode: Any = "text2img"
    text_intermediate_dim, text_encoder_hidden_size = 0, 1  # its words come shortened
    text_decoder: Any = SimpleNamespace(encode=lambda words: words)

    def __init__(
        self,
        tokenizer: Any,
        unet: Any,
        scheduler: Any,
        vae: Any,
        text_encoder: Any = None,
        text_decoder: Any = None,
    ) -> None:
        diffusers.DiffusionPipeline.__init__(self)
        self.register_modules(
            tokenizer=tokenizer, unet=unet, scheduler=scheduler, vae=vae, text_encoder=text_encoder
        )
        self.shorten: Any = text_decoder
        self.vae_scale_factor = 2 ** (len(vae.config.block_out_channels) - 1)
        self.image_processor = VaeImageProcessor(vae_scale_factor=self.vae_scale_factor)
        self.num_channels_latents = vae.config.latent_channels
        self.image_encoder_projection_dim = unet.config["clip_img_dim"]
        self.unet_resolution = unet.config["sample_size"]

    def encode_prompt(self, prompt: Any = None, device: Any = None, **called: Any) -> tuple[Any, Any]:
        """1 x tokens x width, shortened; as they are where they come read already."""
        if called.get("prompt_embeds") is not None:
            return called["prompt_embeds"], None
        ids = self.tokenizer(
            prompt, padding="max_length", max_length=self.tokenizer.model_max_length, truncation=True,
            return_tensors="pt",
        ).input_ids.to(device)  # fmt: skip
        return self.shorten(self.text_encoder(ids)[0]), None

    def __call__(self, *, latents: Any = None, pictures: Any = None, **call: Any) -> Any:
        if latents is not None:
            call["vae_latents"], call["clip_latents"] = self.unet.parted(latents)
        stock: Any = diffusers.UniDiffuserPipeline.__call__
        return stock(_Seen(self), **call)


class _Seen(Around):
    """The pipeline as its own call has it, which asks for latents and what is seen by themselves."""

    def __init__(self, pipeline: UniDiffuser) -> None:
        super().__init__(pipeline)
        self.unet = _InTwo(pipeline.unet)

    def _get_noise_pred(self, *asked: Any) -> Any:
        stock: Any = diffusers.UniDiffuserPipeline._get_noise_pred
        return stock(self, *asked)


class _InTwo(Around):
    """The network, which answers for both in one row."""

    def __call__(
        self, latents: Any, seen: Any, words: Any, *, timestep_img: Any, timestep_text: Any, data_type: Any
    ) -> tuple[Any, Any, None]:
        told = self.inner.joined(latents, seen)
        made = self.inner(told, timestep_img, words, timestep_text=timestep_text, data_type=data_type)[0]
        return (*self.inner.parted(made), None)


def seen(model: Any, pixels: Pixels) -> Any:
    """What CLIP sees of a picture, 1 x D."""
    return seen_by(model.components["image_encoder"], [Image.fromarray(pixels)])


class Describing(diffusers.UniDiffuserPipeline):
    """Finds what would be said of a picture, up to where it would be written."""

    mode: Any = "img2text"

    def __init__(self, vae: Any, image_encoder: Any, clip_image_processor: Any, scheduler: Any) -> None:
        diffusers.DiffusionPipeline.__init__(self)
        self.register_modules(
            vae=vae, image_encoder=image_encoder, clip_image_processor=clip_image_processor,
            scheduler=scheduler,
        )  # fmt: skip
        self.vae_scale_factor = 2 ** (len(vae.config.block_out_channels) - 1)
        self.image_processor = VaeImageProcessor(vae_scale_factor=self.vae_scale_factor)
        self.num_channels_latents = vae.config.latent_channels
        self.image_encoder_projection_dim = image_encoder.config.projection_dim

    def reading(self, unet: Any, text_encoder: Any, shorten: Any) -> Describing:
        """What it asks besides."""
        self.unet: Any = unet.at_once
        self.unet_resolution = unet.config["sample_size"]
        self.text_encoder: Any = text_encoder
        self.text_decoder: Any = SimpleNamespace(encode=shorten)
        self.text_encoder_seq_len = text_encoder.config.max_position_embeddings
        self.text_encoder_hidden_size = text_encoder.config.hidden_size
        self.text_intermediate_dim = unet.config["text_dim"]
        return self

    def decode_text_latents(self, text_latents: Any, device: Any) -> Any:
        raise Left(text_latents)


def described(
    model: Any, told: Mapping[str, Any], generator: Any, say: Callable[[float], None]
) -> dict[str, Any]:
    """A picture varied, as its makers do it: it is drawn from what would be said of it, in no words."""
    if told["prompt"].strip():  # of a place in the picture
        return {}
    say(0.0)
    parts, encoder = model.components, model.components["image_encoder"]
    side = encoder.config.image_size
    eyes = transformers.CLIPImageProcessorPil(size=side, crop_size=side)
    scheduler = schedulers.build("dpmpp_2m", model.scheduler_config, steps=STEPS)
    around: Any = Describing(model.vae, encoder, eyes, scheduler)
    around.reading(model.denoiser, parts["text_encoder"], parts["text_decoder"])
    around.set_progress_bar_config(disable=True)
    try:
        with model.denoiser_at_work():
            around(
                image=told["pictures"][0], num_inference_steps=STEPS, guidance_scale=GUIDANCE,
                generator=generator, callback=lambda step, *_: say((step + 1) / (STEPS + 1)),
            )  # fmt: skip
    except Left as left:
        return {"prompt_embeds": left.made.to(model.device, model.dtype)}
    raise AssertionError("the stock pipeline wrote nothing of what it found")
