"""Latents of autoencoders that are made for films: a picture is one frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.diffusion.latents.space import LatentSpace

if TYPE_CHECKING:
    import torch


class StillOfVideoSpace(LatentSpace):
    """`AutoencoderKLQwenImage` and `AutoencoderKLWan` are made for films: a picture is one frame."""

    @property
    def cell_px(self) -> int:
        return 2 ** len(self.vae.temperal_downsample)

    @property
    def channels(self) -> int:
        return self.vae.config.z_dim

    def _likely(self, pixels: torch.Tensor) -> Any:
        return super()._likely(pixels[:, :, None])

    def _placed(self, latents: torch.Tensor) -> torch.Tensor:
        mean, std = self._means(latents)
        return ((latents - mean) / std)[:, :, 0]

    def decode(self, latents: torch.Tensor, generator: Any = None) -> torch.Tensor:
        latents = latents[:, :, None]
        mean, std = self._means(latents)
        spread = 1.0 / std  # as the pipelines write it: the last bits depend on it
        return self.vae.decode(latents / spread + mean, return_dict=False)[0][:, :, 0]


class PatchedStillSpace(StillOfVideoSpace):
    """A film of one frame, whose autoencoder takes pixels in patches besides: `AutoencoderKLWan` 2.2."""

    @property
    def cell_px(self) -> int:
        return super().cell_px * (self.vae.config.patch_size or 1)


class TwofoldStillSpace(LatentSpace):
    """`AutoencoderKLHunyuanImageRefiner`: two frames that are one picture lie in the channels of one cell."""

    @property
    def cell_px(self) -> int:
        return self.vae.config.spatial_compression_ratio

    @property
    def channels(self) -> int:
        return 2 * super().channels

    def _likely(self, pixels: torch.Tensor) -> Any:
        return super()._likely(pixels[:, :, None])

    def _placed(self, latents: torch.Tensor) -> torch.Tensor:
        import torch

        return torch.cat([latents, latents], dim=1)[:, :, 0] * self.vae.config.scaling_factor

    def decode(self, latents: torch.Tensor, generator: Any = None) -> torch.Tensor:
        """By the second: its pipeline drops the first."""
        second = latents.chunk(2, dim=1)[1] / self.vae.config.scaling_factor
        return self.vae.decode(second[:, :, None], return_dict=False)[0][:, :, 0]


class TransparentSpace(StillOfVideoSpace):
    """`AutoencoderKLQwenImage21`: pixels have opacity besides; what is not opaque is seen on white."""

    @property
    def with_opacity(self) -> LatentSpace:
        """The same, but that it decodes to B x 4 x H x W, opacity last."""
        return StillOfVideoSpace(self.vae)

    def _likely(self, pixels: torch.Tensor) -> Any:
        import torch

        return super()._likely(torch.cat([pixels, torch.ones_like(pixels[:, :1])], dim=1))

    def decode(self, latents: torch.Tensor, generator: Any = None) -> torch.Tensor:
        decoded = super().decode(latents, generator)
        opacity = (decoded[:, 3:] / 2 + 0.5).clamp(0, 1)
        return decoded[:, :3].clamp(-1, 1) * opacity + (1 - opacity)
