"""What is denoised where no autoencoder stands before the pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.diffusion.latents.certain import CertainSpace

if TYPE_CHECKING:
    import torch


class PixelSpace(CertainSpace):
    """A denoiser without an autoencoder: it works on the pixels themselves, or on what is to be enlarged."""

    can_tile = False

    def __init__(self, channels: int, like: Any, cell_px: int = 1) -> None:
        """`like` is the denoiser, in whose number format and on whose device the pixels are.

        `cell_px` of them, along a side, are one of what is drawn before a further stage enlarges it.
        """
        super().__init__(None)
        self._channels, self._like, self._cell_px = channels, like, cell_px

    @property
    def cell_px(self) -> int:
        return self._cell_px

    @property
    def channels(self) -> int:
        return self._channels

    @property
    def dtype(self) -> torch.dtype:
        return self._like.dtype

    def encode(self, pixels: torch.Tensor, generator: Any = None) -> torch.Tensor:
        from torch.nn import functional

        pixels = pixels.to(self._like.device, self.dtype)
        pixels = functional.avg_pool2d(pixels, self._cell_px) if self._cell_px > 1 else pixels
        return pixels if self._channels == 3 else pixels.mean(dim=1, keepdim=True)

    def decode(self, latents: torch.Tensor, generator: Any = None) -> torch.Tensor:
        from torch.nn import functional

        pixels = latents if self._channels == 3 else latents.expand(-1, 3, -1, -1)
        if self._cell_px == 1:
            return pixels
        return functional.interpolate(pixels, scale_factor=self._cell_px, mode="bilinear")


class UnitPixelSpace(PixelSpace):
    """The same, whose network has its pixels from 0 to 1."""

    def __init__(self, denoiser: Any) -> None:
        super().__init__(denoiser.config.in_channels, denoiser)

    def encode(self, pixels: torch.Tensor, generator: Any = None) -> torch.Tensor:
        return (super().encode(pixels) + 1) / 2

    def decode(self, latents: torch.Tensor, generator: Any = None) -> torch.Tensor:
        return 2 * super().decode(latents) - 1


class UnseenSpace(CertainSpace):
    """Latents that no encoder here makes and further networks draw out: stage C of Würstchen and its kin."""

    can_tile = False

    def __init__(self, denoiser: Any) -> None:
        super().__init__(None)
        self._denoiser = denoiser

    @property
    def cell_px(self) -> int:
        """About: three cells are 128 pixels."""
        return 43

    @property
    def channels(self) -> int:
        config = self._denoiser.config
        return getattr(config, "in_channels", None) or config.c_in

    @property
    def dtype(self) -> torch.dtype:
        return self._denoiser.dtype
