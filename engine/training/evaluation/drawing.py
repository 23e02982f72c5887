"""The model at work: many prompts, fixed seeds, as the stock pipeline draws them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from numpy.typing import NDArray

from engine.api.errors import UnsupportedModel

DEFAULT_STEPS, DEFAULT_GUIDANCE = 12, 4.0


class Painter:
    """A model folder that paints pictures for prompts."""

    def __init__(self, folder: Path, device: torch.device, dtype: torch.dtype = torch.float32) -> None:
        """Paints in `dtype`; weights and the way through the autoencoder stay in full precision.

        Raises `UnsupportedModel` where `folder` is no Stable Diffusion model.
        """
        try:
            pipeline = StableDiffusionPipeline.from_pretrained(folder, dtype=torch.float32)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UnsupportedModel(
                f"{folder} cannot be loaded as Stable Diffusion ({error}). Choose a model's folder.",
                path=str(folder),
            ) from None
        self.pipeline = pipeline.to(device)
        self.pipeline.set_progress_bar_config(disable=True)
        self.folder, self.device, self.dtype = folder, device, dtype
        told = _told(folder)
        self.steps = int(told.get("steps", DEFAULT_STEPS))
        self.guidance = float(told.get("guidance", DEFAULT_GUIDANCE))
        self.guidance_rescale = float(told.get("guidance_rescale", 0.0))

    @property
    def side(self) -> int:
        """Pixels along the side of its pictures."""
        return int(self.pipeline.unet.config.sample_size) * int(self.pipeline.vae_scale_factor)

    def paint(self, prompts: Sequence[str], seed: int, batch: int = 0) -> Iterator[NDArray[np.uint8]]:
        """A picture for each prompt, h x w x 3; the n-th has the seed `seed + n` on every device."""
        asked = [(prompt, seed + number) for number, prompt in enumerate(prompts)]
        batch = batch or self.together
        for start in range(0, len(asked), batch):
            yield from self.paint_each(asked[start : start + batch])

    @property
    def together(self) -> int:
        """Pictures that it paints at once."""
        return 64 if self.device.type == "cuda" else 4

    def paint_each(self, asked: Sequence[tuple[str, int]]) -> NDArray[np.uint8]:
        """n x h x w x 3: for each prompt and its seed, all at once."""
        noise = [torch.Generator().manual_seed(seed) for _, seed in asked]
        with torch.autocast(self.device.type, self.dtype, enabled=self.dtype != torch.float32):
            made, _ = self.pipeline(
                [prompt for prompt, _ in asked],
                num_inference_steps=self.steps,
                guidance_scale=self.guidance,
                guidance_rescale=self.guidance_rescale,
                generator=noise,
                output_type="np",
                return_dict=False,
            )
        return (np.asarray(made) * 255).round().astype(np.uint8)

    @torch.no_grad()
    def through_autoencoder(
        self, pictures: Sequence[NDArray[np.uint8]], batch: int = 8
    ) -> list[NDArray[np.uint8]]:
        """What is left of `pictures` when they were latents in between."""
        vae, back = self.pipeline.vae, []
        for start in range(0, len(pictures), batch):
            pixels = torch.from_numpy(np.stack(pictures[start : start + batch])).to(self.device)
            latents = vae.encode(pixels.permute(0, 3, 1, 2).float() / 127.5 - 1).latent_dist.mode()
            made = ((vae.decode(latents).sample.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
            back += list(made.permute(0, 2, 3, 1).cpu().numpy())
        return back


def _told(folder: Path) -> dict[str, float]:
    """What `lienzo.json` says of steps, guidance and its rescale."""
    try:
        form = json.loads((folder / "lienzo.json").read_bytes())
    except (OSError, ValueError):
        return {}
    names = ("steps", "guidance", "guidance_rescale")
    return {name: form[name] for name in names if isinstance(form.get(name), (int, float))}
