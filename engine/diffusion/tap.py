"""What passes a pipeline's scheduler and networks, step by step, while the pipeline itself runs unchanged.

A pipeline calls its denoiser and `scheduler.step` in a loop of its own. The tap stands at both while
the `with` block lasts and lets *moments* look at what passes, change it, or end it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from engine.diffusion.estimate import NoiseLevel, estimate_clean, noise_level, noise_level_after

if TYPE_CHECKING:
    import torch


CACHES = ("kv_caches",)
"""And what they keep of the pictures that they were shown: the same at every step, whatever the words."""
LATENTS = ("sample", "hidden_states", "x")
"""What networks call their noisy latents."""
TIMES = ("timestep", "t", "timesteps", "timestep_ratio", "r")
"""And their time."""


class Cancelled(BaseException):
    """Raised inside a network to leave it at once. No `except Exception` of a library swallows it."""


class LeaveLoop(BaseException):
    """Raised after a step to leave the pipeline's loop with the latents as they are."""

    latents: torch.Tensor | None = None
    """The finished ones, where it is left at its end."""


@dataclass
class NetworkCall:
    """One call of the denoiser, before and after it."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    step: int
    """1-based: the step that this call is for."""
    forward: Callable[..., Any]
    """The network; gives a tuple that begins with the prediction. A moment may put itself around it."""
    output: torch.Tensor | None = None
    """The prediction, (2B or B) x C x H x W; a moment that sets it *before* the network spares the pass."""
    is_halved: bool = False
    """True where a moment sends only the prompt's half of the batch through."""


@dataclass
class StepState:
    """One call of `scheduler.step`, before and after it."""

    scheduler: Any
    index: int
    """1-based step that this call belongs to; schedulers of second order call twice a step."""
    timestep: torch.Tensor
    sample: torch.Tensor
    """B x C x H x W latents that go in."""
    model_output: torch.Tensor
    """The prediction after guidance."""
    level: NoiseLevel
    """Of `sample`."""
    kwargs: dict[str, Any]
    """What else goes into `scheduler.step`."""
    clean: torch.Tensor = field(init=False)
    """The estimate x0, float32 or tokens; known *after the step*."""
    latents: torch.Tensor = field(init=False)
    """What comes out; known *after the step*."""
    after: NoiseLevel = field(init=False)
    """Of `latents`."""
    is_whole: bool = False
    """True when the step is complete, False between the two calls of a second-order scheduler."""


class Moment:
    """Joins the tap where it overrides a method. What it changes in its argument is what goes on."""

    networks: Sequence[Any] = ()
    """Its own, which run beside the pipeline's: between their blocks, too, one can cancel."""

    def at_start(self, clean: torch.Tensor, noise: torch.Tensor) -> None:
        """The pipeline lays `noise` on the latents `clean` of a start picture, both B x C x H x W."""

    def before_network(self, call: NetworkCall) -> None: ...

    def after_network(self, call: NetworkCall) -> None: ...

    def before_step(self, state: StepState) -> None: ...

    def after_step(self, state: StepState) -> None: ...


class StopBeforeNetwork(Moment):
    """Leaves before the first network pass: by then the scheduler has its timesteps."""

    def before_network(self, call: NetworkCall) -> None:
        raise LeaveLoop


class EndWithLatents(Moment):
    """Leaves after the last of `total` steps a pipeline that would go on to pixels. Stands last."""

    def __init__(self, total: int) -> None:
        self.total = total

    def after_step(self, state: StepState) -> None:
        if state.is_whole and state.index >= self.total:
            left = LeaveLoop()
            left.latents = state.latents
            raise left


class Answer(tuple):
    """What the tap gives for a network or a scheduler: some pipelines ask by place, some by name."""

    @property
    def sample(self) -> Any:
        return self[0]

    prev_sample = sample


class Resume(Protocol):
    """Lets the first steps pass without computing and then puts a kept state in their place."""

    calls: int
    """Calls of `scheduler.step` to pass over."""
    skipped: int
    """Of the schedule's steps those at its beginning that no run of this picture makes."""
    latents: torch.Tensor

    def restore(self, scheduler: Any) -> None:
        """Called once, at the last call that is passed over."""
        ...


