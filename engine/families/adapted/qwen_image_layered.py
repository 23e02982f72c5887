"""Qwen-Image Layered: the pipeline at any size, and the caption that it writes where there is no prompt.

Importing this costs torch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import diffusers
import torch

from engine.api.form import Json
from engine.families.adapted.around import Around
from engine.families.adapted.glm_image import Said

KNOWN_SIDE = 640
"""One of the two that the pipeline lets pass."""


class Side(int):
    """Passes for a side that the pipeline knows; its square is the area that is asked for.

    The pipeline reckons width and height of that and of the picture's proportions.
    """

    area_px: int

    def __new__(cls, area_px: int) -> Side:
        made = super().__new__(cls, KNOWN_SIDE)
        made.area_px = area_px
        return made

    def __mul__(self, other: object) -> int:
        return self.area_px


class Layered(diffusers.QwenImageLayeredPipeline):
    """Is told a size, and words that were read before."""

    def __call__(self, *, width: int, height: int, **call: Any) -> Any:
        if self.text_encoder is None:  # it asks its text encoder for the format of numbers alone
            self.text_encoder = SimpleNamespace(dtype=self.transformer.dtype)
        # a prompt that is empty it would describe by itself: here its words stand in `prompt_embeds`
        return super().__call__(prompt="read", resolution=Side(width * height), **call)


class Writer(Around):
    """The text encoder as the pipeline lets it write; chooses as its makers do, and says how far it is."""

    def __init__(self, network: Any, choice: Mapping[str, Any], say: Callable[[float], None]) -> None:
        super().__init__(network)
        self.choice, self.say = choice, say

    def __call__(self, **asked: Any) -> Any:
        return self.inner(**asked)

    def generate(self, *, max_new_tokens: int, **asked: Any) -> torch.Tensor:
        said = Said(max_new_tokens, self.say)
        return self.inner.generate(**asked, **self.choice, max_new_tokens=max_new_tokens, streamer=said)


def described(
    model: Any, told: Mapping[str, Any], generator: torch.Generator, say: Callable[[float], None]
) -> dict[str, Any]:
    """What is said of the picture where the artist said nothing, as the pipeline reads it.

    The same for a picture, whatever was drawn before; `say` is told the share that is written.
    """
    parts = model.components
    stock: Any = diffusers.QwenImageLayeredPipeline
    pipeline = stock(
        scheduler=None, vae=None, text_encoder=None, tokenizer=parts["tokenizer"],
        processor=parts["processor"], transformer=None,
    )  # fmt: skip
    config = json.loads(model.part_configs["text_encoder"])
    pipeline.text_encoder = Writer(parts["text_encoder"], choice_of(config.get("generation_config", {})), say)
    say(0.0)
    devices = [model.device] if model.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):  # transformers draws from what all share
        torch.manual_seed(0)
        caption = pipeline.get_image_caption(told["pictures"][0], use_en_prompt=True, device=model.device)
    embeds, mask = pipeline.encode_prompt(caption, device=model.device)
    made = {"prompt_embeds": embeds, "prompt_embeds_mask": mask}
    return {"written": caption, **{name: tensor for name, tensor in made.items() if tensor is not None}}


def choice_of(told: Mapping[str, Json]) -> dict[str, Any]:
    """How to choose among likely words: as the folder says, within bounds."""
    found: dict[str, Any] = {}
    for name, most in (
        ("temperature", 100.0), ("top_p", 1.0), ("top_k", 1 << 20), ("repetition_penalty", 10.0),
    ):  # fmt: skip
        value = told.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= most:
            found[name] = value
    if isinstance(told.get("do_sample"), bool):
        found["do_sample"] = told["do_sample"]
    ends = told.get("eos_token_id")
    ends = ends if isinstance(ends, list) else [ends]
    if ends and all(type(one) is int for one in ends):
        found["eos_token_id"] = ends
    if type(told.get("pad_token_id")) is int:
        found["pad_token_id"] = told["pad_token_id"]
    return found
