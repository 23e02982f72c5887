"""Weights in 8 bits: a row of a layer is whole numbers and one scale, and is unpacked layer by layer in use.

Half the memory of 16 bits, on every device; of a row the error is at most half a step of 1/127 of its largest
weight (symmetric absmax by channel, https://arxiv.org/abs/2004.09602). LoRAs go around such a layer as around
any other. Floats of 8 bits keep three bits of each number, and a processor reads them thirty times as slowly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    from engine.checkpoints.weights import State

LEAST_NUMBERS = 16_384
"""Layers with fewer keep their format: there is nothing to gain, and the first and last are among them."""
SCALE = ".scale"
WEIGHT = ".weight"

_is_wanted: ContextVar[bool] = ContextVar("in_eight_bits", default=False)


@contextmanager
def in_eight_bits(is_wanted: bool = True) -> Iterator[None]:
    """Networks that are loaded inside are packed while they are read, where `packable` names layers."""
    token = _is_wanted.set(is_wanted)
    try:
        yield
    finally:
        _is_wanted.reset(token)


def packable(network: Any) -> Callable[[str], bool]:
    """Whether the tensor of that name is to be packed in `network`, which has no weights yet.

    The autoencoder is not: it is small, and its last layers are the picture.
    """
    if not _is_wanted.get() or hasattr(network, "decode"):
        return lambda name: False
    from torch.nn import Conv2d, Linear

    tied = getattr(network, "_tied_weights_keys", None) or ()  # the other one would not be packed
    names = {
        name + WEIGHT
        for name, module in network.named_modules()
        if type(module) in (Linear, Conv2d) and module.weight.numel() >= LEAST_NUMBERS
    }
    return names.difference(tied).__contains__


def put_packed(state: State, name: str, weight: torch.Tensor) -> None:
    """`weight` as `name` into `state`, packed. What holds no numbers stays as it is, for others to find."""
    if not weight.is_floating_point() or not weight.float().abs().amax().isfinite():
        state[name] = weight
        return
    from engine.checkpoints.eight_bits.layers import pack  # imports torch

    state[name], state[name.removesuffix(WEIGHT) + SCALE] = pack(weight)


def pack_all(state: State, is_packable: Callable[[str], bool]) -> None:
    """Of a state that is whole in memory already; each tensor goes as its packed one comes."""
    for name in [name for name in state if is_packable(name)]:
        put_packed(state, name, state.pop(name))


def put_in(network: Any, state: State) -> None:
    """The layers of `network` whose weights in `state` are packed become such that unpack them in use."""
    names = [name.removesuffix(SCALE) for name in state if _is_scale(name, state)]
    if not names:
        return
    import torch

    from engine.checkpoints.eight_bits.layers import packed_like  # imports torch

    unpacked = {tensor.dtype for name, tensor in state.items() if not _is_scale(name, state)}
    # a few layers may keep 32 bits where all others have 16
    half = (dtype for dtype in unpacked if dtype in (torch.float16, torch.bfloat16))
    dtype = next(half, torch.float32)
    modules = dict(network.named_modules())
    for name in names:
        above, _, child = name.rpartition(".")
        setattr(modules[above] if above else network, child, packed_like(modules[name], dtype))


def _is_scale(name: str, state: State) -> bool:
    weight = state.get(name.removesuffix(SCALE) + WEIGHT) if name.endswith(SCALE) else None
    return weight is not None and not weight.is_floating_point()


def is_packed(network: Any) -> bool:
    from engine.checkpoints.eight_bits.layers import PACKED  # imports torch

    return any(isinstance(module, tuple(PACKED.values())) for module in network.modules())