class Tap:
    """A context manager around one pipeline's scheduler and networks; on exit they are as before.

    `is_cancelled` is asked before every block of the denoiser and of the VAE, where `Cancelled` is
    raised. Exactly one job may use the pipeline's scheduler: it is stateful.
    """

    def __init__(
        self,
        pipeline: Any,
        moments: Sequence[Moment] = (),
        is_cancelled: Callable[[], bool] = lambda: False,
        resume: Resume | None = None,
    ) -> None:
        self.scheduler = pipeline.scheduler
        self.denoiser = denoiser_of(pipeline)
        self.moments = tuple(moments)
        vae = getattr(pipeline, "vae", None)
        own = [network for moment in moments for network in moment.networks]
        self.networks = (self.denoiser, *([] if vae is None else [vae]), *own)
        self.is_cancelled = is_cancelled
        self.resume = resume
        self._calls = 0
        self._hooks: list[Any] = []
        self._before: list[tuple[Any, str, Any]] = []

    def __enter__(self) -> Tap:
        # Pipelines read the signature of `step` to decide what to pass: without `wraps` an
        # ancestral scheduler would silently lose the picture's generator.
        self._stand_at(self.scheduler, "step", self._step)
        self._stand_at(self.denoiser, "forward", self._forward)
        if hasattr(self.scheduler, "add_noise"):
            self._stand_at(self.scheduler, "add_noise", self._add_noise)
        for network in self.networks:
            for block in blocks_of(network):
                self._hooks.append(block.register_forward_pre_hook(self._stop_if_cancelled))
        return self

    def __exit__(self, *_: object) -> None:
        for owner, name, own in self._before:
            if own is None:
                delattr(owner, name)
            else:
                setattr(owner, name, own)
        self._before.clear()
        for hook in self._hooks:
            hook.remove()
        self._hooks.clear()

    def _stand_at(self, owner: Any, name: str, stand_in: Callable[..., Any]) -> None:
        """Calls of `owner.name` come to `stand_in(owner.name, ...)`; an offload may stand there already."""
        self._before.append((owner, name, vars(owner).get(name)))
        method = getattr(owner, name)
        setattr(owner, name, functools.wraps(method)(functools.partial(stand_in, method)))

    @property
    def _is_passing(self) -> bool:
        return self.resume is not None and self._calls < self.resume.calls

    @property
    def _index(self) -> int:
        """1-based step of the call at hand."""
        skipped = self.resume.skipped if self.resume is not None else 0
        return self._calls // self.scheduler.order + 1 - skipped

    def _stop_if_cancelled(self, *_: object) -> None:
        if self.is_cancelled():
            raise Cancelled

    def _forward(self, forward: Callable[..., Any], *args: Any, **kwargs: Any) -> tuple[torch.Tensor]:
        if is_being_shown(kwargs):
            return forward(*args, **kwargs)
        call = NetworkCall(args, kwargs, self._index, forward)
        if self._is_passing:
            return Answer((stand_in(args, kwargs, self.denoiser),))
        for moment in self.moments:
            moment.before_network(call)
        if call.output is None:
            call.output = call.forward(*call.args, **call.kwargs)[0]
        for moment in self.moments:
            moment.after_network(call)
        assert call.output is not None
        return Answer((call.output,))

    def _add_noise(self, add: Callable[..., Any], clean: Any, noise: Any, *args: Any, **kwargs: Any) -> Any:
        for moment in self.moments:
            moment.at_start(clean, noise)
        return add(clean, noise, *args, **kwargs)

    def _step(
        self, step: Callable[..., Any], model_output: Any, timestep: Any, sample: Any, **kwargs: Any
    ) -> tuple[torch.Tensor]:
        if self._is_passing:
            passed = self._pass()  # some pipelines step both halves of guidance at once
            passed = passed.expand(sample.shape) if passed.shape[0] < sample.shape[0] else passed
            return Answer((passed, passed))
        level = noise_level(self.scheduler, timestep)
        state = StepState(self.scheduler, self._index, timestep, sample, model_output, level, kwargs)
        for moment in self.moments:
            moment.before_step(state)
        if not getattr(self.scheduler, "tells_clean", False):
            state.clean = estimate_clean(self.scheduler, state.model_output, timestep, sample)
        made = step(state.model_output, timestep, state.sample, **state.kwargs)
        state.latents = made[0]
        if getattr(self.scheduler, "tells_clean", False):
            state.clean = made[1]
        self._calls += 1
        state.after = noise_level_after(self.scheduler, timestep)
        state.is_whole = state.after.sigma == 0 or getattr(self.scheduler, "state_in_first_order", True)
        for moment in self.moments:
            moment.after_step(state)
        return Answer((state.latents, *made[1:]))  # some pipelines ask for the estimate besides

    def _pass(self) -> torch.Tensor:
        """The step that was already made."""
        assert self.resume is not None
        self._calls += 1
        if not self._is_passing:
            self.resume.restore(self.scheduler)
        return self.resume.latents


def denoiser_of(pipeline: Any) -> Any:
    """The network that is called at every step."""
    transformer = getattr(pipeline, "transformer", None)
    return pipeline.unet if transformer is None else transformer


def latents_given(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """The noisy latents in a network's arguments; None where they have another name."""
    return args[0] if args else next((kwargs[name] for name in LATENTS if name in kwargs), None)


def is_being_shown(kwargs: dict[str, Any]) -> bool:
    """True for a call that draws nothing: the network looks at a picture before the first step."""
    caches = (kwargs[name] for name in CACHES if kwargs.get(name) is not None)
    return any(cache[0].mode == "write" for cache in caches)  # one for each block


def stand_in(args: tuple[Any, ...], kwargs: dict[str, Any], denoiser: Any) -> Any:
    """Something of the shape that the denoiser would give for these arguments; nobody reads it."""
    sample = latents_given(args, kwargs)
    channels = getattr(getattr(denoiser, "config", None), "out_channels", None)
    if getattr(sample, "ndim", 0) != 4 or not isinstance(channels, int) or channels == sample.shape[1]:
        are_several = isinstance(sample, list) and sample and isinstance(sample[0], list)
        return [pictures[-1] for pictures in sample] if are_several else sample  # behind those that are read
    return sample.new_zeros(sample.shape[0], channels, *sample.shape[2:])


def blocks_of(network: torch.nn.Module) -> Iterator[torch.nn.Module]:
    """The parts of `network` that take turns: what stands in a list and has parts of its own."""
    from torch.nn import ModuleList

    for parent in network.modules():
        if isinstance(parent, ModuleList):
            yield from (
                block for block in parent if block is not None and any(True for _ in block.children())
            )
