"""Latents that are tokens: each cell has the number of one of the vectors that its autoencoder knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from engine.diffusion.latents.certain import CertainSpace, QuantisedSpace

if TYPE_CHECKING:
    import torch


class TokenSpace(CertainSpace):
    """`VQModel` of aMUSEd, whose denoiser reads and writes numbers of a code: B x 1 x h x w, int64."""

    can_tile = False

    @property
    def channels(self) -> int:
        return 1

    @property
    def dtype(self) -> torch.dtype:
        """Of tokens: 16 bits would confuse them."""
        import torch

        return torch.int64

    @property
    def vectors(self) -> VectorSpace:
        """The same pictures as the vectors that the tokens stand for."""
        return VectorSpace(self.vae)

    def encode(self, pixels: torch.Tensor, generator: Any = None) -> torch.Tensor:
        with _in_enough_bits(self.vae):
            seen = self.vectors.encode(pixels)
            tokens = self.vae.quantize(seen)[2][2]
        return tokens.reshape(seen.shape[0], 1, *seen.shape[2:])

    def decode(self, latents: torch.Tensor, generator: Any = None) -> torch.Tensor:
        with _in_enough_bits(self.vae):
            return self.vectors.decode(self.looked_up(latents))

    def looked_up(self, tokens: torch.Tensor) -> torch.Tensor:
        """The vectors of `tokens` (B x 1 x h x w) as `vectors` has them."""
        count, _, rows, columns = tokens.shape
        shape = (count, rows, columns, self.vae.quantize.vq_embed_dim)
        return self.vae.quantize.get_codebook_entry(tokens.long(), shape)


class SignedTokenSpace(TokenSpace):
    """`VQModel` of VQ-Diffusion."""

    @property
    def vectors(self) -> VectorSpace:
        return SignedVectorSpace(self.vae)


class VectorSpace(QuantisedSpace):
    """`VQModel` of aMUSEd by the vectors of its code; its pixels go from 0 to 1."""

    @property
    def channels(self) -> int:
        return self.vae.quantize.vq_embed_dim

    def encode(self, pixels: torch.Tensor, generator: Any = None) -> torch.Tensor:
        return super().encode(self._lit(pixels), generator)

    def _lit(self, pixels: torch.Tensor) -> torch.Tensor:
        return (pixels + 1) / 2

    def _shown(self, pixels: torch.Tensor) -> torch.Tensor:
        return pixels.clip(0, 1) * 2 - 1

    def decode(self, latents: torch.Tensor, generator: Any = None) -> torch.Tensor:
        vae = self.vae
        beside = latents if vae.config.norm_type == "spatial" else None
        return self._shown(vae.decoder(vae.post_quant_conv(latents), beside))


class SignedVectorSpace(VectorSpace):
    """The same of VQ-Diffusion, whose pixels go from -1 to 1."""

    def _lit(self, pixels: torch.Tensor) -> torch.Tensor:
        return pixels

    _shown = _lit


@contextmanager
def _in_enough_bits(vae: Any) -> Iterator[None]:
    """Its makers say where half precision is too little for it, and the stock pipelines heed it."""
    import torch

    if vae.dtype != torch.float16 or not vae.config.force_upcast:
        yield
        return
    vae.float()
    try:
        yield
    finally:
        vae.half()
