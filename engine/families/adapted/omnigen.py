"""OmniGen, which reads words and pictures in the network that draws; without diffusers' own reader.

Importing this costs torch.
"""

from __future__ import annotations

import re
from typing import Any

import diffusers
import numpy as np
import torch
from diffusers.image_processor import VaeImageProcessor
from diffusers.pipelines.omnigen.processor_omnigen import (
    OmniGenCollator,
    OmniGenMultiModalProcessor,
    crop_image,
)

MARK = re.compile(r"(?:<img>)?<\|image_(\d{1,3})\|>(?:</img>)?")
"""Where a picture stands in a prompt, with the makers' words around it or without."""
LARGEST_PX = 1024
"""Side of a picture that is read."""


class Reading(OmniGenMultiModalProcessor):
    """diffusers' own, whose steps with pictures are torchvision's: three, made here without it."""

    def __init__(self, tokenizer: Any) -> None:
        self.text_tokenizer = tokenizer
        self.max_image_size = LARGEST_PX
        self.collator = OmniGenCollator()

    def process_image(self, image: Any) -> torch.Tensor:
        """3 x H x W from -1 to 1, sides multiples of 16."""
        pixels = np.array(crop_image(image, self.max_image_size))
        return (torch.from_numpy(pixels).permute(2, 0, 1).float() / 255 - 0.5) / 0.5


class OmniGen(diffusers.OmniGenPipeline):
    """Names its pictures in the prompt where the artist has not, and sees the same in them each time."""

    def __init__(self, transformer: Any, scheduler: Any, vae: Any, tokenizer: Any) -> None:
        diffusers.DiffusionPipeline.__init__(self)
        self.register_modules(vae=vae, tokenizer=tokenizer, transformer=transformer, scheduler=scheduler)
        self.vae_scale_factor = 2 ** (len(vae.config.block_out_channels) - 1)
        self.image_processor = VaeImageProcessor(vae_scale_factor=self.vae_scale_factor * 2)
        self.multimodal_processor = Reading(tokenizer)

    def __call__(self, *, prompt: str, input_images: Any = (), **call: Any) -> Any:
        pictures: Any = [list(input_images)] if input_images else None
        told = named_in(prompt, len(input_images))
        return super().__call__(prompt=[told], input_images=pictures, max_input_image_size=LARGEST_PX, **call)

    def encode_input_images(self, input_pixel_values: Any, device: Any = None, dtype: Any = None) -> Any:
        """The middle of what is likely: theirs draws by chance that no seed decides."""
        factor = self.vae.config.scaling_factor
        return [
            self.vae.encode(picture.to(device or self._execution_device, dtype or self.vae.dtype))
            .latent_dist.mode()
            .mul(factor)
            for picture in input_pixel_values
        ]


def named_in(prompt: str, count: int) -> str:
    """`prompt` that names each of `count` pictures, in front where it did not, and no other."""

    def one(number: int) -> str:
        return f"<img><|image_{number}|></img>"

    named = {int(found[1]) for found in MARK.finditer(prompt)}
    missing = [one(number) for number in range(1, count + 1) if number not in named]
    rest = MARK.sub(lambda found: one(int(found[1])) if 1 <= int(found[1]) <= count else "", prompt)
    return " ".join([*missing, rest])
