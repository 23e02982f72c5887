"""The loop that every network here learns in: feed, loss, step, average; events, pauses, saved states."""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import torch

from engine.api.errors import Overflow
from engine.api.events import Event, Loading, Notice, Step
from engine.api.form import Json
from engine.api.images import Pixels
from engine.training.checkpoints import State, read_state, save_state
from engine.training.hardware import peak_flops, synchronize
from engine.training.optim import Optimizer
from engine.training.ranks import Alone, Ranks
from engine.training.schedule import Pace, learning_rate


@dataclass(frozen=True)
class Work:
    """Where and how carefully training runs; the same for all phases."""

    device: torch.device
    seed: int = 0
    ranks: Ranks = field(default_factory=Alone)
    compiles: bool = False
    """Through `torch.compile`, where it works; the shapes never change."""
    report_every_s: float = 5.0
    save_every_s: float = 120.0
    measure_every_s: float = 60.0
    """How often the average network is measured and its pictures shown."""
    steps_a_call: int = 0
    """Stop as if time were up after so many steps of a call; 0: never."""


class Learner(Protocol):
    """What one phase trains."""

    name: str
    optimizer: Optimizer
    samples: int
    """Of one step, on one rank."""
    warmup: int
    decay: float

    @property
    def flops(self) -> float:
        """Of one step, forwards and backwards, on one rank."""
        ...

    def feed(self, share: float) -> None:
        """New scenes for the next step."""

    def loss(self, step: int, share: float) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """What to make smaller, and figures to report; none of them is waited for."""
        ...

    def follow(self, step: int) -> None:
        """After a step: the average weights."""

    def compile(self, wanted: bool) -> None:
        """Compute the loss through `torch.compile`, or plainly again."""

    def state(self) -> dict[str, torch.Tensor]: ...

    def load(self, state: State) -> None: ...

    def facts(self) -> Mapping[str, Json]:
        """What else has to be known to go on."""
        ...

    def measure(self) -> tuple[dict[str, float], Pixels | None]:
        """Figures of the average network on what it never learnt from, and a picture to look at."""
        ...


def train(learner: Learner, pace: Pace, work: Work, path: Path | None) -> Iterator[Event]:
    """Train until `pace` is done or says stop. The state at `path` is gone on from, and kept up to date.

    Closing the iterator cancels; what was learnt since the last saved state is then lost.
    Raises `Overflow` where the loss is no number any more; the state on disk is from before.
    """
    if path is not None and (state := read_state(path)) is not None:
        yield Loading("state", extra={"phase": learner.name})
        resume(learner, pace, state)
        if pace.finished:
            return
    if work.compiles and not pace.is_done:
        yield from _compile(learner, work, pace.done_steps)
    clock = Clock(learner, work, pace)
    pace.start()
    while True:
        share = work.ranks.agree(1.0 if pace.must_stop else pace.share)
        if share >= 1 or clock.has_stepped_enough:
            break
        learner.feed(share)
        loss, figures = learner.loss(pace.done_steps, share)
        loss.backward()
        norm = learner.optimizer.step(learning_rate(share, pace.done_steps, learner.warmup, learner.decay))
        learner.follow(pace.done_steps)
        pace.done_steps += 1
        clock.add({"loss": loss.detach(), "gradient": norm, **figures})
        if clock.may_report and not (pace.is_done or pace.must_stop):  # then the last report says it
            yield clock.report(share)
        if path is not None and clock.may_save:
            clock.check()
            keep(learner, pace, path, work)
    synchronize(work.device)
    pace.finished = work.ranks.agree(float(pace.is_done)) >= 1
    pace.pause()
    if clock.has_figures:
        yield clock.report(pace.share, last=True)
    if path is not None:
        keep(learner, pace, path, work)


def resume(learner: Learner, pace: Pace, state: State) -> None:
    """Go on from `state`: weights, average, optimizer, and how far it was."""
    learner.load(state)
    steps, seconds = int(str(state.facts["steps"])), float(str(state.facts["seconds"]))
    pace.go_on(steps, seconds, bool(state.facts["done"]))


