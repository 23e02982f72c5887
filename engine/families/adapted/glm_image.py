"""GLM-Image in its two stages: what is written of the picture first, and what is drawn from that.

Importing this costs torch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import diffusers
import torch
from diffusers.image_processor import VaeImageProcessor
from PIL import Image
from transformers.generation.streamers import BaseStreamer
from transformers.models.glm_image.image_processing_pil_glm_image import smart_resize

from engine.api.errors import BadRequest
from engine.api.form import Json

LONGEST_SIDES = 4
"""How many times as long as the other a side of a picture may be that it reads."""
USUAL: Mapping[str, float] = {"temperature": 0.9, "top_p": 0.75, "top_k": 0}
"""How its makers choose among likely words, where the folder does not say; 0 is among all."""


class GlmImage(diffusers.GlmImagePipeline):
    """The second stage. It is told what the first has written, and how what is to be read is spelt."""

    model_cpu_offload_seq = "transformer->vae"

    def __init__(self, transformer: Any, scheduler: Any, vae: Any) -> None:
        diffusers.DiffusionPipeline.__init__(self)
        self.register_modules(transformer=transformer, scheduler=scheduler, vae=vae)
        self.vae_scale_factor = 2 ** (len(vae.config.block_out_channels) - 1)
        self.image_processor = VaeImageProcessor(vae_scale_factor=self.vae_scale_factor)

    def __call__(self, *, image: Any = None, **call: Any) -> Any:
        return super().__call__(image=image or None, **call)

    def check_inputs(self, *args: Any, **asked: Any) -> None:
        """Nothing: theirs refuses letters to be read beside none, and all else is ours."""


class Writer:
    """The language model as its pipeline calls it; says how much is written, and chooses as its makers do."""

    def __init__(self, network: Any, choice: Mapping[str, float], say: Callable[[float], None]) -> None:
        self.network, self.choice, self.say = network, choice, say

    def __getattr__(self, name: str) -> Any:
        return getattr(self.network, name)

    def generate(self, *, max_new_tokens: int, **asked: Any) -> torch.Tensor:
        said = Said(max_new_tokens, self.say)
        return self.network.generate(**asked, **self.choice, max_new_tokens=max_new_tokens, streamer=said)

    def get_image_features(self, pixels: torch.Tensor, grids: torch.Tensor) -> SimpleNamespace:
        """Each picture in words already: its pipeline knows features of another kind, and would mix them."""
        seen = self.network.get_image_features(pixels, grids).pooler_output
        return SimpleNamespace(pooler_output=[self.network.get_image_tokens([one]) for one in seen])

    def get_image_tokens(self, words: torch.Tensor, grids: torch.Tensor) -> torch.Tensor:
        return words


class Said(BaseStreamer):
    """Tells the share of the words that are written."""

    def __init__(self, most: int, say: Callable[[float], None]) -> None:
        self.count, self.most, self.say = -1, most, say  # what it is asked comes first

    def put(self, value: torch.Tensor) -> None:
        self.count += 1
        self.say(min(1.0, self.count / self.most))

    def end(self) -> None:
        """All was said."""


def as_seen(picture: Image.Image, pictures: Any) -> Image.Image:
    """`picture` in the size in which it is read: both stages count the same places in it."""
    if max(picture.size) > LONGEST_SIDES * min(picture.size):
        raise BadRequest(
            "references",
            f"has a picture of {picture.width} x {picture.height} pixels, one side more than {LONGEST_SIDES} "
            "times the other, which GLM-Image cannot read. Cut a piece out of it.",
        )
    height, width = smart_resize(
        picture.height, picture.width, pictures.patch_size * pictures.merge_size,
        pictures.size["shortest_edge"], pictures.size["longest_edge"],
    )  # fmt: skip
    return picture.resize((2 * width, 2 * height), Image.Resampling.BICUBIC)  # it sees half of the pixels


def written(
    model: Any, told: Mapping[str, Any], generator: torch.Generator, say: Callable[[float], None]
) -> dict[str, Any]:
    """What the second stage is told: the picture in words of its code, and how what is to be read is spelt.

    The same for a seed, whatever was drawn before; `say` is told the share that is written.
    """
    parts = model.components
    says = json.loads(model.part_configs["vision_language_encoder"]).get("generation_config", {})
    stock: Any = diffusers.GlmImagePipeline
    pipeline = stock(
        tokenizer=parts["tokenizer"], processor=parts["processor"], text_encoder=parts["text_encoder"],
        vision_language_encoder=None, vae=None, transformer=None, scheduler=None,
    )  # fmt: skip
    pipeline.vision_language_encoder = Writer(parts["vision_language_encoder"], choice_of(says), say)
    shown = [as_seen(picture, parts["processor"].pictures) for picture in told["pictures"]]
    say(0.0)
    devices = [model.device] if model.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):  # transformers draws from what all share
        ids, of_pictures, grids = pipeline.generate_prior_tokens(
            prompt=told["prompt"], height=told["height"], width=told["width"], device=model.device,
            image=[shown] if shown else None, generator=generator,
        )  # fmt: skip
    spelt, nothing = pipeline.encode_prompt(told["prompt"], device=model.device, dtype=model.dtype)
    return {
        "image": shown, "prompt_embeds": spelt, "negative_prompt_embeds": nothing, "prior_token_ids": ids,
        "prior_token_image_ids": of_pictures, "source_image_grid_thw": grids,
    }  # fmt: skip


def choice_of(told: Mapping[str, Json]) -> dict[str, float]:
    """How to choose among likely words: as the folder says, within bounds."""
    found = dict(USUAL)
    for name, most in (("temperature", 100.0), ("top_p", 1.0), ("top_k", 1 << 20)):
        value = told.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= most:
            found[name] = value
    return found
