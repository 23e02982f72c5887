"""Classifier-free guidance (https://arxiv.org/abs/2207.12598) where the stock pipelines leave a wish open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.diffusion.tap import Moment, NetworkCall, StepState

if TYPE_CHECKING:
    import torch


class SparseGuidance(Moment):
    """Fewer passes for nearly the same picture: what changes slowly is carried on instead of computed.

    All steps up to `first`, where the picture is laid out, are computed whole. Then the negative prompt is
    asked only in every `every`-th step; between, its pull is that of the last answer, for one pass instead
    of two (as CFG-Cache of https://arxiv.org/abs/2410.19355, without its split into frequencies). Where
    `follows_one_path`, the step halfway between two answers costs no pass: the prediction goes on as it
    last changed. A scheduler that adds noise has no such path. Expects the stock batch (negative half,
    prompt half).
    """

    def __init__(self, first: int, every: int, follows_one_path: bool) -> None:
        self.first, self.every, self.follows_one_path = first, every, follows_one_path
        self.memory: tuple[torch.Tensor, ...] = ()
        """The pull (prediction with the prompt less that without), the last predictions with the prompt."""

    def before_network(self, call: NetworkCall) -> None:
        import torch

        place = (call.step - self.first) % self.every
        if call.step <= self.first or place == 0 or not self.memory:
            return
        if self.follows_one_path and place == self.every // 2 and len(self.memory) == 3:
            pull, before, last = self.memory
            onward = 2 * last - before
            call.output = torch.cat([onward - pull, onward])
            return
        call.args, call.kwargs = half_of_call(call, 1)
        call.is_halved = True

    def after_network(self, call: NetworkCall) -> None:
        import torch

        assert call.output is not None
        if call.is_halved:
            call.output = torch.cat([call.output - self.memory[0], call.output])
        without, with_prompt = call.output.chunk(2)
        self.memory = (with_prompt - without, *self.memory[1:][-1:], with_prompt)


class OneByOne(Moment):
    """The negative half and the prompt half go through the network one after the other: half the memory.

    The numbers differ in their last bits. Expects the stock batch; stands behind `SparseGuidance`.
    """

    def before_network(self, call: NetworkCall) -> None:
        import torch

        if call.output is not None or call.is_halved:
            return
        outputs = []
        for number in (0, 1):
            args, kwargs = half_of_call(call, number)
            outputs.append(call.forward(*args, **kwargs)[0])
        call.output = torch.cat(outputs)


def half_of_call(call: NetworkCall, number: int) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arguments of `call` for half `number` of its batch; what is no batch (a timestep, a flag) as it is."""
    args = tuple(_half_of(value, number) for value in call.args)
    return args, {name: _half_of(value, number) for name, value in call.kwargs.items()}


def _half_of(value: Any, number: int) -> Any:
    import torch

    if isinstance(value, dict):  # of SDXL's further conditions
        return {name: _half_of(inner, number) for name, inner in value.items()}
    if isinstance(value, torch.Tensor) and value.ndim > 0 and value.shape[0] % 2 == 0:
        return value.chunk(2)[number]
    if isinstance(value, list):  # of IP-Adapters
        return [_half_of(inner, number) for inner in value]
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
