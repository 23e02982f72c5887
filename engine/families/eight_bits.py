"""Weights in 8 bits: a row of a layer is whole numbers and one scale, and is unpacked layer by layer in use.

Half the memory of 16 bits, on every device; of a row the error is at most half a step of 1/127 of its largest
weight (symmetric absmax by channel, https://arxiv.org/abs/2004.09602). LoRAs go around such a layer as around
any other. Floats of 8 bits keep three bits of each number, and a processor reads them thirty times as slowly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    from engine.families.weights import State

LEAST_NUMBERS = 16_384
"""Layers with fewer keep their format: there is nothing to gain, and the first and last are among them."""
LARGEST = 127
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


def pack(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows as whole numbers from -127 to 127, int8, shaped as `weight`; and each row's scale, float32."""
    import torch

    rows = weight.reshape(weight.shape[0], -1).float()
    # as bfloat16 has it: unpacked there, no row is off as a whole
    scale = (rows.abs().amax(dim=1) / LARGEST).to(torch.bfloat16).float()
    steps = torch.where(scale == 0, 1.0, scale)[:, None]
    numbers = (rows / steps).round_().clamp_(-LARGEST, LARGEST).to(torch.int8)
    return numbers.reshape(weight.shape), scale


def unpack(numbers: torch.Tensor, scale: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    import torch

    between = dtype if dtype is torch.bfloat16 else torch.float32  # a scale may be too small for float16
    return (numbers.to(between) * scale.to(between).reshape(-1, *[1] * (numbers.ndim - 1))).to(dtype)


def put_packed(state: State, name: str, weight: torch.Tensor) -> None:
    """`weight` as `name` into `state`, packed. What holds no numbers stays as it is, for others to find."""
    if not weight.is_floating_point() or not weight.float().abs().amax().isfinite():
        state[name] = weight
        return
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

    unpacked = (tensor.dtype for name, tensor in state.items() if not _is_scale(name, state))
    dtype = next((dtype for dtype in unpacked if dtype.is_floating_point), torch.float32)
    modules = dict(network.named_modules())
    for name in names:
        layer = modules[name]
        above, _, child = name.rpartition(".")
        setattr(modules[above] if above else network, child, _of(layer, dtype))


def _is_scale(name: str, state: State) -> bool:
    weight = state.get(name.removesuffix(SCALE) + WEIGHT) if name.endswith(SCALE) else None
    return weight is not None and not weight.is_floating_point()


def is_packed(network: Any) -> bool:
    kinds = tuple(_classes().values())
    return any(isinstance(module, kinds) for module in network.modules())


def _of(layer: Any, dtype: torch.dtype) -> Any:
    """A layer of the same shape, without numbers, whose weight is packed."""
    import torch

    kind: Any = _classes()[type(layer)]
    new = kind.__new__(kind)
    new.__dict__.update(
        {**vars(layer), "_parameters": dict(layer._parameters), "_buffers": dict(layer._buffers)}
    )
    new._parameters["weight"] = torch.nn.Parameter(
        torch.empty(layer.weight.shape, dtype=torch.int8, device="meta"), requires_grad=False
    )
    new.compute_dtype = dtype  # some networks ask their layers, which for GGUF's have that name for it
    # no parameter: diffusers takes the first one with a fraction for the format of the whole network
    new._buffers["scale"] = torch.empty(len(layer.weight), device="meta")
    return new


@cache
def _classes() -> dict[type, type]:
    """By the class of a layer; made on first use, since torch is heavy."""
    from torch.nn import Conv2d, Linear, functional

    class PackedLinear(Linear):
        scale: torch.Tensor

        def forward(self, input: torch.Tensor) -> torch.Tensor:  # torch's own name
            return functional.linear(input, unpack(self.weight, self.scale, input.dtype), self.bias)

    class PackedConv2d(Conv2d):
        scale: torch.Tensor

        def forward(self, input: torch.Tensor) -> torch.Tensor:
            return self._conv_forward(input, unpack(self.weight, self.scale, input.dtype), self.bias)

    return {Linear: PackedLinear, Conv2d: PackedConv2d}
