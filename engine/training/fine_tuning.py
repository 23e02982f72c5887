"""Everything trained beside a finished model: control, edits, the judge. Examples in, a network out.

Examples lie on the device, so a step waits for nothing; new ones replace the oldest as they are made.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.flop_counter import FlopCounterMode

from engine.api.errors import BadRequest
from engine.api.events import Event, Finished, Loading, Notice
from engine.api.form import Json
from engine.diffusion.devices import device_title
from engine.training.bank import seeded
from engine.training.blocks import Block
from engine.training.checkpoints import State, named, read_state
from engine.training.ema import Average
from engine.training.examples import Examples, Tensors
from engine.training.hardware import prepare
from engine.training.networks import parameters
from engine.training.optim import Optimizer
from engine.training.phase import Work, train
from engine.training.plan import Plan
from engine.training.schedule import Pace

Facts = Mapping[str, str | int | float]
LEAST_MINUTES = 0.05
RESERVE_S = 8.0
"""For saving what was learnt, within the minutes of a call."""


class Task(Protocol):
    """What is trained, and on what."""

    name: str
    ends: tuple[str, ...]
    """Parts of the names of weights that are no maps between hidden layers, so not Muon's."""

    @property
    def network(self) -> torch.nn.Module:
        """Its parameters that want gradients are trained."""
        ...

    def take(self, block: Block) -> Tensors:
        """A block as tensors on the device, one row an example."""
        ...

    def loss(self, rows: Tensors, generator: torch.Generator) -> torch.Tensor: ...

    def compile(self, is_wanted: bool) -> None:
        """Let the networks run compiled, or plainly again."""
        ...

    def preview(self, network: torch.nn.Module) -> NDArray[np.uint8] | None:
        """h x w x 3: what `network`, the averaged one, can do by now."""
        ...

    def export(self, network: torch.nn.Module, facts: Facts) -> None:
        """Save `network` as it is used."""
        ...


def fine_tune(
    task: Task, examples: Examples, plan: Plan, state: Path, device: torch.device
) -> Generator[Event]:
    """Train `task`: `Loading` while the first examples are made, `Step`s with the loss, `Finished`.

    Goes on from the file `state` where there is one, and exports what was learnt at the end, also where the
    iterator is closed before.
    """
    began = time.monotonic()
    prepare(device)
    learner = FineTuning(task, examples, plan, device)
    seconds = 60 * plan.minutes
    reserve = min(RESERVE_S, 0.1 * seconds)
    pace = Deadline(steps=plan.steps, stop_at=began + seconds - reserve if seconds else math.inf)
    work = Work(
        device, plan.seed, compiles=plan.compiles, report_every_s=plan.report_every_s,
        save_every_s=plan.save_every_s, measure_every_s=plan.preview_every_s,
    )  # fmt: skip
    state.parent.mkdir(parents=True, exist_ok=True)
    yield from examples.begin(task.take, blocks_taken(state))
    learner.count_flops()
    loss = math.nan
    try:
        for event in train(learner, pace, work, state):
            loss = float(str(event.extra.get("loss", loss)))
            yield event
    finally:
        facts = learner.exported_facts(pace, loss)
        if pace.done_steps and learner.is_sound:  # what was exported before is better than no numbers
            task.export(learner.average.network, facts)
    yield Finished(0, time.monotonic() - began, {**facts, "done": True})


