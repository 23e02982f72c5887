"""What a denoiser of any family is told besides noisy latents and a time: as its own pipeline tells it.

The stock pipeline is run up to where it calls its network, and what it hands over is kept. So no family's
way to bring words, sizes and places to its network is written down here a second time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from typing import TYPE_CHECKING, Any

import torch

from engine.api.errors import UnsupportedModel
from engine.api.images import Extent
from engine.diffusion import schedulers
from engine.families.family import Inputs, Task
from engine.families.loaded_model import LoadedModel

if TYPE_CHECKING:
    from collections.abc import Callable

LATENTS = ("sample", "hidden_states")
"""What networks call their noisy latents."""
TIME = "timestep"
Words = Mapping[str, torch.Tensor]
"""A prompt's embedding, by the names of the pipeline's arguments."""


@dataclass(frozen=True, eq=False)
class Told:
    """The network's arguments for one prompt and size; B rows after `together`."""

    latents: str
    """The argument that takes the noisy latents."""
    arguments: Mapping[str, Any]
    """All others but the time."""
    time_scale: float
    """What the network's time is, of the scheduler's."""

    def to(self, device: torch.device | str) -> Told:
        return Told(self.latents, _each(self.arguments, lambda tensor: tensor.to(device)), self.time_scale)


class Caught(BaseException):
    """What was handed to the network; it ends the pipeline's run."""

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        super().__init__()
        self.arguments = arguments


def told(model: LoadedModel, words: Words, size: Extent) -> Told:
    """What the denoiser of `model` is told for `words` and a picture of `size`, without guidance.

    A network that was taught its guidance is told the one that the model's makers recommend.
    """
    sampling = model.info.defaults.sampling
    guidance = 1.0 if model.is_guided(max(sampling.guidance, 2.0)) else sampling.guidance
    call = {
        **words,
        "num_inference_steps": 2,
        "generator": torch.Generator("cpu").manual_seed(0),
        "output_type": "latent",
        "return_dict": False,
        **model.arguments(Inputs(size, None, None, 1.0, guidance, 0.0)),
    }
    scheduler = schedulers.build(sampling.scheduler, model.scheduler_config, 0, 2)
    pipeline = model.pipeline(Task.TEXT_TO_IMAGE, scheduler)
    names = signature(model.denoiser.forward)

    def catch(_network: Any, positional: Sequence[Any], named: Mapping[str, Any]) -> None:
        raise Caught(names.bind(*positional, **named).arguments)

    hook = model.denoiser.register_forward_pre_hook(catch, with_kwargs=True, prepend=True)
    try:
        with torch.no_grad():
            pipeline(**model.finished_call(call))
    except Caught as caught:
        arguments = dict(caught.arguments)
    else:
        raise UnsupportedModel(
            f"{model.info.title} never called its network, so it cannot be taught. Choose another model.",
            model=model.info.name,
        )
    finally:
        hook.remove()
    latents = next(name for name in LATENTS if name in arguments)
    time = float(torch.as_tensor(arguments[TIME]).flatten()[0])
    rest = {name: value for name, value in arguments.items() if name not in (latents, TIME, "return_dict")}
    return Told(latents, _each(rest, torch.clone), time / float(scheduler.timesteps[0]))


def together(several: Sequence[Told]) -> Told:
    """One after the other along the first axis; what has no axis for pictures is the same for all."""
    first = several[0]
    joined = {name: _joined([each.arguments[name] for each in several]) for name in first.arguments}
    return Told(first.latents, joined, first.time_scale)


def answer(network: Any, told: Told, latents: torch.Tensor, timesteps: torch.Tensor) -> torch.Tensor:
    """What `network` says of `latents`, packed as it has them, at the scheduler's `timesteps` (B)."""
    dtype = network.dtype
    arguments = _each(
        told.arguments, lambda tensor: tensor.to(dtype) if tensor.is_floating_point() else tensor
    )
    time = timesteps * told.time_scale if told.time_scale != 1 else timesteps
    given = {told.latents: latents.to(dtype), TIME: time, **arguments, "return_dict": False}
    return network(**given)[0]


def denoised(model: LoadedModel, told: Told, noisy: torch.Tensor, timesteps: torch.Tensor) -> torch.Tensor:
    """What the denoiser of `model` says of `noisy` (B x C x h x w), of the same shape."""
    rows, columns = noisy.shape[-2:]
    cell = model.space.cell_px
    said = answer(model.denoiser, told, model.packing.pack(noisy), timesteps)
    return model.packing.unpack(said, Extent(columns * cell, rows * cell), cell)


class Tellings:
    """What the network is told for prompts and sizes, each found once. On the model's device."""

    def __init__(self, model: LoadedModel, read: Callable[[str], Words]) -> None:
        self._model, self._read = model, read
        self._known: dict[tuple[str, Extent], Told] = {}

    def of(self, words: Sequence[str], size: Extent) -> Told:
        return together([self._of(each, size) for each in words])

    def _of(self, words: str, size: Extent) -> Told:
        if (words, size) not in self._known:
            self._known[words, size] = told(self._model, self._read(words), size)
        return self._known[words, size]


def _joined(values: Sequence[Any]) -> Any:
    first = values[0]
    if isinstance(first, dict):
        return {name: _joined([value[name] for value in values]) for name in first}
    if isinstance(first, torch.Tensor) and first.ndim and first.shape[0] == 1:
        return torch.cat(list(values))
    return first


def _each(value: Any, change: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    """`value` with every tensor in it changed."""
    if isinstance(value, torch.Tensor):
        return change(value)
    if isinstance(value, Mapping):
        return {name: _each(part, change) for name, part in value.items()}
    return value
