"""Soft masks: how much each pixel may change, for any family and scheduler.

Differential diffusion (Levin and Fried 2023, https://arxiv.org/abs/2306.00950): a latent cell that may change
by a share m is held to the source, noised to the level at hand, until the last m of the steps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from engine.api.mask import Coverage
from engine.diffusion.estimate import NoiseLevel
from engine.diffusion.latents.packing import Packing
from engine.diffusion.tap import Moment, StepState

if TYPE_CHECKING:
    import torch


class Cells(NamedTuple):
    """The latent cells of one picture, and how the scheduler keeps them."""

    channels: int
    rows: int
    columns: int
    packing: Packing


class SoftMask(Moment):
    """Holds what may not change yet. A mask that is 255 everywhere changes no bit of the run."""

    def __init__(
        self,
        coverage: Coverage,
        total: int,
        encode: Callable[[], torch.Tensor],
        spared: int = 0,
        cells: Cells | None = None,
    ) -> None:
        """
        Args:
            coverage: H x W at the size that the network works on; 255 is free from the first step.
            total: Steps of the run.
            encode: The start picture's latents (denoiser space, as the scheduler keeps them), for a pipeline
                that begins in pure noise and so never says them.
            spared: Steps that a run in the middle of its schedule passes over, counted in `total`.
            cells: Of latents that the scheduler does not keep as 1 x C x h x w.
        """
        self.coverage, self.total, self.spared = coverage, total, spared
        self.cells = cells
        self._encode = encode
        self._clean: torch.Tensor | None = None
        self._noise: torch.Tensor | None = None
        self._keep: torch.Tensor | None = None

    def at_start(self, clean: torch.Tensor, noise: torch.Tensor) -> None:
        self._clean, self._noise = clean, noise

    def before_step(self, state: StepState) -> None:
        if self._clean is None or self._noise is None:
            self._clean = self._encode().to(state.sample)
            # the noise that is in the sample already, so that what is held stays where it is
            self._noise = (state.sample - state.level.alpha * self._clean) / max(state.level.sigma, 2**-12)

    def after_step(self, state: StepState) -> None:
        import torch

        assert self._clean is not None and self._noise is not None
        held_now = self._held(state.index - 1, state.latents)
        state.clean = torch.where(held_now, self._clean.to(state.clean), state.clean)
        if not state.is_whole:
            held, level = held_now, state.after
        elif state.index < self.total:
            held, level = self._held(state.index, state.latents), state.after
        else:  # some schedules end with a little noise; what was never free ends as it was
            held, level = held_now, NoiseLevel(1.0, 0.0)
        known = level.alpha * self._clean + level.sigma * self._noise
        state.latents = torch.where(held, known.to(state.latents), state.latents)

    def _held(self, steps: int, like: torch.Tensor) -> torch.Tensor:
        """As the latents lie: true where a cell is still held after `steps` steps."""
        import torch

        if self._keep is None:
            rows, columns = like.shape[-2:] if self.cells is None else self.cells[1:3]
            maxima = cell_maxima(self.coverage, rows, columns)
            self._keep = torch.from_numpy(255 - maxima.astype(np.int32)).to(like.device)[None, None]
            if self.cells is not None:
                self._keep = self.cells.packing.pack(self._keep.expand(-1, self.cells.channels, -1, -1))
        own, done = self.total - self.spared, max(0, steps - self.spared)
        return self._keep * own > 255 * done


def cell_maxima(coverage: Coverage, rows: int, columns: int) -> Coverage:
    """The most that any pixel of each latent cell may change, `rows` x `columns`.

    The largest value, not the mean: a cell that only half changes must be free, and what stays in it is
    pasted back. `coverage` is a whole multiple of the cells.
    """
    height, width = coverage.shape
    return coverage.reshape(rows, height // rows, columns, width // columns).max(axis=(1, 3))
