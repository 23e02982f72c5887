"""How a network is spoken to, found out by listening to its own pipeline for two steps.

Families differ in small things: latents as a list or as a film of one frame, a time that runs from 0 to 1 or
backwards, an answer that also tells a variance, speaks for other tokens too, or points from the picture to
the noise instead of back. What the pipeline turns its network's answer into before its scheduler sees it says
which of these hold, and is proven on the model at hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from engine.diffusion.latents.packing import Packing
from engine.diffusion.tap import LATENTS, TIMES

KNOWN_TIMES = ((1.0, 0.0), (1e-3, 0.0), (-1e-3, 1.0), (-1.0, 1000.0))
"""Factor and summand from a scheduler's 1000 to 0; what is heard in 16 bits is rounded to these."""
NEAR = 0.02
"""Of the spread of an answer: what 16 bits may blur."""


class NotUnderstood(Exception):
    """The pipeline does something else with its network; says what, as the end of "cannot be taught:"."""


@dataclass(eq=False)
class Heard:
    """One step: what the network was told and answered, what the scheduler was given."""

    arguments: Mapping[str, Any]
    answer: Any = None
    sample: torch.Tensor | None = None
    """Noisy latents as the pipeline keeps them."""
    made: torch.Tensor | None = None
    """Of the answer."""
    time: float = 0.0
    """The scheduler's."""


@dataclass(frozen=True)
class Form:
    """Of the latents and the time that a network takes, and of what it answers."""

    latents: str
    """The argument that takes them."""
    time: str
    time_factor: float
    time_summand: float
    whole_time: bool
    """True where the network wants whole numbers."""
    axis: int | None
    """Where the network has one more axis than the pipeline, of length 1, batch counted."""
    is_list: bool
    """True where a picture's latents are an entry of a list."""
    is_behind: bool
    """True where it answers for other tokens too, and for the picture's last."""
    sign: int
    """Of the answer, for the scheduler."""
    in_batches: bool = False
    """True where several pictures, put one after the other, are answered as each by itself."""

    @property
    def own(self) -> tuple[str, ...]:
        """Arguments that are made anew for each call."""
        return (self.latents, self.time)

    def given(self, latents: torch.Tensor, timesteps: torch.Tensor) -> dict[str, Any]:
        """The arguments for `latents` as the pipeline packs them, at the scheduler's `timesteps` (B)."""
        taken: Any = latents if self.axis is None else latents.unsqueeze(self.axis)
        time = timesteps * self.time_factor + self.time_summand
        return {
            self.latents: list(taken.unbind(0)) if self.is_list else taken,
            self.time: time.round().long() if self.whole_time else time,
        }

    def read(self, answer: Any, like: torch.Tensor) -> torch.Tensor:
        """The prediction in an answer, in the shape of `like`. Raises `NotUnderstood`."""
        return self.sign * _reading(answer, like, self.axis, self.is_behind)


def form_of(steps: Sequence[Heard], packing: Packing) -> Form:
    """What holds for all `steps`, at least two. Raises `NotUnderstood`."""
    first, second = steps[0], steps[1]
    assert first.sample is not None and first.made is not None
    if second.time >= first.time:
        raise NotUnderstood("its time runs from noise to picture")
    latents = _named(first.arguments, LATENTS, "latents")
    time = _named(first.arguments, TIMES, "time")
    axis = _axis(first.arguments[latents], first.sample)
    if any(not same(value, second.arguments.get(name)) for name, value in first.arguments.items()
           if name not in (latents, time)):  # fmt: skip
        raise NotUnderstood("at each step its network is told more than the time")
    times = [float(torch.as_tensor(step.arguments[time]).flatten()[0]) for step in (first, second)]
    factor, summand = _line((first.time, second.time), times)
    told = first.arguments[time]
    return Form(
        latents, time, factor, summand,
        whole_time=isinstance(told, torch.Tensor) and not told.is_floating_point(),
        axis=axis,
        is_list=isinstance(first.arguments[latents], (list, tuple)),
        is_behind=packing.behind,
        sign=_sign(_reading(first.answer, first.sample, axis, packing.behind), first.made),
    )  # fmt: skip


def _named(arguments: Mapping[str, Any], names: Sequence[str], what: str) -> str:
    found = next((name for name in names if name in arguments), None)
    if found is None:
        raise NotUnderstood(f"its network takes its {what} under a name that Lienzo does not know")
    return found


def _axis(taken: Any, sample: torch.Tensor) -> int | None:
    """Where `taken` has one axis more than `sample`."""
    whole = torch.stack(list(taken)) if isinstance(taken, (list, tuple)) else taken
    if whole.shape == sample.shape and is_near(whole, sample):
        return None
    for axis in range(1, whole.ndim):
        if whole.shape[axis] == 1:
            flat = whole.squeeze(axis)
            if flat.shape == sample.shape and is_near(flat, sample):
                return axis
    raise NotUnderstood("its network is given more than the noisy latents")


def _line(times: Sequence[float], told: Sequence[float]) -> tuple[float, float]:
    """Factor and summand that make `told` of `times`."""
    for factor, summand in KNOWN_TIMES:
        if all(
            abs(time * factor + summand - tell) <= NEAR * max(1.0, abs(factor) * 1000) / 2
            for time, tell in zip(times, told, strict=True)
        ):
            return factor, summand
    factor = (told[1] - told[0]) / (times[1] - times[0])
    return factor, told[0] - factor * times[0]


def _sign(reading: torch.Tensor, made: torch.Tensor) -> int:
    for sign in (1, -1):
        if is_near(sign * reading, made):
            return sign
    raise NotUnderstood("its pipeline makes something else of what its network says")


def _reading(answer: Any, like: torch.Tensor, axis: int | None, is_behind: bool) -> torch.Tensor:
    """`answer` in the shape of `like`: of a film its frame, without a variance, without other tokens."""
    whole = torch.stack(list(answer)) if isinstance(answer, (list, tuple)) else answer
    if axis is not None and whole.ndim == like.ndim + 1:
        whole = whole.squeeze(axis)
    if whole.shape == like.shape:
        return whole
    if whole.ndim != like.ndim or any(
        have < want for have, want in zip(whole.shape, like.shape, strict=True)
    ):
        raise NotUnderstood("its network answers in a shape that Lienzo does not know")
    if whole.ndim > 3:
        return whole[:, : like.shape[1]]
    count, numbers = like.shape[1:]
    return whole[:, -count:, :numbers] if is_behind else whole[:, :count, :numbers]


def same(one: Any, other: Any) -> bool:
    """Whether two arguments say the same, to the bit."""
    if one is other:
        return True
    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and one.shape == other.shape and torch.equal(one, other)
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def is_near(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether two tensors differ by no more than 16 bits may blur."""
    one, other = one.float(), other.float()
    return one.shape == other.shape and bool((one - other).abs().max() <= NEAR * other.std() + 1e-6)
