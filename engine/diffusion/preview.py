"""A small picture of the estimate at every step, for a thousandth of what the step costs.

A linear map from each latent cell and its eight neighbours to a block of pixels is fitted, once for a
VAE, to what that VAE itself makes of procedural pictures. The fit is in denoiser space, so whatever
scaling the model has is in the map. Where no linear map serves, a pooled latent is decoded now and then.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

import resources
from engine.api.images import Pixels, read_only
from engine.diffusion.cached_tensors import read_tensors, write_tensors
from engine.diffusion.latents.space import LatentSpace

if TYPE_CHECKING:
    import torch

BLOCK = 4
"""Pixels each way that a latent cell becomes (or all that it stands for, if that is less)."""
LEAST_FIT = 0.6
"""R^2 below which the linear map is not shown."""
SAMPLE_SIDE_PX = 128
HOPELESS_FIT, CELLS_TO_TELL = 0.3, 4
"""R^2 on the first pictures below which more of them are not made, and how many cells for each number of the
map it takes to tell."""
MOST_SAMPLES, LEAST_SAMPLES = 24, 4
LONGEST_FIT_S = 8.0
"""A large VAE is fitted to fewer pictures; four nearly do."""
JITTER = 0.2
"""Of the latents' spread: a denoiser's latents are less tidy than an encoder's."""
RIDGE = 1e-3
"""Keeps the map calm where the latents hardly vary."""
FORMAT = 3
"""Of the files in the cache; raised when the map is made in another way."""
MAPS = "previews"
"""The folder of these files in the cache."""
SHIPPED = Path(resources.__file__).parent
"""The starter's map comes with the package: to fit it takes seconds, before the artist's very first step."""


class Preview(Protocol):
    def __call__(self, clean: torch.Tensor, step: int, total: int) -> torch.Tensor | None:
        """`clean` (1 x C x h x w, denoiser space) as a picture, or None where this step has none.

        The picture is h x w x 3 bytes on the device of `clean`: nothing is waited for.
        """
        ...


def as_pixels(picture: torch.Tensor) -> Pixels:
    """A preview that has come to the processor."""
    return read_only(picture.numpy())


@dataclass(frozen=True, eq=False)
class LinearPreview:
    """The fitted map, as a convolution."""

    weight: torch.Tensor
    """(3 * block * block) x C x 3 x 3."""
    bias: torch.Tensor
    block: int
    fit: float
    """R^2 on pictures that were held back."""

    def __call__(self, clean: torch.Tensor, step: int, total: int) -> torch.Tensor:
        from torch.nn import functional

        clean = functional.pad(clean.to(self.weight), (1, 1, 1, 1), mode="replicate")
        blocks = functional.conv2d(clean, self.weight, self.bias)
        image = functional.pixel_shuffle(blocks, self.block)[0]
        return image.add_(1).mul_(127.5).add_(0.5).clamp_(0, 255).byte().permute(1, 2, 0).contiguous()


