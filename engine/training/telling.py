"""What a denoiser of any family is told besides noisy latents and a time: as its own pipeline tells it.

The stock pipeline is run up to where it calls its network, and what it hands over is kept. So no family's
way to bring words, sizes and places to its network is written down here a second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from inspect import signature
from typing import TYPE_CHECKING, Any

import torch

from engine.api.errors import UnsupportedModel
from engine.api.images import Extent
from engine.diffusion import schedulers
from engine.diffusion.flow_schedulers import is_flow_config
from engine.diffusion.tap import LeaveLoop, Moment, NetworkCall, StepState, Tap
from engine.families.family import Inputs, Task
from engine.families.loaded_model import LoadedModel
from engine.training.speaking import Form, Heard, NotUnderstood, form_of, is_near, same

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS = 3
"""Asked of the pipeline; no more than two are made."""
Words = Mapping[str, torch.Tensor]
"""A prompt's embedding, by the names of the pipeline's arguments."""


@dataclass(frozen=True, eq=False)
class Told:
    """The network's arguments for one prompt and size; B rows after `together`."""

    form: Form
    """How it takes the noisy latents and the time, and how its answer is read."""
    arguments: Mapping[str, Any]
    """All others."""

    def to(self, device: torch.device | str) -> Told:
        return Told(self.form, _each(self.arguments, lambda tensor: tensor.to(device)))

    def saying(self, before: Words, now: Words) -> Told:
        """The same for other words of as many tokens, into which gradients can run.

        Itself where none of what it says is what the words became.
        """
        changed: list[str] = []

        def exchanged(tensor: torch.Tensor) -> torch.Tensor:
            name = next((name for name, known in before.items() if same(tensor, known)), None)
            if name is None:
                return tensor
            changed.append(name)
            return now[name]

        arguments = _each(self.arguments, exchanged)
        return Told(self.form, arguments) if changed else self


def told(model: LoadedModel, words: Words, size: Extent, form: Form | None = None) -> Told:
    """What the denoiser of `model` is told for `words` and a picture of `size`, without guidance.

    `form` is the model's, where it is known: then its network does not run. A network that was taught its
    guidance is told the one that the model's makers recommend.
    """
    calls = list(overheard(model, words, size, 1 if form is not None else 2))
    if form is None:
        try:
            form = form_of(calls, model.packing)
        except NotUnderstood as error:
            raise UnsupportedModel(
                f"{model.info.title} cannot be taught: {error}. Choose another model.", model=model.info.name
            ) from error
        form = replace(form, in_batches=_goes_in_batches(model, _told(form, calls[0]), calls[0]))
    return _told(form, calls[0])


def _told(form: Form, heard: Heard) -> Told:
    rest = {name: value for name, value in heard.arguments.items() if name not in form.own}
    return Told(form, _each(rest, torch.clone))


def _goes_in_batches(model: LoadedModel, told: Told, heard: Heard) -> bool:
    """Tried with the same picture twice: not every argument has its pictures along the first axis."""
    assert heard.sample is not None
    one, time = heard.sample, torch.full((1,), heard.time, device=heard.sample.device)
    with torch.no_grad():
        alone = answer(model.denoiser, told, one, time)
        try:
            twice = answer(
                model.denoiser, together([told, told]) or told, torch.cat([one, one]), torch.cat([time, time])
            )
        except (RuntimeError, ValueError, IndexError, NotUnderstood):
            return False
    return twice.shape[0] == 2 and all(is_near(half, alone) for half in twice.split(1))


def overheard(model: LoadedModel, words: Words, size: Extent, steps: int) -> list[Heard]:
    """What the pipeline says to its network in its first `steps`, and what it makes of the answers."""
    sampling = model.info.defaults.sampling
    unguided = next((scale for scale in (1.0, 0.0) if not model.is_guided(scale)), 1.0)
    guidance = unguided if model.is_guided(max(sampling.guidance, 2.0)) else sampling.guidance
    call = {
        **words,
        "num_inference_steps": STEPS,
        "generator": torch.Generator("cpu").manual_seed(0),
        "output_type": "latent",
        "return_dict": False,
        **model.arguments(Inputs(size, None, None, 1.0, guidance, 0.0)),
    }
    plain = "euler" if is_flow_config(model.scheduler_config) else "ddim"  # which takes latents as they are
    pipeline = model.pipeline(Task.TEXT_TO_IMAGE, schedulers.build(plain, model.scheduler_config, 0, STEPS))
    ear = Ear(model.denoiser, steps)
    with torch.no_grad(), Tap(pipeline, [ear]), _left_early():
        pipeline(**model.finished_call(call))
    if not ear.heard:
        raise UnsupportedModel(
            f"{model.info.title} never called its network, so it cannot be taught. Choose another model.",
            model=model.info.name,
        )
    return ear.heard