@contextmanager
def repeatable(seed: int) -> Iterator[None]:
    """Inside, networks that begin by chance begin alike for a seed; afterwards chance is what it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def warm_up(task: Task, examples: Examples, plan: Plan, device: torch.device) -> Generator[Event, None, Plan]:
    """The first examples, and a first pass through the compiler; gives `plan`, plain where that fails.

    For who divides the time of a call between several tasks that share what is compiled.
    """
    prepare(device)
    yield from examples.begin(task.take, 0)
    if not plan.compiles:
        return plan
    yield Loading("compile")
    task.compile(True)
    try:
        FineTuning(task, examples, plan, device).throw_a_step_away()
    except Exception as error:  # whatever a compiler of this platform may raise
        yield Notice("compile_failed", f"{type(error).__name__}: {str(error)[:2000]}")
        task.compile(False)
        return replace(plan, compiles=False)
    return plan


class Deadline(Pace):
    """Without counted steps, the rate falls towards the moment when the call has to end."""

    _share = 0.0

    def go_on(self, steps: int, seconds: float, finished: bool) -> None:
        """Another call has minutes of its own, or may ask for more steps."""
        super().go_on(steps, seconds, finished and bool(self.steps) and steps >= self.steps)

    @property
    def share(self) -> float:
        if self.steps:
            return super().share
        if self._began is None:
            return self._share
        return min(1.0, (time.monotonic() - self._began) / max(1e-3, self.stop_at - self._began))

    def pause(self) -> None:
        self._share = self.share
        super().pause()


class FineTuning:
    """A task as the training loop sees it."""

    warmup, decay = 30, 0.4

    def __init__(self, task: Task, examples: Examples, plan: Plan, device: torch.device) -> None:
        self.task, self.examples, self.plan, self.device = task, examples, plan, device
        self.name, self.samples, self.flops = task.name, plan.batch, 0.0
        self.average = Average(task.network, plan.average)
        self.optimizer = Optimizer(
            task.network.named_parameters(), matrix_rate=plan.matrix_rate, rate=plan.rate, left_out=task.ends
        )
        self._generator = torch.Generator(device)
        self._step = 0

    @property
    def is_sound(self) -> bool:
        """Whether all averaged weights are numbers."""
        return all(bool(weight.isfinite().all()) for weight in self.average.network.parameters())

    def count_flops(self) -> None:
        """Of one step, by one that is thrown away."""
        self.task.compile(False)
        counter = FlopCounterMode(display=False)
        with counter:
            self.throw_a_step_away()
        self.flops = float(counter.get_total_flops())

    def throw_a_step_away(self) -> None:
        self.loss(0, 0.0)[0].backward()
        for weight in self.optimizer.parameters:
            weight.grad = None

    def feed(self, share: float) -> None:
        self.examples.refresh(self.task.take, self._step)

    def loss(self, step: int, share: float) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        chance = seeded(self._generator, self.plan.seed, 0, 0, step)
        chosen = torch.randint(self.examples.count, (self.plan.batch,), device=self.device, generator=chance)
        return self.task.loss(self.examples.rows(chosen), chance), {}

    def follow(self, step: int) -> None:
        self._step = step + 1
        self.average.follow(step)

    def compile(self, wanted: bool) -> None:
        self.task.compile(wanted)

    def state(self) -> dict[str, torch.Tensor]:
        return {
            **named("optimizer", self.optimizer.state()),
            **named("weight", self.task.network.state_dict()),
            **named("average", self.average.network.state_dict()),
        }

    def load(self, state: State) -> None:
        if state.facts["phase"] != self.name:
            raise BadRequest("resume", f"the state there is of {state.facts['phase']}, not of {self.name}")
        self.task.network.load_state_dict(state.part("weight"))
        self.average.network.load_state_dict(state.part("average"))
        self.optimizer.load(state.part("optimizer"))
        self._step = int(str(state.facts["steps"]))

    def facts(self) -> Mapping[str, Json]:
        return {"blocks": self.examples.blocks}

    def measure(self) -> tuple[dict[str, float], NDArray[np.uint8] | None]:
        return {}, self.task.preview(self.average.network)

    def exported_facts(self, pace: Pace, loss: float) -> dict[str, str | int | float]:
        """For the card of what was trained; without a loss where this call learnt nothing."""
        known = {"loss": round(loss, 5)} if math.isfinite(loss) else {}
        return {
            "task": self.name, "steps": pace.done_steps, "samples": pace.done_steps * self.plan.batch,
            "seconds": round(pace.spent_seconds, 1), **known,
            "device": device_title(self.device), "parameters": parameters(self.task.network),
        }  # fmt: skip


def blocks_taken(state: Path) -> int:
    """Before the run of `state` stopped; 0 where there is none."""
    saved = read_state(state)
    return int(str(saved.facts["blocks"])) if saved else 0
