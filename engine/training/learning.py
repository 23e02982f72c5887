"""The loop of a teaching: lessons, gradients, steps; a picture now and then, a state that survives a kill."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch

from engine.api.control import Control
from engine.api.errors import Overflow, UnreadableFile
from engine.api.events import Step
from engine.api.form import Json
from engine.api.images import Pixels
from engine.training.checkpoints import State, named, read_state, save_state
from engine.training.optim import can_fuse, like
from engine.training.telling import Words

SAVE_EVERY_S = 20.0
"""At most this much (and the step under way) is lost by a kill."""
SHARE_OF_SAMPLES = 0.1
"""Of the time, that goes into pictures of how far it is."""
LONGEST_BETWEEN_SAMPLES_S = 60.0
WARMUP_STEPS = 10
FALL = 0.4
"""The last share of the training, in which the rate falls to nothing."""
CLIP = 1.0
BETAS, DECAY = (0.9, 0.99), 1e-2
MOST_LOSSES = 4_000
"""Kept with the state, so that the curve is whole after a restart."""


class Learner(Protocol):
    """What learns."""

    @property
    def parameters(self) -> Mapping[str, torch.nn.Parameter]: ...

    @property
    def rate(self) -> float:
        """The highest learning rate."""
        ...

    def losses(self, step: int) -> Iterator[tuple[str, torch.Tensor]]:
        """Name and loss, one after the other; each is sent back before the next is made."""
        ...

    def words(self, prompt: str) -> Words:
        """The embedding of `prompt` as it is now."""
        ...

    def result(self) -> dict[str, torch.Tensor]:
        """What is saved, by the names of the file."""
        ...


@dataclass
class Progress:
    """How far it is; kept with the state."""

    steps: int
    """Wanted; 0 where the time decides."""
    seconds: float
    """Wanted, of learning."""
    step: int = 0
    spent_seconds: float = 0.0
    losses: list[float] = field(default_factory=list)
    """Of the lessons, a number a step; thinned out where there are too many."""

    @property
    def share(self) -> float:
        """0 to 1."""
        if self.steps:
            return min(1.0, self.step / self.steps)
        return min(1.0, self.spent_seconds / self.seconds) if self.seconds > 0 else 1.0

    @property
    def total_steps(self) -> int:
        """Counted, or as many as there will be at the pace so far."""
        return self.steps or max(self.step, round(self.step / max(self.share, 1e-3)))

    @property
    def is_done(self) -> bool:
        return self.step > 0 and self.share >= 1

    def add(self, loss: float, seconds: float) -> None:
        self.step += 1
        self.spent_seconds += seconds
        self.losses.append(loss)
        if len(self.losses) > MOST_LOSSES:
            self.losses = [sum(pair) / 2 for pair in zip(self.losses[::2], self.losses[1::2], strict=False)]


def rate_factor(share: float, step: int) -> float:
    """Of the highest rate: a short warm-up, a plateau, then straight down."""
    return min(1.0, (step + 1) / WARMUP_STEPS) * max(0.01, min(1.0, (1 - share) / FALL))


class Course:
    """One training from its state on disk, or from its beginning, to its end."""

    def __init__(
        self,
        learner: Learner,
        progress: Progress,
        state_file: Path,
        sample: Callable[[], Pixels | None],
        control: Control,
        lessons_key: str = "",
    ) -> None:
        """`sample` draws the fixed prompt as it comes out now; `lessons_key` is equal for equal lessons."""
        self.learner, self.progress, self._lessons_key = learner, progress, lessons_key
        self._state_file, self._sample, self._control = state_file, sample, control
        self._optimizer = torch.optim.AdamW(
            learner.parameters.values(), lr=learner.rate, betas=BETAS, weight_decay=DECAY,
            fused=can_fuse(learner.parameters.values()),
        )  # fmt: skip
        self._sample_seconds = 0.0
        self._last_sample = self._last_save = time.monotonic()

    def resume(self) -> bool:
        """Go on from the state on disk; False where there is none that fits."""
        try:
            state = read_state(self._state_file)
        except UnreadableFile:
            return False  # it was damaged while it lay there: what it held is learnt again
        if state is None or not self._fits(state):
            return False
        self._load(state)
        return True

    def _fits(self, state: State) -> bool:
        """False where the pictures, their words or the base changed since it was saved."""
        kept = {name: tensor.shape for name, tensor in state.part("parameter").items()}
        here = {name: parameter.shape for name, parameter in self.learner.parameters.items()}
        return kept == here and state.facts.get("lessons") == self._lessons_key

    def run(self) -> Iterator[Step]:
        """A `Step` a step, some with a picture; the first, number 0, shows what was there before.

        Ends early where the control says stop and keep. Closed or left by an error, it keeps its state.
        """
        try:
            if self.progress.step == 0:
                yield Step(0, max(1, self.progress.steps), 0.0, self._draw())
            while not self.progress.is_done:
                began = time.monotonic()
                figures = self._step()
                self.progress.add(figures["loss"], time.monotonic() - began)
                is_last = self.progress.is_done or self._control.ends_after(self.progress.step)
                preview = self._draw() if is_last or self._sample_is_due() else None
                yield self._event(figures, preview, time.monotonic() - began)
                if is_last:
                    return
                if time.monotonic() - self._last_save > SAVE_EVERY_S:
                    self.save()
        except BaseException:
            with suppress(Exception):  # the error under way says more than a full disk
                self.save()
            raise

    def save(self) -> None:
        """Raises `CannotSave`."""
        progress = self.progress
        facts: dict[str, Json] = {
            "step": progress.step,
            "spent_seconds": progress.spent_seconds,
            "seconds": progress.seconds,
            "losses": list(progress.losses),
            "lessons": self._lessons_key,
        }
        tensors = named("parameter", {name: p.data for name, p in self.learner.parameters.items()})
        for name, parameter in self.learner.parameters.items():
            kept = self._optimizer.state.get(parameter, {})
            tensors |= {f"adam.{key}.{name}": torch.as_tensor(value) for key, value in kept.items()}
        save_state(self._state_file, tensors, facts)
        self._last_save = time.monotonic()

    def _load(self, state: State) -> None:
        facts: Any = state.facts
        self.progress.step = int(facts["step"])
        self.progress.spent_seconds = float(facts["spent_seconds"])
        self.progress.seconds = float(facts["seconds"])
        self.progress.losses = [float(loss) for loss in facts["losses"]]
        kept = state.part("parameter")
        with torch.no_grad():
            for name, parameter in self.learner.parameters.items():
                parameter.copy_(kept[name])
                self._optimizer.state[parameter] = {
                    key: tensor.to("cpu") if key == "step" else like(tensor, parameter)
                    for key in ("step", "exp_avg", "exp_avg_sq")
                    if (tensor := state.tensors.get(f"adam.{key}.{name}")) is not None
                }

    def _step(self) -> dict[str, float]:
        """One step of learning; its figures. Raises `Overflow` where the loss is no number."""
        figures: dict[str, float] = {}
        for name, loss in self.learner.losses(self.progress.step):
            loss.backward()
            figures[name] = loss.item()
        if not all(map(math.isfinite, figures.values())):
            raise Overflow(
                self.progress.step + 1,
                f"The learning went astray at step {self.progress.step + 1}: its loss is no number any more. "
                "Lower the learning rate and begin again.",
            )
        torch.nn.utils.clip_grad_norm_(self.learner.parameters.values(), CLIP)
        for group in self._optimizer.param_groups:
            group["lr"] = self.learner.rate * rate_factor(self.progress.share, self.progress.step)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        return figures

    def _event(self, figures: Mapping[str, float], preview: Pixels | None, seconds: float) -> Step:
        extra: dict[str, Json] = {name: round(value, 6) for name, value in figures.items()}
        extra["share"] = round(self.progress.share, 4)
        return Step(self.progress.step, self.progress.total_steps, 0.0, preview, seconds=seconds, extra=extra)

    def _sample_is_due(self) -> bool:
        since = time.monotonic() - self._last_sample
        return since > min(LONGEST_BETWEEN_SAMPLES_S, self._sample_seconds / SHARE_OF_SAMPLES)

    def _draw(self) -> Pixels | None:
        began = time.monotonic()
        pixels = self._sample()
        self._last_sample = time.monotonic()
        self._sample_seconds = self._last_sample - began
        if not self.progress.steps:
            self.progress.spent_seconds += self._sample_seconds
        return pixels
