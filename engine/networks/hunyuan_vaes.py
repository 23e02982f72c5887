"""HunyuanImage's autoencoders, which work in tiles: diffusers' own classes fail or lose most of the picture.

Theirs take a picture for a film, or pixels for cells (diffusers 0.42.1, `tiled_encode`, and `tiled_decode`
of the refiner's). Tiles, overlaps and blending are as they were meant. Importing this costs torch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import diffusers
import torch


class AutoencoderKLHunyuanImage(diffusers.AutoencoderKLHunyuanImage):
    """Its decoder does what it should."""

    def tiled_encode(self, x: torch.Tensor) -> torch.Tensor:
        """B x 3 x H x W to the moments of its latents."""
        return _tiled(self, x, self.encoder, self.tile_sample_min_size, self.tile_latent_min_size)


class AutoencoderKLHunyuanImageRefiner(diffusers.AutoencoderKLHunyuanImageRefiner):
    """A picture is a film of one frame."""

    def tiled_encode(self, x: torch.Tensor) -> torch.Tensor:
        """B x 3 x 1 x H x W to the moments of its latents."""
        side = self.tile_sample_min_height
        return _tiled(self, x, self.encoder, side, side // self.spatial_compression_ratio)

    def tiled_decode(self, z: torch.Tensor) -> torch.Tensor:
        """B x C x 1 x h x w to its frame."""
        side = self.tile_sample_min_height
        return _tiled(self, z, self.decoder, side // self.spatial_compression_ratio, side)


def _tiled(
    vae: Any, given: torch.Tensor, network: Callable[[torch.Tensor], torch.Tensor], side: int, made: int
) -> torch.Tensor:
    """All of `given` through `network` in tiles of `side`, of each of which it makes one of `made`."""
    shared = vae.tile_overlap_factor
    stride, blended = int(side * (1 - shared)), int(made * shared)
    height, width = given.shape[-2:]
    above: list[torch.Tensor] = []
    rows: list[torch.Tensor] = []
    for top in range(0, height, stride):
        row: list[torch.Tensor] = []
        for left in range(0, width, stride):
            tile = network(given[..., top : top + side, left : left + side])
            tile = vae.blend_v(above[len(row)], tile, blended) if above else tile
            row.append(vae.blend_h(row[-1], tile, blended) if row else tile)
        rows.append(torch.cat([tile[..., : made - blended, : made - blended] for tile in row], dim=-1))
        above = row
    return torch.cat(rows, dim=-2)
