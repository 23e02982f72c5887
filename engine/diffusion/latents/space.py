"""Latents of an `AutoencoderKL`, and of others that differ in how they are scaled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


class LatentSpace:
    """The latents of an `AutoencoderKL`: scaled, in some families shifted, in few by a mean a channel."""

    can_tile = True
    """Whether its autoencoder decodes in tiles, where it has one."""

    def __init__(self, vae: Any) -> None:
        self.vae = vae

    @property
    def cell_px(self) -> int:
        """Pixels along a side that one latent cell stands for."""
        return 2 ** (len(self.vae.config.block_out_channels) - 1)

    @property
    def channels(self) -> int:
        return self.vae.config.latent_channels

    @property
    def dtype(self) -> torch.dtype:
        return self.vae.dtype

    def encode(self, pixels: torch.Tensor, generator: Any = None) -> torch.Tensor:
        """B x 3 x H x W from -1 to 1 in denoiser space; without `generator` the middle of what is likely."""
        likely = self._likely(pixels)
        return self._placed(likely.mode() if generator is None else likely.sample(generator))

    def likely(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and spread of the latents of `pixels` (as `encode` has them), both in denoiser space."""
        likely = self._likely(pixels)
        mean = self._placed(likely.mean)
        return mean, self._placed(likely.mean + likely.std) - mean  # what places them is linear

    def _likely(self, pixels: torch.Tensor) -> Any:
        """The autoencoder's Gaussian, in its own numbers."""
        return self.vae.encode(pixels.to(self.vae.device, self.dtype)).latent_dist

    def _placed(self, latents: torch.Tensor) -> torch.Tensor:
        """What the autoencoder gives, in denoiser space."""
        return self._scaled(latents)

    def decode(self, latents: torch.Tensor, generator: Any = None) -> torch.Tensor:
        """B x 3 x H x W, about -1 to 1, from denoiser space in the autoencoder's own number format."""
        return self.vae.decode(self._unscaled(latents), return_dict=False, generator=generator)[0]

    def _scaled(self, latents: torch.Tensor) -> torch.Tensor:
        config = self.vae.config
        if self._has_means:
            mean, std = self._means(latents)
            return (latents - mean) * config.scaling_factor / std
        if getattr(config, "shift_factor", None):
            return (latents - config.shift_factor) * config.scaling_factor
        return latents * config.scaling_factor

    def _unscaled(self, latents: torch.Tensor) -> torch.Tensor:
        config = self.vae.config
        if self._has_means:
            mean, std = self._means(latents)
            return latents * std / config.scaling_factor + mean
        if getattr(config, "shift_factor", None):
            return latents / config.scaling_factor + config.shift_factor
        return latents / config.scaling_factor

    @property
    def _has_means(self) -> bool:
        config = self.vae.config
        return (
            getattr(config, "latents_mean", None) is not None
            and getattr(config, "latents_std", None) is not None
        )

    def _means(self, like: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and spread of each channel, as `like`."""
        import torch

        shape = (1, -1, *[1] * (like.ndim - 2))
        config = self.vae.config
        return (
            torch.tensor(config.latents_mean).view(shape).to(like),
            torch.tensor(config.latents_std).view(shape).to(like),
        )


class UnshiftedSpace(LatentSpace):
    """`AutoencoderKL` of a pipeline that passes over the shift in its configuration: Kandinsky 5."""

    def _scaled(self, latents: torch.Tensor) -> torch.Tensor:
        return latents * self.vae.config.scaling_factor

    def _unscaled(self, latents: torch.Tensor) -> torch.Tensor:
        return latents / self.vae.config.scaling_factor


class MeansSpace(LatentSpace):
    """`AutoencoderKL` of a pipeline that counts in means and spreads, and scales by nothing: GLM-Image."""

    def _scaled(self, latents: torch.Tensor) -> torch.Tensor:
        mean, std = self._means(latents)
        return (latents - mean) / std

    def _unscaled(self, latents: torch.Tensor) -> torch.Tensor:
        mean, std = self._means(latents)
        return latents * std + mean


class GivenRatioSpace(LatentSpace):
    """`AutoencoderKLHunyuanImage`, whose configuration says how many pixels a cell has."""

    @property
    def cell_px(self) -> int:
        return self.vae.config.spatial_compression_ratio

    def decode(self, latents: torch.Tensor, generator: Any = None) -> torch.Tensor:
        return self.vae.decode(self._unscaled(latents), return_dict=False)[0]
