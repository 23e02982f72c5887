"""Attention by a package beside torch (FlashAttention, xFormers, SageAttention), where a card gains by it.

Networks that ask diffusers' dispatcher use it, which transformers do and U-Nets do not. Which package is used
is found out by trying, once a process; what one refuses in the midst of a picture is computed as without it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.api.events import Notice
from engine.diffusion.attention import HEADS, ROUNDS, TOKENS, WIDTH
from engine.diffusion.decode import is_out_of_memory

if TYPE_CHECKING:
    import torch

NEARLY_EXACT: Mapping[str, float] = {"flash": 0.02, "xformers": 0.02}
"""diffusers' names, and how far from torch's answer they may be, of its size: sums differ in order."""
IN_EIGHT_BITS: Mapping[str, float] = {"sage": 0.2}
"""Those that compute in 8 bits inside (https://arxiv.org/abs/2410.02367)."""
TORCHS = "native"
"""diffusers' name of torch's own."""
REFUSED = Notice(
    "attention_refused", "The installed attention package refused this model; torch's own is used."
)


@contextmanager
def fastest_package(
    device: torch.device, dtype: torch.dtype, in_eight_bits: bool, say: Callable[[Notice], None]
) -> Iterator[None]:
    """Inside, the dispatcher's calls go to the package that is the fastest on a card, where one beats torch.

    `in_eight_bits`: SageAttention may, too. `say` hears where the package refuses what torch computes then.
    """
    name = ""
    if device.type == "cuda" and dispatched() is not None:
        name = package_by_speed(str(device), dtype, in_eight_bits)
    if not name:
        yield
        return
    with through(name, say):
        yield


@contextmanager
def through(name: str, say: Callable[[Notice], None]) -> Iterator[None]:
    """Inside, the package `name` answers in the place of torch's own attention, for as long as it can."""
    table = dispatched()
    assert table is not None, "diffusers keeps its attention functions otherwise than this version knows"
    native = table.functions[TORCHS]
    table.functions[TORCHS] = _guarded(table.functions[name], table.takes[name], native, say)
    try:
        yield
    finally:
        table.functions[TORCHS] = native


class Dispatched(NamedTuple):
    """diffusers' attention functions by their names (which its enumeration's members equal)."""

    functions: dict[str, Callable[..., Any]]
    takes: Mapping[str, Collection[str]]
    """The arguments that each knows."""


def dispatched() -> Dispatched | None:
    """The very table that diffusers looks into; None where this diffusers has it no longer.

    Its public `attention_backend` chooses one function for all calls: what that one refuses, or is asked with
    a mask, would end the picture.
    """
    from diffusers.models import attention_dispatch

    registry = getattr(attention_dispatch, "_AttentionBackendRegistry", None)
    functions = getattr(registry, "_backends", None)
    takes = getattr(registry, "_supported_arg_names", None)
    if not isinstance(functions, dict) or not isinstance(takes, dict) or TORCHS not in functions:
        return None
    return Dispatched(functions, takes)


def _guarded(
    package: Callable[..., Any],
    takes: Collection[str],
    native: Callable[..., Any],
    say: Callable[[Notice], None],
) -> Callable[..., Any]:
    import torch

    is_refused = False

    @torch.compiler.disable  # a package's kernels are compiled already
    def attend(**given: Any) -> Any:
        nonlocal is_refused
        if is_refused or given.get("attn_mask") is not None:  # few know masks
            return native(**given)
        try:
            return package(**{key: value for key, value in given.items() if key in takes})
        except Exception as error:  # whatever a package raises: a width of head, a number format, a card
            if is_out_of_memory(error):
                raise
        is_refused = True
        say(REFUSED)
        return native(**given)

    return attend


@cache
def package_by_speed(device: str, dtype: torch.dtype, in_eight_bits: bool) -> str:
    """diffusers' name of the package that is faster than torch and says nearly the same; "" where none is."""
    import torch

    limits = {**NEARLY_EXACT, **IN_EIGHT_BITS} if in_eight_bits else NEARLY_EXACT
    here = [name for name in limits if is_here(name)]
    if not here:
        return ""
    made = torch.Generator().manual_seed(0)
    given = torch.randn(3, 1, TOKENS, HEADS, WIDTH, generator=made).to(device, dtype)
    with torch.inference_mode():
        truth, quickest = _tried("native", given)
        best = ""
        for name in here:
            try:
                answer, seconds = _tried(name, given)
            except Exception:  # it is installed, and not for this card
                continue
            error = (answer.float() - truth.float()).norm() / truth.float().norm()
            if seconds < quickest and bool(error <= limits[name]):  # an error that is no number is no less
                best, quickest = name, seconds
    return best


def is_here(name: str) -> bool:
    """True where the package is installed, in a version that diffusers calls."""
    from diffusers.models.attention_dispatch import (
        AttentionBackendName,
        _check_attention_backend_requirements,
    )

    try:
        _check_attention_backend_requirements(AttentionBackendName(name))
    except RuntimeError:
        return False
    return True


def _tried(name: str, given: torch.Tensor) -> tuple[torch.Tensor, float]:
    """Its answer to query, key and value, and the seconds of its best round."""
    import torch
    from diffusers.models.attention_dispatch import AttentionBackendName, dispatch_attention_fn

    backend, device = AttentionBackendName(name), given.device
    answer, seconds = None, []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        answer = dispatch_attention_fn(given[0], given[1], given[2], backend=backend)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        seconds.append(time.perf_counter() - began)
    assert answer is not None
    return answer, min(seconds)
