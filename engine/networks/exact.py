"""Layers that keep 32 bits in a network that is cast to 16: those that, as its class says, overflow else.

As diffusers (`models/model_loading_utils.py`) and transformers (`PreTrainedModel._get_dtype_plan`) load them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


def exact_in(network: Any, dtype: torch.dtype) -> Callable[[str], bool]:
    """Whether the tensor of that name keeps 32 bits in `network`, loaded as `dtype`."""
    import torch  # heavy; only the engine process pays for it

    if dtype not in (torch.float16, torch.bfloat16):
        return lambda name: False
    layers = set(getattr(network, "_keep_in_fp32_modules_strict", None) or ())
    if dtype == torch.float16 or _is_of_diffusers(network):  # transformers' others overflow in float16 alone
        layers |= set(getattr(network, "_keep_in_fp32_modules", None) or ())
    marks = tuple(f".{layer}." for layer in layers)
    return lambda name: any(mark in f".{name}." for mark in marks)


def _is_of_diffusers(network: Any) -> bool:
    return type(network).__module__.startswith("diffusers.")
