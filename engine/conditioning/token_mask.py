"""Soft masks for pictures that are written in tokens: what is held is decided from the start.

The stock inpainting pipelines know yes and no. As with noise (`engine.conditioning.inpaint`), a cell that may
change by a share m is held until the last m of the steps; then it is open, and the network decides it anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.conditioning.inpaint import SoftMask
from engine.diffusion.tap import NetworkCall, StepState

if TYPE_CHECKING:
    import torch


class TokenMask(SoftMask):
    """Holds tokens: latents are B x h x w of whole numbers."""

    _has_begun = False

    def at_start(self, clean: torch.Tensor, noise: torch.Tensor) -> None:
        self._clean = clean

    def before_network(self, call: NetworkCall) -> None:
        """The first call sees what is held, as every later one."""
        if not self._has_begun:
            given = call.args[0]
            tokens = given if given.ndim > 2 else given.unflatten(1, self._known(given).shape[1:])  # a row
            held = self._with_held(tokens, call.step - 1)
            call.args = (held.view(given.shape), *call.args[1:])

    def before_step(self, state: StepState) -> None:
        if not self._has_begun:
            state.sample = self._with_held(state.sample, state.index - 1)
            self._has_begun = True
        held = self._held_cells(state.index - 1, state.sample)
        if state.scheduler.counts_open:
            state.kwargs["starting_mask_ratio"] = (~held).sum() / held.numel()

    def after_step(self, state: StepState) -> None:
        import torch

        is_last = state.index >= self.total
        before = self._held_cells(state.index - 1, state.latents)
        state.clean = self._with_held(state.clean, state.index - 1)
        held = before if is_last else self._held_cells(state.index, state.latents)
        state.latents = torch.where(before & ~held, state.scheduler.mark, state.latents)
        state.latents = torch.where(held, self._known(state.latents), state.latents)

    def _with_held(self, tokens: torch.Tensor, steps: int) -> torch.Tensor:
        import torch

        return torch.where(self._held_cells(steps, tokens), self._known(tokens), tokens)

    def _known(self, like: torch.Tensor) -> torch.Tensor:
        if self._clean is None:
            self._clean = self._encode()
        return self._clean.to(like)

    def _held_cells(self, steps: int, like: torch.Tensor) -> torch.Tensor:
        """1 x h x w."""
        return self._held(steps, like)[0]
