"""Layers whose weights are packed in 8 bits. Imports torch: `packing` does so when one is to be made."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import Conv2d, Linear, functional

LARGEST = 127
"""Of a packed number."""


def pack(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows as whole numbers from -127 to 127, int8, shaped as `weight`; and each row's scale, float32."""
    rows = weight.reshape(weight.shape[0], -1).float()
    # as bfloat16 has it: unpacked there, no row is off as a whole
    scale = (rows.abs().amax(dim=1) / LARGEST).to(torch.bfloat16).float()
    steps = torch.where(scale == 0, 1.0, scale)[:, None]
    numbers = (rows / steps).round_().clamp_(-LARGEST, LARGEST).to(torch.int8)
    return numbers.reshape(weight.shape), scale


def unpack(numbers: torch.Tensor, scale: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    between = dtype if dtype is torch.bfloat16 else torch.float32  # a scale may be too small for float16
    return (numbers.to(between) * scale.to(between).reshape(-1, *[1] * (numbers.ndim - 1))).to(dtype)


class PackedLinear(Linear):
    scale: torch.Tensor
    compute_dtype: torch.dtype
    """Some networks ask their layers for it, by the name that it has in GGUF's."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # torch's own name
        return functional.linear(input, unpack(self.weight, self.scale, input.dtype), self.bias)


class PackedConv2d(Conv2d):
    scale: torch.Tensor
    compute_dtype: torch.dtype

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return self._conv_forward(input, unpack(self.weight, self.scale, input.dtype), self.bias)


PACKED: dict[type, Any] = {Linear: PackedLinear, Conv2d: PackedConv2d}
"""By the class of the layer that it stands for."""


def packed_like(layer: Linear | Conv2d, dtype: torch.dtype) -> PackedLinear | PackedConv2d:
    """A layer of the same shape that computes in `dtype`, without numbers."""
    kind = PACKED[type(layer)]
    new = kind.__new__(kind)
    new.__dict__.update(
        {**vars(layer), "_parameters": dict(layer._parameters), "_buffers": dict(layer._buffers)}
    )
    numbers = torch.empty(layer.weight.shape, dtype=torch.int8, device="meta")
    new._parameters["weight"] = torch.nn.Parameter(numbers, requires_grad=False)
    new.compute_dtype = dtype
    # no parameter: diffusers takes the first one with a fraction for the format of the whole network
    new._buffers["scale"] = torch.empty(len(layer.weight), device="meta")
    return new
