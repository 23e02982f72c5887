"""Several single-thread processes that train one network on the processor: gradients meet in shared memory.

Two processes of one thread each are faster than one of two threads as soon as another program wants a core:
every parallel region then waits for the slower thread, and a network has thousands of them.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import threading
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import torch

from engine.api.errors import EngineLost

LONGEST_WAIT_S = 900.0
"""For the others at a barrier; rank 0 may be saving or drawing previews meanwhile."""

Group = tuple[torch.nn.Parameter, ...]
Update = Callable[[Group], torch.Tensor]
Apply = Callable[[Group, torch.Tensor], None]


class Ranks(Protocol):
    """How one trainer meets the others."""

    rank: int
    world: int

    def average(self, gradients: Sequence[torch.Tensor]) -> None: ...

    def share_work(self, groups: Sequence[Group], update: Update, apply: Apply) -> None: ...

    def agree(self, value: float) -> float: ...


class Alone:
    """One process, or one GPU."""

    rank = 0
    world = 1

    def average(self, gradients: Sequence[torch.Tensor]) -> None:
        pass

    def share_work(self, groups: Sequence[Group], update: Update, apply: Apply) -> None:
        for group in groups:
            apply(group, update(group))

    def agree(self, value: float) -> float:
        return value


class Shared:
    """What the ranks have in common: made once, handed to each process at its start."""

    def __init__(self, world: int, numbers: int) -> None:
        """`numbers`: trained weights of the largest phase."""
        self.context = multiprocessing.get_context("spawn")
        self.world, self.numbers = world, numbers
        self.gradients = self.context.RawArray(ctypes.c_float, world * numbers)
        self.updates = self.context.RawArray(ctypes.c_float, numbers)
        self.word = self.context.RawArray(ctypes.c_double, 1)
        self.barrier = self.context.Barrier(world)


class Member:
    """One of several processes that train together; all hold the same weights after each step."""

    def __init__(self, shared: Shared, rank: int) -> None:
        self.rank, self.world = rank, shared.world
        self._barrier, self._word = shared.barrier, shared.word
        rows = np.frombuffer(memoryview(shared.gradients), np.float32).reshape(shared.world, shared.numbers)
        self._gradients = torch.from_numpy(rows)
        self._updates = torch.from_numpy(np.frombuffer(memoryview(shared.updates), np.float32))

    def average(self, gradients: Sequence[torch.Tensor]) -> None:
        """Every gradient becomes its mean over the ranks, in the same order of sums everywhere."""
        start = 0
        for gradient in gradients:
            self._gradients[self.rank, start : start + gradient.numel()] = gradient.reshape(-1)
            start += gradient.numel()
        self._wait()
        mean = self._gradients[:, :start].mean(0)
        self._wait()  # before anyone writes the next ones
        start = 0
        for gradient in gradients:
            gradient.copy_(mean[start : start + gradient.numel()].view(gradient.shape))
            start += gradient.numel()

    def share_work(self, groups: Sequence[Group], update: Update, apply: Apply) -> None:
        """Each rank makes its part of the updates; all apply all of them."""
        places, owners = self._places(groups), self._owners(groups)
        for group, place, owner in zip(groups, places, owners, strict=True):
            if owner == self.rank:
                self._updates[place : place + _numbers(group)] = update(group).float().reshape(-1)
        self._wait()
        for group, place in zip(groups, places, strict=True):
            made = self._updates[place : place + _numbers(group)]
            apply(group, made.view(len(group), group[0].shape[0], -1))

    def agree(self, value: float) -> float:
        """Rank 0's value, for all."""
        if self.rank == 0:
            self._word[0] = value
        self._wait()
        agreed = self._word[0]
        self._wait()
        return agreed

    def _places(self, groups: Sequence[Group]) -> list[int]:
        counts = [_numbers(group) for group in groups]
        return [sum(counts[:index]) for index in range(len(counts))]

    def _owners(self, groups: Sequence[Group]) -> list[int]:
        """The largest first, each to who has least."""
        load, owners = [0.0] * self.world, [0] * len(groups)
        for index in sorted(range(len(groups)), key=lambda index: -_cost(groups[index])):
            owners[index] = load.index(min(load))
            load[owners[index]] += _cost(groups[index])
        return owners

    def _wait(self) -> None:
        try:
            self._barrier.wait(LONGEST_WAIT_S)
        except threading.BrokenBarrierError:
            raise EngineLost(
                "One of the training processes is gone. Go on from the last saved state with --resume."
            ) from None


class Team:
    """Rank 0 here, the other ranks as processes; a context manager that leaves none behind."""

    def __init__(self, world: int, numbers: int, target: Callable[..., None], *arguments: Any) -> None:
        """`target(member, *arguments)` runs in each other process."""
        self._shared = Shared(world, numbers)
        self._others = [
            self._shared.context.Process(
                target=_join, args=(self._shared, rank, target, arguments), daemon=True
            )
            for rank in range(1, world)
        ]

    def __enter__(self) -> Member:
        for process in self._others:
            process.start()
        return Member(self._shared, 0)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._shared.barrier.abort()
        for process in self._others:
            process.join(5)
            if process.is_alive():
                process.terminate()
                process.join()
            process.close()


def _join(shared: Shared, rank: int, target: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # rank 0 hears it and ends us
    torch.set_num_threads(1)
    try:
        target(Member(shared, rank), *arguments)
    except EngineLost:
        pass  # rank 0 has stopped, and says why
    except BaseException:
        shared.barrier.abort()
        raise


def _numbers(group: Group) -> int:
    return sum(parameter.numel() for parameter in group)


def _cost(group: Group) -> float:
    rows = group[0].shape[0]
    return _numbers(group) * min(rows, group[0].numel() // rows)
