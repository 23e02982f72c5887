"""Previews of latents that no encoder here makes: learnt from the finished pictures themselves.

Each picture shows which colours its latents were to become. The sums of a linear map over all of them are
kept in the cache: no picture can be read out of them. Before the first, what differs most is shown as it is.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.api.images import Pixels
from engine.diffusion.cached_tensors import read_tensors, write_tensors
from engine.diffusion.preview import LinearPreview, file_of

if TYPE_CHECKING:
    import torch

BLOCK = 4
"""Pixels each way that a latent cell becomes."""
RIDGE = 1e-3
"""Keeps the map calm where few pictures were seen."""


class LearntPreview:
    """Of one network. Implements `preview.Preview`."""

    def __init__(self, sha256: str, folder: Path | None) -> None:
        self._file = None if folder is None else file_of(f"learnt {sha256}", folder)
        kept = read_tensors(self._file) if self._file is not None else None
        self._sums = kept if kept is not None and kept.keys() == {"square", "cross"} else None
        self._map: LinearPreview | None = None

    def __call__(self, clean: torch.Tensor, step: int, total: int) -> torch.Tensor:
        if self._sums is None or self._sums["square"].shape[0] != clean.shape[1] + 1:
            return rough(clean)
        if self._map is None or self._map.weight.device != clean.device:
            self._map = _solved(self._sums, clean.device)
        return self._map(clean, step, total)

    def learn(self, latents: torch.Tensor, pixels: Pixels) -> None:
        """From `pixels`, which `latents` (1 x C x h x w, denoiser space) became."""
        import torch
        from torch.nn import functional

        cells = latents[0].detach().float().cpu().flatten(1).T
        inputs = torch.cat([cells, torch.ones(len(cells), 1)], dim=1)
        image = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 127.5 - 1
        side = (latents.shape[-2] * BLOCK, latents.shape[-1] * BLOCK)
        small = functional.adaptive_avg_pool2d(image, side)
        targets = functional.pixel_unshuffle(small, BLOCK)[0].flatten(1).T
        found = {"square": inputs.T @ inputs, "cross": inputs.T @ targets}
        before = self._sums
        if before is not None and before["square"].shape == found["square"].shape:
            found = {name: before[name] + sums for name, sums in found.items()}
        self._sums, self._map = found, None
        if self._file is not None:
            write_tensors(self._file, found)


def _solved(sums: dict[str, torch.Tensor], device: torch.device) -> LinearPreview:
    import torch

    square = sums["square"].double()
    ridge = RIDGE * square.diagonal()[:-1].mean() * torch.eye(len(square), dtype=square.dtype)
    ridge[-1, -1] = 0  # the bias is free
    matrix = torch.linalg.solve(square + ridge, sums["cross"].double()).float()
    weight = torch.zeros(matrix.shape[1], len(square) - 1, 3, 3)
    weight[:, :, 1, 1] = matrix[:-1].T
    return LinearPreview(weight.to(device), matrix[-1].to(device), BLOCK, 1.0)


def rough(clean: torch.Tensor) -> torch.Tensor:
    """1 x C x h x w as h x w x 3 bytes: the three directions in which its cells differ most."""
    import torch

    cells = clean[0].float().nan_to_num().flatten(1)
    cells = cells - cells.mean(dim=1, keepdim=True)
    _, directions = torch.linalg.eigh(cells @ cells.T)
    shown = directions[:, -3:].flip(1)
    largest = shown.abs().argmax(dim=0, keepdim=True)
    shown = shown * shown.gather(0, largest).sign()  # or a step's colours would be the last one's opposites
    image = shown.T @ cells
    image = image / image.std(dim=1, keepdim=True).clamp_min(1e-6)
    image = image.expand(3, -1).view(3, *clean.shape[-2:])
    return image.mul(48).add(128).clamp(0, 255).byte().permute(1, 2, 0).contiguous()


_ready: dict[str, LearntPreview] = {}
"""By the network's hash."""


def learnt_preview(sha256: str, folder: Path | None) -> LearntPreview:
    """Of the network whose weights hash to `sha256`, as `folder` knows it."""
    if sha256 not in _ready:
        _ready[sha256] = LearntPreview(sha256, folder)
    return _ready[sha256]
