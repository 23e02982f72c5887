"""Versatile Diffusion, whose network is told at each step what it reads, and how much of what.

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

from engine.families.adapted.around import Around


class Versatile(diffusers.VersatileDiffusionTextToImagePipeline):
    """Draws from words, after what was seen already, or from both."""

    model_cpu_offload_seq = "text_encoder->unet->vae"
    _told: Any = None

    def __init__(self, tokenizer: Any, text_encoder: Any, unet: Any, scheduler: Any, vae: Any) -> None:
        diffusers.DiffusionPipeline.__init__(self)
        self.register_modules(
            tokenizer=tokenizer, text_encoder=text_encoder, unet=unet, scheduler=scheduler, vae=vae
        )
        self.vae_scale_factor = 2 ** (len(vae.config.block_out_channels) - 1)
        self.image_processor = VaeImageProcessor(vae_scale_factor=self.vae_scale_factor)

    def encode_prompt(self, prompt: str, device: Any) -> tuple[Any]:
        """1 x tokens x width."""
        return (super()._encode_prompt(prompt, device, 1, False, None),)

    def __call__(
        self,
        *,
        prompt_embeds: Any,
        negative_prompt_embeds: Any = None,
        seen: Any = None,
        text_share: float = 1.0,
        guidance_scale: float,
        **call: Any,
    ) -> Any:
        """`seen`: 2 x pieces x width, of the picture behind what is guided against in its place.

        Of what it tells `text_share` is the words'; 1 is the words alone.
        """
        words = prompt_embeds
        if guidance_scale > 1:
            words = torch.cat([negative_prompt_embeds, prompt_embeds])
        elif seen is not None:
            seen = seen[1:]
        if seen is None or text_share >= 1:
            self._told, rows, share = words, words.shape[1], 1.0
        elif text_share <= 0:
            self._told, rows, share = seen, 0, 0.0
        else:
            self._told, rows, share = torch.cat([words, seen], dim=1), words.shape[1], text_share
        self._how = {"text_rows": rows, "text_share": share}
        return super().__call__(prompt="", guidance_scale=guidance_scale, **call)

    def _encode_prompt(self, *asked: Any, **called: Any) -> Any:
        return self._told

    @property
    def image_unet(self) -> Any:
        return _Asked(self.unet, self._how)


class _Asked(Around):
    """The network, told how to read what it is given."""

    def __init__(self, inner: Any, how: Mapping[str, Any]) -> None:
        super().__init__(inner)
        self.how = how

    def __call__(self, *args: Any, **call: Any) -> Any:
        return self.inner(*args, **call, **self.how)


def seen(model: Any, told: Mapping[str, Any], generator: Any, say: Callable[[float], None]) -> dict[str, Any]:
    """What CLIP sees in the picture, piece by piece; without words it is all that is told."""
    say(0.0)
    encoder = model.components["image_encoder"]
    side = encoder.config.image_size
    eyes = transformers.CLIPImageProcessorPil(size=side, crop_size=side)
    around: Any = SimpleNamespace(image_encoder=encoder, image_feature_extractor=eyes)
    stock = diffusers.VersatileDiffusionDualGuidedPipeline._encode_image_prompt
    made = stock(around, told["pictures"], encoder.device, 1, True)
    say(1.0)
    silent = {} if told["prompt"].strip() else {"text_share": 0.0}
    return {"seen": made.to(model.device, model.dtype), **silent}
