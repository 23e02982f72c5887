"""Between pixels and the numbers that a denoiser works on: one class a kind of autoencoder.

*Denoiser space* is what a scheduler steps through: B x C x h x w, scaled and shifted as the network was
trained. Some pipelines keep those latents as a row of tokens; a `Packing` goes there and back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from engine.api.images import Extent

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


class PatchedStillSpace(StillOfVideoSpace):
    """A film of one frame, whose autoencoder takes pixels in patches besides: `AutoencoderKLWan` 2.2."""

    @property
    def cell_px(self) -> int:
        return super().cell_px * (self.vae.config.patch_size or 1)


class TransparentSpace(StillOfVideoSpace):
    """`AutoencoderKLQwenImage21`: pixels have opacity besides; what is not opaque is seen on white."""

    def _likely(self, pixels: torch.Tensor) -> Any:
        import torch

        return super()._likely(torch.cat([pixels, torch.ones_like(pixels[:, :1])], dim=1))

    def decode(self, latents: torch.Tensor, generator: Any = None) -> torch.Tensor:
        decoded = super().decode(latents, generator)
        opacity = (decoded[:, 3:] / 2 + 0.5).clamp(0, 1)
        return decoded[:, :3].clamp(-1, 1) * opacity + (1 - opacity)


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


SPACES: dict[str, type[LatentSpace]] = {
    "AutoencoderKL": LatentSpace,
    "AutoencoderKLQwenImage": StillOfVideoSpace,
    "AutoencoderKLQwenImage21": TransparentSpace,
    "AutoencoderKLWan": PatchedStillSpace,
    "AutoencoderKLHunyuanImage": GivenRatioSpace,
    "AutoencoderDC": DeepSpace,
    "AutoencoderKLFlux2": NormalisedSpace,
    "AutoencoderTiny": TinySpace,
    "AutoencoderTinyFlux2": TinyCellsSpace,
    "VQModel": QuantisedSpace,
}
"""By the autoencoder's class."""


def latent_space(vae: Any) -> LatentSpace:
    return SPACES[type(vae).__name__](vae)


class Packing(NamedTuple):
    """How a pipeline keeps latents between its steps: as they are, or as a row of tokens."""

    patch: int = 0
    """Cells along a side of a token; 0 keeps B x C x h x w."""
    as_film: bool = False
    """True where a picture is a film of one frame: B x C x 1 x h x w."""
    channels_last: bool = False
    """True where that film has its channels last: B x 1 x h x w x C."""
    behind: bool = False
    """True where the network answers for other tokens too, and for the picture's last."""

    @property
    def is_plain(self) -> bool:
        """True where what is of B x C x h x w can be laid on it as it is."""
        return not self.patch and not self.channels_last

    def pack(self, latents: torch.Tensor) -> torch.Tensor:
        """B x C x h x w as the scheduler sees it: B x (h / patch * w / patch) x (C * patch^2)."""
        if self.channels_last:
            return latents.permute(0, 2, 3, 1)[:, None]
        if self.as_film:
            return latents[:, :, None]
        if not self.patch:
            return latents
        from torch.nn import functional

        return functional.pixel_unshuffle(latents, self.patch).flatten(2).transpose(1, 2)

    def unpack(self, latents: torch.Tensor, extent: Extent, cell_px: int) -> torch.Tensor:
        """The latents of a picture of `extent`, B x C x h x w again."""
        if self.channels_last:
            return latents[:, 0].permute(0, 3, 1, 2).contiguous()
        if self.as_film:
            return latents[:, :, 0]
        if not self.patch:
            return latents
        from torch.nn import functional

        rows, columns = extent.height // cell_px // self.patch, extent.width // cell_px // self.patch
        cells = latents.transpose(1, 2).reshape(latents.shape[0], -1, rows, columns)
        return functional.pixel_shuffle(cells, self.patch)


AS_THEY_ARE = Packing()
"""B x C x h x w, as the autoencoder has them."""