def keep(learner: Learner, pace: Pace, path: Path, work: Work) -> None:
    """Rank 0 keeps the state; the others have the same weights."""
    if work.ranks.rank == 0:
        facts = {"phase": learner.name, "steps": pace.done_steps, "seconds": pace.spent_seconds}
        facts["done"] = pace.finished
        save_state(path, learner.state(), {**facts, **learner.facts()})


def _compile(learner: Learner, work: Work, step: int) -> Generator[Event, None, None]:
    """A first pass through the compiler, outside the clock of the phase; without it where it fails."""
    yield Loading("compile", extra={"phase": learner.name})
    began = time.monotonic()
    learner.compile(True)
    try:
        _dry_run(learner, work, step)
    except Exception as error:  # whatever a compiler of this platform may raise
        yield Notice("compile_failed", f"{type(error).__name__}: {str(error)[:2000]}")
        learner.compile(False)
        _dry_run(learner, work, step)
    seconds = round(time.monotonic() - began, 1)
    yield Notice("compiled", f"{seconds} s", {"phase": learner.name, "seconds": seconds})


def _dry_run(learner: Learner, work: Work, step: int) -> None:
    for _ in range(2):  # the first compiles, the second shows that nothing is compiled again
        loss, _figures = learner.loss(step, 0.0)
        loss.backward()
    for parameter in learner.optimizer.parameters:
        parameter.grad = None
    synchronize(work.device)


class Clock:
    """Speed and figures between two reports. Reading a figure waits for the device, so it is done rarely."""

    def __init__(self, learner: Learner, work: Work, pace: Pace) -> None:
        self._learner, self._work, self._pace = learner, work, pace
        self._peak = peak_flops(work.device) * work.ranks.world if work.ranks.rank == 0 else 1.0
        self._sums: dict[str, torch.Tensor] = {}
        self._count, self._steps = 0, 0
        self._reported = self._saved = self._measured = time.monotonic()

    def add(self, figures: dict[str, torch.Tensor]) -> None:
        for name, value in figures.items():
            seen = self._sums.get(name)
            self._sums[name] = value.detach().float() if seen is None else seen + value.detach()
        self._count += 1
        self._steps += 1

    @property
    def has_figures(self) -> bool:
        return self._count > 0

    @property
    def has_stepped_enough(self) -> bool:
        return 0 < self._work.steps_a_call <= self._steps

    @property
    def may_report(self) -> bool:
        return self._work.ranks.rank == 0 and self._since(self._reported) >= self._work.report_every_s

    @property
    def may_save(self) -> bool:
        if self._since(self._saved) < self._work.save_every_s:
            return False
        self._saved = time.monotonic()
        return True

    def check(self) -> None:
        """Raises `Overflow` where a step since the last report was made of no numbers: nothing to keep."""
        for name in ("loss", "gradient"):
            if name in self._sums and not math.isfinite(float(self._sums[name])):
                raise Overflow(
                    self._pace.done_steps,
                    f"The {name} of the {self._learner.name} is no number after step "
                    f"{self._pace.done_steps}. The last saved state is from before; go on from it with "
                    "another seed.",
                )

    def report(self, share: float, last: bool = False) -> Step:
        """The event of the steps since the last report; raises `Overflow`."""
        self.check()
        means = {name: float(value) / self._count for name, value in self._sums.items()}
        seconds, world = self._since(self._reported), self._work.ranks.world
        speed = self._count / seconds
        preview = None
        if last or self._since(self._measured) >= self._work.measure_every_s:
            measured, preview = self._learner.measure()
            means |= measured
            self._measured = time.monotonic()
        flops = speed * self._learner.flops * world
        extra: dict[str, Json] = {
            "phase": self._learner.name,
            **{name: round(value, 5) for name, value in means.items()},
            "samples": self._pace.done_steps * self._learner.samples * world,
            "samples_per_second": round(speed * self._learner.samples * world, 1),
            "teraflops": round(flops / 1e12, 3),
            "of_peak": round(flops / self._peak, 4),
            "share": round(share, 4),
        }
        self._sums, self._count = {}, 0
        self._reported = time.monotonic()
        return Step(self._pace.done_steps, self._pace.total_steps, 0.0, preview, seconds=seconds, extra=extra)

    @staticmethod
    def _since(moment: float) -> float:
        return time.monotonic() - moment
