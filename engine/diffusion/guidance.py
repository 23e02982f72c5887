"""Classifier-free guidance (https://arxiv.org/abs/2207.12598) where the stock pipelines leave a wish open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.diffusion.tap import Moment, NetworkCall, StepState

if TYPE_CHECKING:
    import torch


class GuidanceInterval(Moment):
    """Guides only in the steps `first` to `last` (1-based); in the others one pass serves for both halves.

    Where prediction with and without the prompt hardly differ in effect, half the work is saved:
    https://arxiv.org/abs/2404.07724. Expects the stock batch (negative half, prompt half).
    """

    def __init__(self, first: int, last: int) -> None:
        self.first, self.last = first, last

    @staticmethod
    def share(start: float, end: float, total: int) -> GuidanceInterval:
        """The steps of `total` that lie between the shares `start` and `end` of them."""
        return GuidanceInterval(round(start * total) + 1, max(1, round(end * total)))

    def before_network(self, call: NetworkCall) -> None:
        if self.first <= call.step <= self.last:
            return
        call.args = tuple(_second_half(value) for value in call.args)
        call.kwargs = {name: _second_half(value) for name, value in call.kwargs.items()}
        call.is_halved = True

    def after_network(self, call: NetworkCall) -> None:
        if call.is_halved and call.output is not None:
            call.output = call.output.repeat(2, 1, 1, 1)  # guidance between equals changes nothing


def _second_half(value: Any) -> Any:
    """The prompt's half of a batch; what is no batch (a timestep, a flag) as it is."""
    import torch

    if isinstance(value, torch.Tensor) and value.ndim > 0 and value.shape[0] % 2 == 0:
        return value[value.shape[0] // 2 :]
    return value


class GuidanceRescale(Moment):
    """Section 3.4 of https://arxiv.org/abs/2305.08891 for pipelines that do not take `guidance_rescale`.

    The numbers are those of the pipelines that do.
    """

    def __init__(self, rescale: float) -> None:
        self.rescale = rescale
        self._with_prompt: torch.Tensor | None = None

    def after_network(self, call: NetworkCall) -> None:
        assert call.output is not None
        self._with_prompt = call.output.chunk(2)[1]

    def before_step(self, state: StepState) -> None:
        from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import rescale_noise_cfg

        assert self._with_prompt is not None
        state.model_output = rescale_noise_cfg(state.model_output, self._with_prompt, self.rescale)
