"""What a prompt becomes in the network's arguments, found without knowing its pipeline.

The pipeline is run with each prompt up to its first calls of the network, which are written down and not
made. What differs between two such rehearsals is the prompt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.diffusion.tap import CACHES, LATENTS, TIMES, LeaveLoop, Moment, NetworkCall, StepState, stand_in

if TYPE_CHECKING:
    pass

NOT_WORDS = (*LATENTS, *TIMES, *CACHES)
"""What of a call no words decide."""
NEAR = 1e-4
"""By which the same words differ where they were read beside words of another length."""


@dataclass(frozen=True, eq=False)
class Call:
    """Arguments of the network, written down."""

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]


class Listen(Moment):
    """Writes down the calls of one step, makes none, and leaves."""

    def __init__(self, denoiser: Any) -> None:
        self.calls: list[Call] = []
        self._denoiser = denoiser

    def before_network(self, call: NetworkCall) -> None:
        self.calls.append(Call(call.args, dict(call.kwargs)))
        call.output = stand_in(call.args, call.kwargs, self._denoiser)

    def before_step(self, state: StepState) -> None:
        raise LeaveLoop


@dataclass(frozen=True, eq=False)
class Change:
    """What differs between two calls, latents and time apart."""

    args: Mapping[int, Any]
    kwargs: Mapping[str, Any]

    def __bool__(self) -> bool:
        return bool(self.args or self.kwargs)


def change(before: Call, after: Call) -> Change:
    """What of `after` is not in `before`."""
    if before is after:
        return Change({}, {})
    args = {
        index: value
        for index, value in enumerate(after.args)
        if index >= 2 and not _alike(before.args[index], value)
    }
    kwargs = {
        name: value
        for name, value in after.kwargs.items()
        if name not in NOT_WORDS and not _alike(before.kwargs.get(name), value)
    }
    return Change(args, kwargs)


def laid_over(before: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """`told` in place of what was said `before`; of mappings within, what others have added stays."""
    both = {name for name in told if isinstance(told[name], dict) and isinstance(before.get(name), dict)}
    return {**before, **told, **{name: {**before[name], **told[name]} for name in both}}


def differing_share(one: Any, other: Any) -> tuple[int, int] | None:
    """Where in a batch of two shares or of three two prompts differ, and how many shares it has."""
    import torch

    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other) and not len(one) % 2:
        half = len(one) // 2  # of prompts of any length
        differs = [not _alike(one[:half], other[:half]), not _alike(one[half:], other[half:])]
        return (differs.index(True), 2) if differs.count(True) == 1 else None
    if not isinstance(one, torch.Tensor) or not isinstance(other, torch.Tensor) or one.ndim < 2:
        return None
    count = next((count for count in (2, 3) if one.shape[0] % count == 0), 0)
    if one.shape[:1] != other.shape[:1] or one.shape[2:] != other.shape[2:] or not count:
        return None
    length = min(one.shape[1], other.shape[1])  # the shorter prompt was filled up to another length
    alike = torch.equal if one.shape == other.shape else partial(torch.allclose, atol=NEAR)
    halves = zip(one[:, :length].chunk(count), other[:, :length].chunk(count), strict=True)
    differs = [not alike(*shares) for shares in halves]
    return (differs.index(True), count) if differs.count(True) == 1 else None


def _alike(one: Any, other: Any) -> bool:
    import torch

    if one is other:
        return True
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return one.shape == other.shape and torch.equal(one, other)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(value, other[key]) for key, value in one.items())
    if isinstance(one, torch.Tensor) or isinstance(other, torch.Tensor):
        return False
    return bool(one == other)
