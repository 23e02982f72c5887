"""A tiny folder of GLIGEN, whose network reads boxes with a phrase each: real classes, random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from diffusers.pipelines.stable_diffusion import CLIPImageProjection
from tiny import tiny_sd
from tiny_references import tiny_encoder
from tiny_stages import stirred


def tiny_gligen(folder: Path, channels: int = 4) -> Path:
    """Of as many channels as its network reads: 9 where it paints into masks."""
    plain: Any = diffusers.StableDiffusionPipeline.from_pretrained(tiny_sd(folder), safety_checker=None)
    config = {**plain.unet.config, "attention_type": "gated", "in_channels": channels}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        unet = stirred(diffusers.UNet2DConditionModel.from_config(config))
    parts = {**plain.components, "unet": unet}
    parts.pop("image_encoder", None)
    diffusers.StableDiffusionGLIGENPipeline(**parts, requires_safety_checker=False).save_pretrained(folder)
    return folder


def tiny_pictured_gligen(folder: Path, channels: int = 4) -> Path:
    """The kind whose boxes hold pictures."""
    plain: Any = diffusers.StableDiffusionGLIGENPipeline.from_pretrained(
        tiny_gligen(folder, channels), safety_checker=None
    )
    width = plain.text_encoder.config.hidden_size
    with torch.random.fork_rng():
        torch.manual_seed(0)
        unet = diffusers.UNet2DConditionModel.from_config(
            {**plain.unet.config, "attention_type": "gated-text-image"}
        )
        project = CLIPImageProjection(hidden_size=width)
    eyes = transformers.CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size=32)
    parts = {
        **plain.components,
        "unet": stirred(unet),
        "image_encoder": tiny_encoder(width=width),
        "image_project": project,
        "processor": transformers.CLIPProcessor(eyes, plain.tokenizer),
    }
    diffusers.StableDiffusionGLIGENTextImagePipeline(**parts, requires_safety_checker=False).save_pretrained(
        folder
    )
    return folder