@contextmanager
def _left_early() -> Iterator[None]:
    try:
        yield
    except LeaveLoop:
        pass


class Ear(Moment):
    """Listens to the first steps of a pipeline. Of a single one it hears the arguments and no answer."""

    def __init__(self, network: Any, steps: int) -> None:
        self._names, self._steps = signature(network.forward), steps
        self.heard: list[Heard] = []

    def before_network(self, call: NetworkCall) -> None:
        self.heard.append(Heard(dict(self._names.bind(*call.args, **call.kwargs).arguments)))
        if self._steps == 1:
            raise LeaveLoop

    def after_network(self, call: NetworkCall) -> None:
        self.heard[-1].answer = call.output

    def after_step(self, state: StepState) -> None:
        last = self.heard[-1]
        last.sample, last.made, last.time = state.sample, state.model_output, float(state.timestep)
        if len(self.heard) >= self._steps:
            raise LeaveLoop


def together(several: Sequence[Told]) -> Told | None:
    """One after the other along the first axis; what has no axis for pictures is the same for all.

    None where they cannot be put beside each other: then each goes through the network by itself.
    """
    first = several[0]
    try:
        joined = {name: _joined([each.arguments[name] for each in several]) for name in first.arguments}
    except Unequal:
        return None
    return Told(first.form, joined)


def answer(network: Any, told: Told, latents: torch.Tensor, timesteps: torch.Tensor) -> torch.Tensor:
    """What `network` says of `latents`, packed as pipelines have them, at a scheduler's `timesteps` (B)."""
    dtype = network.dtype
    arguments = _each(
        told.arguments, lambda tensor: tensor.to(dtype) if tensor.is_floating_point() else tensor
    )
    given = told.form.given(latents.to(dtype), timesteps)
    return told.form.read(network(**given, **arguments)[0], latents)


def denoised(
    model: LoadedModel, several: Sequence[Told], noisy: torch.Tensor, timesteps: torch.Tensor
) -> torch.Tensor:
    """What the denoiser of `model` says of `noisy` (B x C x h x w), of the same shape; a `Told` for each."""
    rows, columns = noisy.shape[-2:]
    cell = model.space.cell_px
    packed = model.packing.pack(noisy)
    joined = together(several) if len(several) == 1 or several[0].form.in_batches else None
    if joined is not None:
        said = answer(model.denoiser, joined, packed, timesteps)
    else:
        singly = zip(several, packed.split(1), timesteps.split(1), strict=True)
        said = torch.cat([answer(model.denoiser, *one) for one in singly])
    return model.packing.unpack(said, Extent(columns * cell, rows * cell), cell)


class Tellings:
    """What the network is told for prompts and sizes, each found once. On the model's device."""

    def __init__(self, model: LoadedModel, read: Callable[[str], Words]) -> None:
        self._model, self._read = model, read
        self._known: dict[tuple[str, Extent], Told] = {}
        self._form: Form | None = None

    def of(self, words: Sequence[str], size: Extent) -> list[Told]:
        return [self._of(each, size) for each in words]

    def _of(self, words: str, size: Extent) -> Told:
        if (words, size) not in self._known:
            found = told(self._model, self._read(words), size, self._form)
            self._known[words, size], self._form = found, found.form
        return self._known[words, size]


class Unequal(Exception):
    """Things that cannot be put beside each other."""


def _joined(values: Sequence[Any]) -> Any:
    first = values[0]
    if any(
        (value is None) != (first is None) for value in values
    ):  # some pipelines mask only what is shorter
        raise Unequal
    if isinstance(first, Mapping):
        return {name: _joined([value[name] for value in values]) for name in first}
    if isinstance(first, list) and len(first) == 1:  # one thing a picture
        return [thing for value in values for thing in value]
    if isinstance(first, tuple):
        return tuple(_joined(parts) for parts in zip(*values, strict=True))
    if isinstance(first, torch.Tensor) and first.ndim and first.shape[0] == 1:
        if any(value.shape != first.shape for value in values):
            raise Unequal
        return torch.cat(list(values))
    if not all(same(first, value) for value in values[1:]):
        raise Unequal
    return first


def _each(value: Any, change: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    """`value` with every tensor in it changed."""
    if isinstance(value, torch.Tensor):
        return change(value)
    if isinstance(value, Mapping):
        return {name: _each(part, change) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_each(part, change) for part in value)
    return value
