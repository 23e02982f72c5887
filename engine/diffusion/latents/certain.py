"""Latents of autoencoders that have no chance in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.diffusion.latents.space import LatentSpace

if TYPE_CHECKING:
    import torch


class CertainSpace(LatentSpace):
    """Of an autoencoder that has no chance in it."""

    def likely(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        mean = self.encode(pixels)
        return mean, mean * 0


class DeepSpace(CertainSpace):
    """`AutoencoderDC` of Sana: 32 pixels a cell (https://arxiv.org/abs/2410.10733)."""

    @property
    def cell_px(self) -> int:
        return 2 ** (len(self.vae.config.encoder_block_out_channels) - 1)

    def encode(self, pixels: torch.Tensor, generator: Any = None) -> torch.Tensor:
        latents = self.vae.encode(pixels.to(self.vae.device, self.dtype), return_dict=False)[0]
        return latents * self.vae.config.scaling_factor

    def decode(self, latents: torch.Tensor, generator: Any = None) -> torch.Tensor:
        return self.vae.decode(latents / self.vae.config.scaling_factor, return_dict=False)[0]


class TinySpace(CertainSpace):
    """`AutoencoderTiny`, which has learnt the denoiser's own numbers."""

    def encode(self, pixels: torch.Tensor, generator: Any = None) -> torch.Tensor:
        return self.vae.encode(pixels.to(self.vae.device, self.dtype), return_dict=False)[0]

    def decode(self, latents: torch.Tensor, generator: Any = None) -> torch.Tensor:
        return self.vae.decode(latents, return_dict=False)[0]


class ScaledTinySpace(TinySpace):
    """`AutoencoderTiny` of DreamLite, whose pipeline scales what it is given as with a full autoencoder."""

    def encode(self, pixels: torch.Tensor, generator: Any = None) -> torch.Tensor:
        return self._scaled(super().encode(pixels, generator))

    def decode(self, latents: torch.Tensor, generator: Any = None) -> torch.Tensor:
        return super().decode(self._unscaled(latents), generator)


class TinyCellsSpace(TinySpace):
    """`AutoencoderTinyFlux2`, whose latents the denoiser has in cells of 2 x 2."""

    @property
    def cell_px(self) -> int:
        return 2 * super().cell_px

    @property
    def channels(self) -> int:
        return 4 * super().channels

    def encode(self, pixels: torch.Tensor, generator: Any = None) -> torch.Tensor:
        from torch.nn import functional

        return functional.pixel_unshuffle(super().encode(pixels, generator), 2)

    def decode(self, latents: torch.Tensor, generator: Any = None) -> torch.Tensor:
        from torch.nn import functional

        return super().decode(functional.pixel_shuffle(latents, 2), generator)


class QuantisedSpace(CertainSpace):
    """`VQModel`, as Kandinsky uses it: its latents as they are, never brought to the words of its code."""

    can_tile = False

    def encode(self, pixels: torch.Tensor, generator: Any = None) -> torch.Tensor:
        return self.vae.encode(pixels.to(self.vae.device, self.dtype), return_dict=False)[0]

    def decode(self, latents: torch.Tensor, generator: Any = None) -> torch.Tensor:
        return self.vae.decode(latents, force_not_quantize=True, return_dict=False)[0]


class CodedSpace(QuantisedSpace):
    """`VQModel` of Latent Diffusion: scaled, and brought to the words of its code when it is decoded."""

    def encode(self, pixels: torch.Tensor, generator: Any = None) -> torch.Tensor:
        return self._scaled(super().encode(pixels, generator))

    def decode(self, latents: torch.Tensor, generator: Any = None) -> torch.Tensor:
        return self.vae.decode(self._unscaled(latents), return_dict=False)[0]
