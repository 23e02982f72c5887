"""Which of torch's attention kernels is the fastest on a card: tried once a process, at a picture's size."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

KERNELS = ("CUDNN_ATTENTION", "FLASH_ATTENTION", "EFFICIENT_ATTENTION")
"""Names of `torch.nn.attention.SDPBackend`. Each gives the same but for the last bits."""
HEADS, TOKENS, WIDTH = 8, 4096, 64
"""Of the trial: what a picture of 1024 x 1024 has in most networks."""
ROUNDS = 5


@contextmanager
def fastest_attention(device: torch.device, dtype: torch.dtype) -> Iterator[None]:
    """Inside, attention tries the kernels from the fastest on; what a kernel cannot do the next one does.

    Torch's own order is fixed, whatever the card. On a processor there is one kernel, and nothing is done.
    """
    from torch.nn.attention import SDPBackend, sdpa_kernel

    order = kernels_by_speed(str(device), dtype) if device.type == "cuda" else ()
    if len(order) < 2:
        yield
        return
    with sdpa_kernel([*order, SDPBackend.MATH], set_priority=True):
        yield


@cache
def kernels_by_speed(device: str, dtype: torch.dtype) -> tuple[Any, ...]:
    """Those that this device and format have, the fastest first."""
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel

    query = torch.ones(1, HEADS, TOKENS, WIDTH, device=device, dtype=dtype)
    seconds: dict[Any, float] = {}
    for kernel in (getattr(SDPBackend, name) for name in KERNELS):
        try:
            with torch.inference_mode(), sdpa_kernel(kernel):
                seconds[kernel] = min(_seconds(query) for _ in range(ROUNDS))
        except RuntimeError:  # this card, this format or this build of torch has it not
            continue
    return tuple(sorted(seconds, key=seconds.__getitem__))


def _seconds(query: torch.Tensor) -> float:
    import torch
    from torch.nn import functional

    began = time.perf_counter()
    functional.scaled_dot_product_attention(query, query, query)
    if query.is_cuda:
        torch.cuda.synchronize(query.device)
    return time.perf_counter() - began
