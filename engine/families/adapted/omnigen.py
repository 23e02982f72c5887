"""OmniGen, which reads words and pictures in the network that draws; without diffusers' own reader.

A word that weighs more is looked at more: what every token attends to it with is multiplied by the weight
before attention is shared out (re-weighting of https://arxiv.org/abs/2208.01626, in a network whose words and
picture lie in one row). 0 is as if it were not there, and so is less.

Importing this costs torch.
"""

from __future__ import annotations

import math
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

from engine.families.heeded import WeighedText

MARK = re.compile(r"(?:<img>)?<\|image_(\d{1,3})\|>(?:</img>)?")
"""Where a picture stands in a prompt, with the makers' words around it or without."""
NAME = re.compile(r"<\|image_\d+\|>")
"""What diffusers cuts a prompt at."""
LARGEST_PX = 1024
"""Side of a picture that is read."""


class Reading(OmniGenMultiModalProcessor):
    """diffusers' own, whose steps with pictures are torchvision's: three, made here without it."""

    def __init__(self, tokenizer: Any) -> None:
        self.text_tokenizer = tokenizer
        self.max_image_size = LARGEST_PX
        self.collator = OmniGenCollator()
        self.dtype = torch.float32
        """Of the network."""

    def __call__(self, instructions: list[str], *args: Any, **options: Any) -> Any:
        read = super().__call__(instructions, *args, **options)
        prompt = instructions[0]
        if isinstance(prompt, WeighedText):
            read["attention_mask"] = self._weighed(prompt, read)
        return read

    def _weighed(self, prompt: WeighedText, read: Any) -> torch.Tensor:
        """B x 1 x S x S to be added to attention; the prompt is the first of the batch."""
        nothing = torch.finfo(self.dtype).min
        seen = read["attention_mask"] == 1
        added = torch.zeros(seen.shape, dtype=self.dtype)
        begin = len(self.add_prefix_instruction("\0").partition("\0")[0])
        pictures = read["input_image_sizes"].get(0, [])
        for column, letter in self._columns(prompt, pictures, read["input_ids"].shape[1]):
            for weight, spans in prompt.emphasis:
                if any(start <= letter - begin < end for start, end in spans):
                    added[0, :, column] = math.log(weight) if weight > 0 else nothing
        return torch.where(seen, added, nothing)[:, None]

    def _columns(self, prompt: str, pictures: list[list[int]], length: int) -> list[tuple[int, int]]:
        """Of each token of the prompt, as it is put to the network: where it stands, and its last letter."""
        whole = self.add_prefix_instruction(prompt)
        names = [name.span() for name in NAME.finditer(whole)]
        begins, ends = [0, *(end for _, end in names)], [*(start for start, _ in names), len(whole)]
        found: list[tuple[int, int]] = []
        at = 0
        for number, (begin, end) in enumerate(zip(begins, ends, strict=True)):
            read = self.text_tokenizer(whole[begin:end], return_offsets_mapping=True)
            tokens = list(zip(read["input_ids"], read["offset_mapping"], strict=True))
            if number and tokens and tokens[0][0] == 1:  # a mark of beginning within
                tokens = tokens[1:]
            found += [
                (at + place, begin + stop - 1)
                for place, (_, (start, stop)) in enumerate(tokens) if start < stop
            ]  # fmt: skip
            at += len(tokens)
            if number < len(pictures):
                at += pictures[number][1] - pictures[number][0]
        filled = length - at  # in front
        return [(filled + place, letter) for place, letter in found]

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
        self.multimodal_processor.dtype = self.transformer.dtype
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

    marks = list(MARK.finditer(prompt))
    named = {int(found[1]) for found in marks}
    told = "".join(f"{one(number)} " for number in range(1, count + 1) if number not in named)
    reached, shifts = 0, [(0, len(told))]
    for found in marks:
        told += prompt[reached : found.start()] + (one(int(found[1])) if 1 <= int(found[1]) <= count else "")
        reached = found.end()
        shifts.append((reached, len(told) - reached))
    told += prompt[reached:]
    if not isinstance(prompt, WeighedText):
        return told

    def moved(at: int) -> int:
        return at + next(by for begin, by in reversed(shifts) if begin <= at)

    emphasis = ((weight, tuple((moved(a), moved(b)) for a, b in spans)) for weight, spans in prompt.emphasis)
    return WeighedText(told, tuple(emphasis))