@dataclass(frozen=True, eq=False)
class PooledPreview:
    """A real decode of the latents at a quarter of their size, in few steps."""

    space: LatentSpace
    times: int = 4
    """How many steps of a picture are shown so, the last always."""
    smallest_cells: int = 4

    def __call__(self, clean: torch.Tensor, step: int, total: int) -> torch.Tensor | None:
        from torch.nn import functional

        every = max(1, total // self.times)
        if step % every and step != total:
            return None
        factor = max(1, min(4, min(clean.shape[-2:]) // self.smallest_cells))
        small = functional.avg_pool2d(clean, factor).to(self.space.dtype)
        image = self.space.decode(small)[0].float()
        data = image.nan_to_num().add(1).mul(127.5).add(0.5).clamp(0, 255).byte()
        return data.permute(1, 2, 0).contiguous()


def plain_preview(clean: torch.Tensor, step: int, total: int) -> torch.Tensor:
    """Of a denoiser that works on pixels: 1 x 3 or 1 x H x W as it is."""
    image = clean[0].float().nan_to_num().add(1).mul(127.5).add(0.5).clamp(0, 255).byte()
    return image.expand(3, -1, -1).permute(1, 2, 0).contiguous()


def unit_preview(clean: torch.Tensor, step: int, total: int) -> torch.Tensor:
    """The same of pixels from 0 to 1."""
    return plain_preview(2 * clean - 1, step, total)


_ready: dict[str, Preview] = {}
"""By VAE hash; a process shows few models."""


def preview_for(
    space: LatentSpace, sha256: str, folder: Path | None, is_cancelled: Callable[[], bool]
) -> Preview | None:
    """The preview of `space`, whose VAE's weights hash to `sha256`: shipped, kept in `folder`, or fitted now.

    Fitting takes up to `LONGEST_FIT_S`; None when it was cancelled.
    """
    if sha256 not in _ready:
        kept = _read(space, sha256, SHIPPED) or _read(space, sha256, folder)
        linear = kept or _fit_and_keep(space, sha256, folder, is_cancelled)
        if linear is None:
            return None
        _ready[sha256] = linear if linear.fit >= LEAST_FIT else PooledPreview(space)
    return _ready[sha256]


def is_ready(sha256: str, folder: Path) -> bool:
    """True where `preview_for` will not have to fit."""
    return sha256 in _ready or any(os.access(file_of(sha256, place), os.R_OK) for place in (SHIPPED, folder))


def fit(space: LatentSpace, is_cancelled: Callable[[], bool] = lambda: False) -> LinearPreview | None:
    """The best linear map for `space`, with its R^2 on a quarter of the pictures, which it has not seen."""
    import torch

    scale = space.cell_px
    block = min(BLOCK, scale)
    inputs, targets = [], []
    began = time.monotonic()
    with torch.inference_mode():
        for seed in range(MOST_SAMPLES):
            if is_cancelled():
                return None
            latents, decoded = sample(space, seed)
            inputs.append(_neighbourhoods(latents))
            targets.append(blocks(decoded, block, scale))
            if seed + 1 >= LEAST_SAMPLES and time.monotonic() - began > LONGEST_FIT_S:
                break
            if seed + 1 == LEAST_SAMPLES and _is_hopeless(inputs, targets):
                break
        matrix, found = _matrix(inputs, targets)
    device = space.vae.device
    weight = matrix[:-1].T.reshape(-1, space.channels, 3, 3).contiguous().to(device)
    return LinearPreview(weight, matrix[-1].contiguous().to(device), block, found)


def _is_hopeless(inputs: list[torch.Tensor], targets: list[torch.Tensor]) -> bool:
    can_tell = sum(map(len, inputs)) >= CELLS_TO_TELL * inputs[0].shape[1]
    return can_tell and _matrix(inputs, targets)[1] < HOPELESS_FIT


def _matrix(inputs: list[torch.Tensor], targets: list[torch.Tensor]) -> tuple[torch.Tensor, float]:
    """The best linear map of `inputs` to `targets`, and its R^2 on the quarter that it has not seen."""
    import torch

    held_back = max(1, len(inputs) // 4)
    matrix = _solve(torch.cat(inputs[held_back:]), torch.cat(targets[held_back:]))
    return matrix, r2(torch.cat(inputs[:held_back]).float() @ matrix, torch.cat(targets[:held_back]))


def sample(space: LatentSpace, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Latents of a procedural picture in denoiser space, and what the VAE makes of them, on the processor."""
    import torch

    pixels = torch.from_numpy(procedural_picture(seed)).permute(2, 0, 1)[None] * 2 - 1
    latents = space.encode(pixels)
    noise = torch.randn(latents.shape, generator=torch.Generator().manual_seed(seed)).to(latents)
    latents = latents + JITTER * latents.std() * noise
    return latents.float().cpu(), space.decode(latents).float().cpu().clamp(-1, 1)


def procedural_picture(seed: int) -> NDArray[np.float32]:
    """Gradients, shapes and stripes in any colours; 0 to 1, `SAMPLE_SIDE_PX` square x 3.

    A third are blurred, as early estimates are; the rest have hard edges.
    """
    random = np.random.Generator(np.random.PCG64(seed))
    y, x = np.mgrid[0:SAMPLE_SIDE_PX, 0:SAMPLE_SIDE_PX].astype(np.float32) / SAMPLE_SIDE_PX
    corners = random.random((4, 3))
    if seed % 2:  # pictures on plain paper are common, and what is off there is seen first
        corners[:] = [1, 1, 1] if seed % 4 == 1 else corners[0]
    picture = _mix(_mix(corners[0], corners[1], x), _mix(corners[2], corners[3], x), y)
    for _ in range(random.integers(3, 12)):
        angle, centre, size = random.uniform(0, np.pi), random.random(2), random.uniform(0.05, 0.4, 2)
        along = (x - centre[0]) * np.cos(angle) + (y - centre[1]) * np.sin(angle)
        across = (y - centre[1]) * np.cos(angle) - (x - centre[0]) * np.sin(angle)
        inside = [
            (along / size[0]) ** 2 + (across / size[1]) ** 2 < 1,
            (abs(along) < size[0]) & (abs(across) < size[1]),
            (np.sin(along * random.uniform(20, 150)) > 0) & (abs(across) < size[1]),
        ][random.integers(3)]
        picture = np.where(inside[..., None], random.random(3) ** random.uniform(0.3, 3), picture)
    if seed % 3 == 0:
        picture = _blurred(picture, int(random.integers(2, 12)))
    return np.clip(picture, 0, 1).astype(np.float32)


def _mix(start: NDArray[Any], end: NDArray[Any], share: NDArray[Any]) -> NDArray[Any]:
    return start + (end - start) * share[..., None]


def _blurred(picture: NDArray[Any], radius: int) -> NDArray[Any]:
    kernel = np.ones(2 * radius + 1) / (2 * radius + 1)
    for axis in (0, 1):
        padding = [(radius, radius) if other == axis else (0, 0) for other in range(3)]
        padded = np.pad(picture, padding, mode="edge")
        picture = np.apply_along_axis(np.convolve, axis, padded, kernel, mode="valid")
    return picture


def _neighbourhoods(latents: torch.Tensor) -> torch.Tensor:
    """(h * w) x (9 C + 1): each cell with its neighbours, and a one for the bias."""
    import torch
    from torch.nn import functional

    padded = functional.pad(latents, (1, 1, 1, 1), mode="replicate")
    cells = functional.unfold(padded, 3)[0].T
    return torch.cat([cells, torch.ones(len(cells), 1)], dim=1).double()


def blocks(decoded: torch.Tensor, block: int, scale: int) -> torch.Tensor:
    """(h * w) x (3 * block * block): the pixels that each cell is to become."""
    from torch.nn import functional

    small = functional.avg_pool2d(decoded, scale // block)
    return functional.pixel_unshuffle(small, block)[0].flatten(1).T.double()


def _solve(inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    import torch

    square = inputs.T @ inputs
    ridge = RIDGE * square.diagonal().mean() * torch.eye(len(square), dtype=square.dtype)
    ridge[-1, -1] = 0  # the bias is free
    return torch.linalg.solve(square + ridge, inputs.T @ targets).float()


def r2(guess: torch.Tensor, truth: torch.Tensor) -> float:
    """How much of the variance of `truth` is in `guess`; both are pixels x numbers."""
    residual = (guess.double() - truth).square().sum()
    return float(1 - residual / (truth - truth.mean(0)).square().sum().clamp_min(1e-12))


def file_of(sha256: str, folder: Path) -> Path:
    """Where what was found out about weights that hash to `sha256` is kept in `folder`."""
    return folder / MAPS / f"{hashlib.sha256(sha256.encode()).hexdigest()[:32]}-{FORMAT}.safetensors"


def _read(space: LatentSpace, sha256: str, folder: Path | None) -> LinearPreview | None:
    tensors = read_tensors(file_of(sha256, folder)) if folder is not None else None
    if tensors is None or tensors.keys() != {"weight", "bias", "fit"}:
        return None
    tensors = {name: tensor.to(space.vae.device) for name, tensor in tensors.items()}
    block = round((len(tensors["bias"]) / 3) ** 0.5)
    return LinearPreview(tensors["weight"], tensors["bias"], block, float(tensors["fit"]))


def _fit_and_keep(
    space: LatentSpace, sha256: str, folder: Path | None, is_cancelled: Callable[[], bool]
) -> LinearPreview | None:
    import torch

    fitted = fit(space, is_cancelled)
    if fitted is not None and folder is not None:
        tensors = {"weight": fitted.weight.cpu(), "bias": fitted.bias.cpu(), "fit": torch.tensor(fitted.fit)}
        write_tensors(file_of(sha256, folder), tensors)
    return fitted
