"""Steps of the pictures made lately, kept whole so that one can go on from any of them."""

from __future__ import annotations

import hashlib
import json
import math
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from engine.api.request import GenerationRequest
from engine.diffusion.estimate import NoiseLevel, at_level, noise_level
from engine.diffusion.guidance import SparseGuidance
from engine.diffusion.readback import begin_readback, wait_for
from engine.diffusion.tap import Moment, StepState

if TYPE_CHECKING:
    import torch

REMADE = ("noise_sampler", "noise_sampler_seed")
"""Scheduler attributes that belong to the seed (a branch may have another): made from it, to the bit."""


@dataclass(frozen=True, eq=False)
class KeptStep:
    """Everything that the steps after this one depend on."""

    step: int
    """1-based."""
    total: int
    latents: torch.Tensor
    """B x C x H x W, as the scheduler keeps them, on the processor."""
    clean: torch.Tensor
    """The estimate x0 of this step, float32."""
    after: NoiseLevel
    """Of `latents`."""
    scheduler_state: dict[str, Any]
    """Counters and history; not the tables that the same configuration gives again."""
    generator_state: torch.Tensor
    guidance_memory: tuple[torch.Tensor, ...] = ()
    """Of `SparseGuidance`."""

    @cached_property
    def bytes(self) -> int:
        tensors = [self.latents, self.clean, self.generator_state, *self.guidance_memory]
        tensors += _tensors_in(self.scheduler_state)
        return sum(tensor.numel() * tensor.element_size() for tensor in tensors)

    def to(self, dtype: torch.dtype) -> KeptStep:
        """This step for a network in another format. Tables and noise levels keep theirs."""
        import torch

        def cast(value: Any) -> Any:
            if isinstance(value, torch.Tensor) and value.shape == self.latents.shape:
                return value.to(dtype) if value.is_floating_point() else value
            if isinstance(value, (list, tuple)):
                return type(value)(map(cast, value))
            return value

        return replace(
            self,
            latents=cast(self.latents),
            scheduler_state={name: cast(value) for name, value in self.scheduler_state.items()},
            guidance_memory=cast(self.guidance_memory),
        )


class KeptSteps:
    """The kept steps of this process, the least used dropped beyond `limit_bytes`. Thread-safe."""

    def __init__(self, limit_bytes: int = 512 << 20) -> None:
        self.limit_bytes = limit_bytes
        self.bytes = 0
        self._steps: OrderedDict[tuple[str, int], KeptStep] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, key: str, kept: KeptStep) -> None:
        with self._lock:
            self._drop((key, kept.step))
            self._steps[key, kept.step] = kept
            self.bytes += kept.bytes
            while self.bytes > self.limit_bytes:
                self._drop(next(iter(self._steps)))

    def get(self, key: str, step: int) -> KeptStep | None:
        with self._lock:
            kept = self._steps.get((key, step))
            if kept is not None:
                self._steps.move_to_end((key, step))
            return kept

    def clear(self) -> None:
        with self._lock:
            self._steps.clear()
            self.bytes = 0

    def _drop(self, name: tuple[str, int]) -> None:
        dropped = self._steps.pop(name, None)
        if dropped is not None:
            self.bytes -= dropped.bytes


def key_of(request: GenerationRequest, image_index: int, model: str, dtype: str) -> str:
    """Equal exactly where the same model in the same number format makes the same steps.

    `model` is its `LoadedModel.identity`.
    """
    form = json.dumps(request.one_image(image_index).to_json(), sort_keys=True)
    return hashlib.sha256(f"{model}\n{dtype}\n{form}".encode("utf-8", "surrogatepass")).hexdigest()


class KeepSteps(Moment):
    """Puts every whole step of one picture into `store` under `key`."""

    def __init__(
        self,
        store: KeptSteps,
        key: str,
        generator: torch.Generator,
        total: int,
        guidance: SparseGuidance | None = None,
    ) -> None:
        self.store, self.key, self.generator, self.total = store, key, generator, total
        self.guidance = guidance
        self._tables: dict[str, Any] | None = None

    def before_step(self, state: StepState) -> None:
        if self._tables is None:
            self._tables = dict(vars(state.scheduler))

    def after_step(self, state: StepState) -> None:
        if not state.is_whole:
            return
        assert self._tables is not None
        kept = KeptStep(
            step=state.index,
            total=self.total,
            latents=begin_readback(state.latents),
            clean=begin_readback(state.clean),
            after=state.after,
            scheduler_state=_changed(state.scheduler, self._tables),
            generator_state=self.generator.get_state(),
            guidance_memory=self.guidance.memory if self.guidance is not None else (),
        )
        self.store.put(self.key, kept)


