"""A network that is asked, piece by piece, whether it is to go on, and that tells how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from engine.api.events import Event, Loading
from engine.diffusion.tap import Cancelled

if TYPE_CHECKING:
    from torch import nn

Progress = Callable[[float], None]
"""Told which share is done; raises `Cancelled` where nobody wants the rest."""
LEAST_PROGRESS = 0.02
"""Below which nothing is said anew."""


@contextmanager
def watched(layers: Sequence[nn.Module], progress: Progress) -> Iterator[None]:
    """Inside, `progress` is called before each pass of one of `layers`, which all are passed once or more."""
    passed = 0

    def before(*_: object) -> None:
        nonlocal passed
        progress(min(1.0, passed / len(layers)))
        passed += 1

    hooks = [layer.register_forward_pre_hook(before) for layer in layers]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def saying(what: str, emit: Callable[[Event], None], is_cancelled: Callable[[], bool]) -> Progress:
    """Progress as `Loading(what)` events, which only ever grow."""
    said: float | None = None

    def progress(share: float) -> None:
        nonlocal said
        if is_cancelled():
            raise Cancelled
        if said is None or share - said >= LEAST_PROGRESS:
            said = share
            emit(Loading(what, share))

    return progress


def part_of(progress: Progress, first: float, last: float) -> Progress:
    """For a piece of the work that reaches from `first` to `last` of the whole."""
    return lambda share: progress(first + share * (last - first))
