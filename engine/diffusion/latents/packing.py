"""How pipelines keep latents between their steps."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from engine.api.images import Extent

if TYPE_CHECKING:
    import torch


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
    as_tokens: bool = False
    """True where a picture is whole numbers, a token for each cell: B x h x w."""
    layered: bool = False
    """True where the tokens are of several pictures, one behind the other: a picture and its layers."""

    columns: int = 1
    """Pictures beside one another in the last of several rows: the rightmost is the one that is drawn."""

    beside: int = 0
    """Numbers that lie behind all cells in one row and say something of the picture as a whole."""

    @property
    def is_plain(self) -> bool:
        """True where what is of B x C x h x w can be laid on it as it is."""
        return not self.patch and not self.channels_last and not self.beside

    def pack(self, latents: torch.Tensor, whole: torch.Tensor | None = None) -> torch.Tensor:
        """B x C x h x w as the scheduler sees it: B x (h / patch * w / patch) x (C * patch^2).

        `whole`, B x `beside`, lies beside them; None: the mean of all, as of what says how much each counts.
        """
        if self.beside:
            import torch

            if whole is None:
                mean = latents.float().mean((1, 2, 3)).to(latents.dtype)
                whole = mean[:, None].expand(-1, self.beside)
            return torch.cat([latents.flatten(1), whole.to(latents)], dim=1)
        if self.channels_last:
            return latents.permute(0, 2, 3, 1)[:, None]
        if self.as_film:
            return latents[:, :, None]
        if self.as_tokens:
            return latents[:, 0]
        if not self.patch:
            return latents
        from torch.nn import functional

        return functional.pixel_unshuffle(latents, self.patch).flatten(2).transpose(1, 2)

    def unpack(self, latents: torch.Tensor, extent: Extent, cell_px: int) -> torch.Tensor:
        """The latents of a picture of `extent`, B x C x h x w again; of several pictures one behind the other
        all, with B as many, of several beside one another their whole row."""
        if self.beside:
            rows, columns = extent.height // cell_px, extent.width // cell_px
            return latents[:, : -self.beside].reshape(latents.shape[0], -1, rows, columns)
        if self.channels_last:
            return latents[:, 0].permute(0, 3, 1, 2).contiguous()
        if self.as_film:
            return latents[:, :, 0]
        if self.as_tokens:
            return latents[:, None]
        if not self.patch:
            return latents
        from torch.nn import functional

        rows, columns = extent.height // cell_px // self.patch, extent.width // cell_px // self.patch
        columns *= self.columns
        if self.columns > 1:
            latents = latents[:, -rows * columns :]
        if self.layered:
            latents = latents.reshape(-1, rows * columns, latents.shape[-1])
        cells = latents.transpose(1, 2).reshape(latents.shape[0], -1, rows, columns)
        return functional.pixel_shuffle(cells, self.patch)


def side_by_side(pictures: torch.Tensor) -> torch.Tensor:
    """n x C x h x w as 1 x C x h x w: in rows and columns, each as much smaller as that asks for."""
    import torch
    from torch.nn import functional

    count, channels, height, width = pictures.shape
    across = math.ceil(math.sqrt(count))
    empty = pictures.new_zeros(across**2 - count, channels, height, width)
    grid = torch.cat([pictures, empty]).unflatten(0, (across, across))
    whole = grid.permute(2, 0, 3, 1, 4).reshape(1, channels, across * height, across * width)
    return functional.avg_pool2d(whole, across)


AS_THEY_ARE = Packing()
"""B x C x h x w, as the autoencoder has them."""
