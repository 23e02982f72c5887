"""Previews drawn by a tiny VAE of the artist's (TAESD and its kin): sharper than the fitted map.

Whether one serves a model is not asked of names: it is held against what the model's own VAE makes of the
same latents, once, and the figure is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from engine.diffusion.cached_tensors import read_tensors, write_tensors
from engine.diffusion.decode import is_out_of_memory
from engine.diffusion.latents.space import LatentSpace
from engine.diffusion.preview import BLOCK, LEAST_SAMPLES, Preview, blocks, file_of, r2, sample

if TYPE_CHECKING:
    import torch

SHARE = 0.1
"""Of a step's time that its preview may take."""
FACTORS = (1, 2, 4)
"""Latents are made so many times smaller along a side until the time suffices."""
FIRST_CELLS = 32 * 32
"""Latent cells of the first preview on a processor, whose speed is not known yet."""
LEAST_CELLS = 4
"""Along a side: of fewer a decoder makes nothing."""


class TinyPreview:
    """The estimate through a tiny VAE, as large as the fitted map's picture.

    Where a step has no time for it, and once memory has not sufficed, `otherwise` draws it.
    """

    def __init__(
        self, space: LatentSpace, otherwise: Preview, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self.space, self.otherwise, self._clock = space, otherwise, clock
        self._is_too_large = False
        self._left: float | None = None
        """When the last preview was done."""
        self._cell_seconds: float | None = None

    def __call__(self, clean: torch.Tensor, step: int, total: int) -> torch.Tensor | None:
        began = self._clock()
        factor = self._factor(clean, began)
        picture = None if factor is None else self._decoded(clean, factor)
        self._left = self._clock()
        if picture is None or factor is None:
            return self.otherwise(clean, step, total)
        self._cell_seconds = (self._left - began) * factor**2 / (clean.shape[-2] * clean.shape[-1])
        return picture

    def _factor(self, clean: torch.Tensor, now: float) -> int | None:
        """By how much the latents are made smaller; None where even the most is too slow."""
        if self._is_too_large:
            return None
        height, width = clean.shape[-2:]
        small = [factor for factor in FACTORS if factor == 1 or min(height, width) // factor >= LEAST_CELLS]
        if self._left is None or self._cell_seconds is None:
            most = FIRST_CELLS if clean.device.type == "cpu" else height * width
            return next((one for one in small if height * width / one**2 <= most), small[-1])
        seconds = (now - self._left) * SHARE
        cost = self._cell_seconds * height * width
        return next((factor for factor in small if cost / factor**2 <= seconds), None)

    def _decoded(self, clean: torch.Tensor, factor: int) -> torch.Tensor | None:
        """H x W x 3 bytes; None where memory did not suffice."""
        from torch.nn import functional

        block = min(BLOCK, self.space.cell_px)
        extent = [side * block for side in clean.shape[-2:]]
        small = functional.avg_pool2d(clean, factor) if factor > 1 else clean
        try:
            image = self.space.decode(small.to(self.space.vae.device, self.space.dtype)).float()
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            self._is_too_large = True
            return None
        image = functional.interpolate(image, extent, mode="area" if factor < 4 else "bilinear")[0]
        data = image.nan_to_num().add(1).mul(127.5).add(0.5).clamp(0, 255).byte()
        return data.permute(1, 2, 0).contiguous()


def likeness(
    space: LatentSpace,
    tiny: Callable[[], LatentSpace],
    sha256s: tuple[str, str],
    folder: Path | None,
    is_cancelled: Callable[[], bool],
) -> float | None:
    """R^2 of what `tiny` makes of latents of `space`, against what `space` does; 1 is the same picture.

    `sha256s` are of their weights: the figure is kept under them in `folder`, and then `tiny` is not called.
    Comparable with `LinearPreview.fit`. None when it was cancelled.
    """
    path = None if folder is None else file_of("tiny " + " ".join(sha256s), folder)
    kept = read_tensors(path) if path is not None else None
    if kept is not None and kept.keys() == {"likeness"}:
        return float(kept["likeness"])
    found = _measured(space, tiny(), is_cancelled)
    if found is not None and path is not None:
        import torch

        write_tensors(path, {"likeness": torch.tensor(found)})
    return found


def _measured(space: LatentSpace, tiny: LatentSpace, is_cancelled: Callable[[], bool]) -> float | None:
    import torch

    block, ours, truth = min(BLOCK, space.cell_px), [], []
    with torch.inference_mode():
        for seed in range(LEAST_SAMPLES):
            if is_cancelled():
                return None
            latents, decoded = sample(space, seed)
            guess = tiny.decode(latents.to(tiny.vae.device, tiny.dtype)).float().cpu().clamp(-1, 1)
            ours.append(blocks(guess, block, space.cell_px))
            truth.append(blocks(decoded, block, space.cell_px))
        return r2(torch.cat(ours), torch.cat(truth))
