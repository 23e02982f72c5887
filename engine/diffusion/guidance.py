"""Classifier-free guidance (https://arxiv.org/abs/2207.12598) where the stock pipelines leave a wish open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.diffusion.tap import Moment, NetworkCall, StepState

if TYPE_CHECKING:
    import torch


class SparseGuidance(Moment):
    """Computes what the negative prompt says only in some steps and goes by the last answer in the others.

    A step costs one pass instead of two where the answer is reused. What guidance pulls towards changes
    slowly from step to step: https://arxiv.org/abs/2410.19355, section 3.3. All steps up to `first` are
    computed, where the picture is laid out, then every `every`-th. Expects the stock batch (negative half,
    prompt half).
    """

    def __init__(self, first: int, every: int) -> None:
        self.first, self.every = first, every
        self.pull: torch.Tensor | None = None
        """Prediction with the prompt less that without, of the last step where both were computed."""

    def before_network(self, call: NetworkCall) -> None:
        is_due = call.step <= self.first or (call.step - self.first) % self.every == 0
        if is_due or self.pull is None:
            return
        call.args = tuple(_second_half(value) for value in call.args)
        call.kwargs = {name: _second_half(value) for name, value in call.kwargs.items()}
        call.is_halved = True

    def after_network(self, call: NetworkCall) -> None:
        import torch

        assert call.output is not None
        if call.is_halved:
            assert self.pull is not None
            call.output = torch.cat([call.output - self.pull, call.output])
        else:
            without, with_prompt = call.output.chunk(2)
            self.pull = with_prompt - without


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
