"""Latents of `AutoencoderKLFlux2`, normalised in cells of 2 x 2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.diffusion.latents.space import LatentSpace

if TYPE_CHECKING:
    import torch


class NormalisedSpace(LatentSpace):
    """`AutoencoderKLFlux2`: cells of 2 x 2 latents, each channel with the mean and spread of a batch norm."""

    @property
    def cell_px(self) -> int:
        return 2 * super().cell_px

    @property
    def channels(self) -> int:
        return 4 * super().channels

    def _placed(self, latents: torch.Tensor) -> torch.Tensor:
        from torch.nn import functional

        mean, std = self._norm(latents)
        return (functional.pixel_unshuffle(latents, 2) - mean) / std

    def decode(self, latents: torch.Tensor, generator: Any = None) -> torch.Tensor:
        from torch.nn import functional

        mean, std = self._norm(latents)
        return self.vae.decode(functional.pixel_shuffle(latents * std + mean, 2), return_dict=False)[0]

    def _norm(self, like: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        norm = self.vae.bn
        std = (norm.running_var + self.vae.config.batch_norm_eps).sqrt()
        return norm.running_mean.view(1, -1, 1, 1).to(like), std.view(1, -1, 1, 1).to(like)


class PatchwiseSpace(NormalisedSpace):
    """`AutoencoderKLFlux2` of Ideogram 4, which counts a cell's channels by place first."""

    def _placed(self, latents: torch.Tensor) -> torch.Tensor:
        count, channels, rows, columns = latents.shape
        cells = latents.view(count, channels, rows // 2, 2, columns // 2, 2).permute(0, 3, 5, 1, 2, 4)
        cells = cells.reshape(count, -1, rows // 2, columns // 2)
        mean, std = self._norm(cells)
        return (cells - mean) / std

    def decode(self, latents: torch.Tensor, generator: Any = None) -> torch.Tensor:
        mean, std = self._norm(latents)
        count, channels, rows, columns = latents.shape
        cells = (latents * std + mean).view(count, 2, 2, channels // 4, rows, columns)
        cells = cells.permute(0, 3, 4, 1, 5, 2).reshape(count, channels // 4, rows * 2, columns * 2)
        return self.vae.decode(cells.contiguous(), return_dict=False)[0]


class UnpackedSpace(NormalisedSpace):
    """`AutoencoderKLFlux2` of Bria FIBO 2, whose cells are parted again when they are normalised."""

    @property
    def cell_px(self) -> int:
        return super().cell_px // 2

    @property
    def channels(self) -> int:
        return super().channels // 4

    def _placed(self, latents: torch.Tensor) -> torch.Tensor:
        from torch.nn import functional

        return functional.pixel_shuffle(super()._placed(latents), 2)

    def decode(self, latents: torch.Tensor, generator: Any = None) -> torch.Tensor:
        from torch.nn import functional

        rows, columns = latents.shape[-2:]
        if rows % 2 or columns % 2:  # a tile that ends within a cell
            latents = functional.pad(latents, (0, columns % 2, 0, rows % 2), mode="replicate")
        cells = functional.pixel_unshuffle(latents, 2)
        mean, std = self._norm(cells)
        spread = 1 / std  # as the pipeline writes it: the last bits depend on it
        pixels = self.vae.decode(functional.pixel_shuffle(cells / spread + mean, 2), return_dict=False)[0]
        return pixels[..., : rows * self.cell_px, : columns * self.cell_px]
