"""A finished Stable Diffusion folder as something to learn beside: its networks, and what its noise means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from diffusers import AutoencoderKL, DDPMScheduler, UNet2DConditionModel
from numpy.typing import NDArray
from transformers import CLIPTextModel, CLIPTokenizer

from engine.api.errors import UnsupportedModel
from engine.training.hardware import put_on
from engine.training.noising import Noising

PARTS = ("unet", "vae", "text_encoder", "tokenizer", "scheduler")


@dataclass(frozen=True, eq=False)
class Frozen:
    """The model that a ControlNet or a variant is trained for. Its own weights never change."""

    folder: Path
    unet: UNet2DConditionModel
    vae: AutoencoderKL
    text_encoder: CLIPTextModel
    tokenizer: CLIPTokenizer
    noising: Noising
    device: torch.device

    @staticmethod
    def load(folder: Path, device: torch.device, dtype: torch.dtype) -> Frozen:
        """Raises `UnsupportedModel` where `folder` lacks a part; the networks are in `dtype`."""
        missing = [part for part in PARTS if not (folder / part).is_dir()]
        if missing:
            raise UnsupportedModel(
                f"{folder} is no model folder in Stable Diffusion's layout: {', '.join(missing)} missing. "
                "Choose another folder.",
                path=str(folder),
            )
        unet = UNet2DConditionModel.from_pretrained(folder / "unet", dtype=dtype)
        vae = AutoencoderKL.from_pretrained(folder / "vae", dtype=dtype)
        text_encoder = CLIPTextModel.from_pretrained(folder / "text_encoder", dtype=dtype)
        for network in (unet, vae, text_encoder):
            network.requires_grad_(False).eval()
            put_on(network, device)
        scheduler = cast(DDPMScheduler, DDPMScheduler.from_pretrained(folder / "scheduler"))
        return Frozen(
            folder, unet, vae, text_encoder, CLIPTokenizer.from_pretrained(folder / "tokenizer"),
            _noising(scheduler, device), device,
        )  # fmt: skip

    @property
    def factor(self) -> int:
        """Pixels along the side of a latent cell."""
        return 2 ** (len(self.vae.config["block_out_channels"]) - 1)

    @property
    def side(self) -> int:
        """Pixels along the side of the pictures that it draws."""
        return int(self.unet.config["sample_size"]) * self.factor

    @property
    def channels(self) -> int:
        """Of its latents."""
        return int(self.vae.config["latent_channels"])

    def ids(self, captions: Sequence[str]) -> torch.Tensor:
        """n x tokens, on the processor."""
        tokens = self.tokenizer(
            list(captions), padding="max_length", truncation=True,
            max_length=self.tokenizer.model_max_length, return_tensors="pt",
        )  # fmt: skip
        return tokens.input_ids.to(torch.int32)

    @torch.no_grad()
    def embed(self, ids: torch.Tensor) -> torch.Tensor:
        """n x tokens x width, as the pipelines condition the network."""
        return self.text_encoder(ids.to(self.device, torch.long))[0]

    @torch.no_grad()
    def encode(self, pixels: torch.Tensor) -> torch.Tensor:
        """Scaled latents n x c x h x w of `pixels`, n x 3 x H x W in -1 to 1: the middle of the posterior."""
        (moments,) = self.vae.encode(pixels.to(self.device, self.vae.dtype), return_dict=False)
        return moments.mode() * self.vae.config["scaling_factor"]

    @torch.no_grad()
    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """n x 3 x H x W in -1 to 1."""
        latents = latents.to(self.vae.dtype) / self.vae.config["scaling_factor"]
        pixels = self.vae.decode(latents, return_dict=False)[0]  # pyright: ignore[reportArgumentType]
        return pixels.float().clamp(-1, 1)


def _noising(scheduler: DDPMScheduler, device: torch.device) -> Noising:
    prediction = str(scheduler.config["prediction_type"])
    if prediction not in ("epsilon", "v_prediction", "sample"):
        raise UnsupportedModel(
            f"A model that predicts {prediction!r} cannot be trained further here. "
            "Choose one that predicts epsilon, v or the picture."
        )
    return Noising.of(scheduler.config, device)


def to_unit(pixels: NDArray[np.generic] | torch.Tensor, device: torch.device) -> torch.Tensor:
    """n x h x w x 3 bytes to n x 3 x h x w in -1 to 1."""
    tensor = pixels if isinstance(pixels, torch.Tensor) else torch.from_numpy(pixels)
    return tensor.to(device, non_blocking=True).permute(0, 3, 1, 2).float() / 127.5 - 1


def to_pixels(images: torch.Tensor) -> NDArray[np.uint8]:
    """n x 3 x h x w in -1 to 1 to n x h x w x 3 bytes."""
    scaled = ((images.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    return scaled.permute(0, 2, 3, 1).contiguous().cpu().numpy()
