"""What is tried, one rung after the other, when memory runs out. Each rung is said."""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from engine.api.errors import OutOfMemory
from engine.api.events import Event, Notice
from engine.diffusion.decode import is_out_of_memory, out_of_memory

if TYPE_CHECKING:
    import torch

    from engine.families.loaded_model import LoadedModel

T = TypeVar("T")


@dataclass(frozen=True)
class Relief:
    """How a picture is made with less memory than it would like. The default is none."""

    offload: bool = False
    """Each network is on the device only while it works; the same bits."""
    in_groups: bool = False
    """The denoiser comes to the device layer by layer; the same bits. Only together with `offload`."""
    eight_bits: bool = False
    """Weights are packed in 8 bits a number; other pixels. Never at exact."""
    one_by_one: bool = False
    """The prompt and the negative prompt go through the network one after the other; other last bits."""
    tiled_decode: bool = False
    """The picture is developed in tiles from the start; other last bits."""
    tile_divisor: int = 1
    """Of a canvas that is worked on in tiles, these are so many times smaller along a side; other pixels."""


SHARED = ("cpu", "mps")
"""Devices whose networks lie in the computer's memory: nothing can wait outside."""
OFFLOAD = Notice("offload", "Memory is short: parts of the model wait outside the device.")
SMALLER_BATCH = Notice("smaller_batch", "Memory is short: the prompts are computed one after the other.")
EIGHT_BITS = Notice("eight_bits", "Memory is short: the weights are kept in 8 bits a number.")
GROUP_OFFLOAD = Notice("group_offload", "Memory is short: the network comes to the device layer by layer.")
SMALLER_TILES = Notice("smaller_tiles", "Memory is short: working in tiles of half the size.")


class Ladder:
    """The rungs of one request. What helped stays for the pictures after it."""

    def __init__(
        self,
        device: torch.device,
        free: Callable[[], None],
        has_tiles: bool = False,
        start: Relief | None = None,
        may_pack: bool = False,
    ) -> None:
        """
        Args:
            device: Where the networks work.
            free: Lets go of everything that the request does not need.
            has_tiles: True where it is worked on in tiles.
            start: What is planned before memory runs out.
            may_pack: True where pixels may differ from exact's.
        """
        self.relief = start or Relief()
        self._free = free
        self._rungs = [(self.relief, Notice("memory_freed", "Memory ran out: freed what is not needed now."))]
        has_own_memory = device.type not in SHARED
        if has_own_memory:
            self._add(OFFLOAD, offload=True)
        self._add(SMALLER_BATCH, one_by_one=True)
        if may_pack:
            self._add(EIGHT_BITS, eight_bits=True)
        if has_own_memory:
            self._add(GROUP_OFFLOAD, in_groups=True)
        for number in (2, 4) if has_tiles else ():
            self._add(SMALLER_TILES, tile_divisor=number)

    def _add(self, notice: Notice, **changes: Any) -> None:
        """A rung above the last one; none where that is done already."""
        last = self._rungs[-1][0]
        if (higher := replace(last, **changes)) != last:
            self._rungs.append((higher, notice))

    @property
    def planned(self) -> list[Notice]:
        """What is said before anything is loaded."""
        relief = self.relief
        steps = (
            (relief.offload, OFFLOAD),
            (relief.eight_bits, EIGHT_BITS),
            (relief.in_groups, GROUP_OFFLOAD),
        )
        return [notice for is_done, notice in steps if is_done]

    def climb(self, attempt: Callable[[Relief], Generator[Event, None, T]]) -> Generator[Event, None, T]:
        """What `attempt` yields and returns, begun anew a rung higher each time that memory runs out.

        Raises `OutOfMemory` with advice above the last rung.
        """
        while True:
            try:
                return (yield from attempt(self.relief))
            except Exception as error:
                if not (isinstance(error, OutOfMemory) or is_out_of_memory(error)):
                    raise
            # Only out here is the traceback gone that holds the tensors of the attempt
            # (https://github.com/pytorch/pytorch/issues/18853).
            self._free()
            empty_caches()
            if not self._rungs:
                raise out_of_memory()
            self.relief, notice = self._rungs.pop(0)
            yield notice


def empty_caches() -> None:
    """Memory that nothing refers to goes back to the device."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()


@contextmanager
def offloaded(pipeline: Any, model: LoadedModel) -> Iterator[None]:
    """Each network of `pipeline` is on its device only while it works; afterwards it is where it waits."""
    pipeline.enable_model_cpu_offload(device=model.device)
    try:
        yield
    finally:
        pipeline.remove_all_hooks()
        model.settle()


@contextmanager
def in_groups(model: LoadedModel) -> Iterator[None]:
    """The denoiser of `model` comes to the device layer by layer, the next one while one computes.

    It may wear LoRAs and look through adapters: their layers come with the others. Nothing else may move it
    meanwhile.
    """
    import torch
    from diffusers.hooks import apply_group_offloading

    outside = torch.device("cpu")
    network = model.denoiser.to(outside)
    apply_group_offloading(
        network, onload_device=model.device, offload_device=outside, offload_type="leaf_level",
        use_stream=model.device.type == "cuda", low_cpu_mem_usage=True,
    )  # fmt: skip
    try:
        yield
    finally:
        _remove_groups(network)
        model.settle()


def _remove_groups(network: Any) -> None:
    from diffusers.hooks import HookRegistry
    from diffusers.hooks.group_offloading import (
        _GROUP_OFFLOADING,
        _LAYER_EXECUTION_TRACKER,
        _LAZY_PREFETCH_GROUP_OFFLOADING,
    )

    registry = HookRegistry.check_if_exists_or_initialize(network)
    for name in (_GROUP_OFFLOADING, _LAYER_EXECUTION_TRACKER, _LAZY_PREFETCH_GROUP_OFFLOADING):
        registry.remove_hook(name, recurse=True)
