"""Passes through the network that are spared because little has changed since the last one: two ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from engine.diffusion.tap import Moment, NetworkCall

if TYPE_CHECKING:
    import torch


class DeepCache(Moment):
    """Of a U-Net's pass only the outermost level is computed, what lies deeper is the last pass's.

    Deep features change slowly from step to step, https://arxiv.org/abs/2312.00858. Every `every`-th pass
    after step `first` is whole. Half a batch (the prompt's) takes its half of what is kept.
    """

    def __init__(self, unet: Any, first: int, every: int) -> None:
        self.first, self.every = first, every
        self._inner = [*unet.down_blocks[1:], unet.mid_block, *unet.up_blocks[:-1]]
        self._kept: list[Any] = []
        self._kept_batch, self._since = 0, 0

    def before_network(self, call: NetworkCall) -> None:
        if call.output is None and len(self._inner) > 2:
            call.forward = self._around(call.forward, call.step)

    def _around(self, forward: Callable[..., Any], step: int) -> Callable[..., Any]:
        def cached(sample: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
            batch = len(sample)
            spares = step > self.first and self._since + 1 < self.every
            if spares and self._kept and batch in (self._kept_batch, self._kept_batch / 2):
                self._since += 1
                with self._answering(batch):
                    return forward(sample, *args, **kwargs)
            self._since, self._kept_batch = 0, batch
            with self._keeping():
                return forward(sample, *args, **kwargs)

        return cached

    @contextmanager
    def _keeping(self) -> Iterator[None]:
        """Inside, what the inner blocks give is kept."""
        self._kept = []

        def keep(_block: Any, _given: Any, made: Any) -> None:
            self._kept.append(made)

        hooks = [block.register_forward_hook(keep) for block in self._inner]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    @contextmanager
    def _answering(self, batch: int) -> Iterator[None]:
        """Inside, the inner blocks give what was kept, or the prompt's half of it."""
        part = slice(self._kept_batch - batch, None)
        for block, kept in zip(self._inner, self._kept, strict=True):
            block.forward = lambda *_, kept=kept, **__: _cut(kept, part)
        try:
            yield
        finally:
            for block in self._inner:
                del block.forward


def _cut(kept: Any, part: slice) -> Any:
    return tuple(_cut(one, part) for one in kept) if isinstance(kept, tuple) else kept[part]


class EasyCache(Moment):
    """A pass is spared while what it would change, foretold from how the network answered last, is small.

    For any network; https://arxiv.org/abs/2507.02860. What the network adds to its input is carried on. All
    steps up to `first` and the last one are computed. Several calls a step (guidance one after the other) are
    told apart by their order.
    """

    def __init__(self, first: int, total: int, tolerance: float) -> None:
        """`tolerance`: the foretold relative changes of spared passes may add up to so much."""
        self.first, self.total, self.tolerance = first, total, tolerance
        self._tracks: dict[int, _Track] = {}
        self._step, self._number = 0, 0
        self.spared = 0
        """Passes."""

    def before_network(self, call: NetworkCall) -> None:
        self._number = self._number + 1 if call.step == self._step else 0
        self._step = call.step
        if call.output is not None:
            return
        track, sample = self._track, _stacked(_given(call))
        if self.first < call.step < self.total and track.may_spare(sample, self.tolerance):
            call.output = _like(track.carried_on(sample), track.is_list)
            self.spared += 1

    def after_network(self, call: NetworkCall) -> None:
        self._track.is_list = isinstance(call.output, (list, tuple))
        self._track.take(_stacked(_given(call)), _stacked(call.output))

    @property
    def _track(self) -> _Track:
        return self._tracks.setdefault(self._number, _Track())


class _Track:
    """What one of the calls of a step was given and gave, step by step."""

    is_list = False
    """True where the network answers with a list of pictures."""

    def __init__(self) -> None:
        self._sample: torch.Tensor | None = None
        self._answer: torch.Tensor | None = None
        self._rate: float | None = None
        """How much the answer changes with the input."""
        self._foretold = 0.0
        self._is_carried = False

    def may_spare(self, sample: torch.Tensor, tolerance: float) -> bool:
        if self._rate is None or self._sample is None or self._answer is None:
            return False
        self._foretold += self._rate * _distance(sample, self._sample) / max(_size(self._answer), 1e-8)
        self._is_carried = self._foretold < tolerance
        return self._is_carried

    def carried_on(self, sample: torch.Tensor) -> torch.Tensor:
        assert self._sample is not None and self._answer is not None
        if sample.shape != self._answer.shape:  # it is given more than the latents
            return self._answer
        return sample + (self._answer - self._sample)

    def take(self, sample: torch.Tensor, answer: torch.Tensor) -> None:
        if not self._is_carried:
            if self._sample is not None and self._answer is not None:
                moved = max(_distance(sample, self._sample), 1e-8)
                self._rate = _distance(answer, self._answer) / moved
            self._foretold = 0.0
        self._is_carried = False
        self._sample, self._answer = sample, answer


def _distance(one: torch.Tensor, other: torch.Tensor) -> float:
    return _size(one.float() - other.float())


def _size(tensor: torch.Tensor) -> float:
    return float(tensor.abs().float().mean())


def _given(call: NetworkCall) -> Any:
    """What the network is to clean."""
    if call.args:
        return call.args[0]
    return (
        call.kwargs["hidden_states"] if "hidden_states" in call.kwargs else next(iter(call.kwargs.values()))
    )


def _stacked(value: Any) -> torch.Tensor:
    import torch

    return torch.stack(list(value)) if isinstance(value, (list, tuple)) else value


def _like(value: torch.Tensor, is_list: bool) -> Any:
    return list(value.unbind(0)) if is_list else value