def _changed(scheduler: Any, tables: dict[str, Any]) -> dict[str, Any]:
    """A copy of what a run changes in `scheduler`; `tables` are its attributes when the run began.

    A tensor, array or configuration that is still the same object is a table.
    """
    kept = {
        name: value
        for name, value in vars(scheduler).items()
        if name not in REMADE and not callable(value)
        if not (tables.get(name) is value and _is_table(value))
    }
    return _copied(kept)


def _copied(value: Any) -> Any:
    """`value` with containers of its own; the tensors are shared, for schedulers make new ones."""
    if isinstance(value, dict):
        return {name: _copied(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return value


def _is_table(value: Any) -> bool:
    return not isinstance(value, (int, float, str, list, dict, type(None))) or hasattr(
        value, "_FrozenDict__frozen"
    )


def _tensors_in(value: Any) -> list[torch.Tensor]:
    if hasattr(value, "element_size"):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return [tensor for item in items for tensor in _tensors_in(item)]


class ResumeExactly:
    """Goes on from `kept` with the scheduler and steps it was made with. Implements `tap.Resume`."""

    def __init__(
        self,
        kept: KeptStep,
        order: int,
        generator: torch.Generator | None,
        device: torch.device,
        skipped: int = 0,
    ) -> None:
        """`generator` is set to where it was; None leaves the picture its own noise."""
        wait_for(device)  # a picture that was cancelled may have left `kept` on its way here
        self.skipped = skipped
        self.calls = (skipped + kept.step) * order
        self.latents = kept.latents.to(device)
        self._kept, self._generator = kept, generator

    def restore(self, scheduler: Any) -> None:
        vars(scheduler).update(_copied(self._kept.scheduler_state))
        if self._generator is not None:
            self._generator.set_state(self._kept.generator_state)


class ResumeNearby:
    """Goes on from `kept` in another schedule, at the step whose noise level is nearest.

    Multistep schedulers begin anew there, without history.
    """

    def __init__(
        self,
        kept: KeptStep,
        scheduler: Any,
        generator: torch.Generator | None,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        """`scheduler` is a spare one of the new kind, with its timesteps set."""
        wait_for(device)
        self.skipped = 0
        levels = [*step_levels(scheduler), NoiseLevel(1.0, 0.0)]
        step = _nearest(levels, kept.after)
        self.calls = step * scheduler.order
        latents = kept.latents
        if latents.is_floating_point():  # open tokens are decided by any schedule
            latents = at_level(latents.float(), kept.clean, kept.after, levels[step]).to(dtype)
        self.latents = latents.to(device)
        self._kept, self._generator = kept, generator

    def restore(self, scheduler: Any) -> None:
        if hasattr(scheduler, "_step_index"):
            scheduler._step_index = self.calls
        if self._generator is not None:
            self._generator.set_state(self._kept.generator_state)


class BeginMidway:
    """An image-to-image run of a pipeline that only knows how to begin in noise. Implements `tap.Resume`.

    The first steps are passed over, and `latents` (the start picture with that much noise) put in place.
    """

    def __init__(self, skipped: int, order: int, latents: torch.Tensor) -> None:
        self.skipped = skipped
        self.calls = skipped * order
        self.latents = latents

    def restore(self, scheduler: Any) -> None:
        if hasattr(scheduler, "_step_index"):
            scheduler._step_index = self.calls


def step_levels(scheduler: Any) -> list[NoiseLevel]:
    """The noise level that each step starts at; `scheduler` has its timesteps set and is spoilt by this."""
    starts = scheduler.timesteps[:: scheduler.order]
    levels = []
    for step, timestep in enumerate(starts):
        if hasattr(scheduler, "_step_index"):
            scheduler._step_index = step * scheduler.order
        levels.append(noise_level(scheduler, timestep))
    return levels if levels[-1].sigma else levels[:-1]  # some schedules tell where they end, too


def _nearest(levels: list[NoiseLevel], wanted: NoiseLevel) -> int:
    """The place of the level that is nearest in log-SNR; the last, which is clean, only for a clean one."""
    if wanted.sigma == 0:
        return len(levels) - 1
    distances = [abs(math.log(level.ratio / wanted.ratio)) for level in levels[:-1]]
    return distances.index(min(distances))
