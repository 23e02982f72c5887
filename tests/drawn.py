"""A small model to train beside, and drawn pictures with maps: what the tests of the training room share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import DPMSolverMultistepScheduler, StableDiffusionPipeline
from transformers import CLIPTokenizer

from engine.training.blocks import Block
from engine.training.holes import cut_out
from engine.training.networks import TINY, build_autoencoder, build_text_encoder, build_unet
from engine.training.noise import SCHEDULER

STARTER = Path(__file__).parents[1] / "resources" / "starter"
SIDE = 64
COLOURS = {"red": (220, 40, 30), "blue": (30, 60, 220), "green": (30, 170, 60), "yellow": (240, 220, 40)}


def tiny_model(folder: Path) -> Path:
    """A Stable Diffusion folder with random weights and the starter's tokenizer."""
    torch.manual_seed(0)
    tokenizer = CLIPTokenizer.from_pretrained(STARTER / "tokenizer", model_max_length=TINY.tokens)
    StableDiffusionPipeline(
        vae=build_autoencoder(TINY), unet=build_unet(TINY), tokenizer=tokenizer,
        text_encoder=build_text_encoder(TINY, len(tokenizer)),
        scheduler=DPMSolverMultistepScheduler(**SCHEDULER),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    ).save_pretrained(folder)  # fmt: skip
    return folder


@dataclass(frozen=True)
class Drawn:
    """Blocks of coloured discs on white: `count` different pictures, over and over."""

    count: int = 4
    size: int = 4

    def open(self) -> Drawn:
        return self

    def block(self, index: int) -> Block:
        numbers = [(index * self.size + place) % self.count for place in range(self.size)]
        drawn = [disc(number) for number in numbers]
        names = list(COLOURS)
        return Block(
            {
                "picture": np.stack([picture for picture, _ in drawn]),
                "segmentation": np.stack([inside for _, inside in drawn]),
                "before": np.full((self.size, SIDE, SIDE, 3), 255, np.uint8),
                "ip2p": np.full((self.size, SIDE, SIDE, 3), 255, np.uint8),
                "hole": np.stack([inside for _, inside in drawn]),
                "inpaint": np.stack([cut_out(picture, inside) for picture, inside in drawn]),
            },
            tuple((f"a {names[number % 4]} disc", f"{names[number % 4]}") for number in numbers),
        )


def disc(number: int) -> tuple[np.ndarray, np.ndarray]:
    """Picture h x w x 3 and where the disc is, h x w."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    y, x = SIDE * (0.35 + 0.3 * (number // 2 % 2)), SIDE * (0.35 + 0.3 * (number % 2))
    inside = (rows - y) ** 2 + (columns - x) ** 2 < (SIDE / 4) ** 2
    picture = np.full((SIDE, SIDE, 3), 255, np.uint8)
    picture[inside] = list(COLOURS.values())[number % 4]
    return picture, np.where(inside, 255, 0).astype(np.uint8)
