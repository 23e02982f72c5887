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

T = TypeVar("T")


@dataclass(frozen=True)
class Relief:
    """How a picture is made with less memory than it would like. The default is none."""

    offload: bool = False
    """Each network is on the device only while it works; the same bits."""
    one_by_one: bool = False
    """The prompt and the negative prompt go through the network one after the other; other last bits."""
    tiled_decode: bool = False
    """The picture is developed in tiles from the start; other last bits."""
    tile_divisor: int = 1
    """Of a canvas that is worked on in tiles, these are so many times smaller along a side; other pixels."""


class Ladder:
    """The rungs of one request. What helped stays for the pictures after it."""

    def __init__(
        self,
        device: torch.device,
        free: Callable[[], None],
        has_tiles: bool = False,
        start: Relief | None = None,
    ) -> None:
        """`free` lets go of everything that the request does not need; `has_tiles` where it is in tiles;
        `start` is what is planned before memory runs out."""
        self.relief = start or Relief()
        self._free = free
        self._rungs = [(self.relief, Notice("memory_freed", "Memory ran out: freed what is not needed now."))]
        if device.type != "cpu":
            offload = Notice("offload", "Memory is short: parts of the model wait outside the device.")
            self._rungs.append((replace(self.relief, offload=True), offload))
        one_by_one = Notice("smaller_batch", "Memory is short: the prompts are computed one after the other.")
        self._rungs.append((replace(self._rungs[-1][0], one_by_one=True), one_by_one))
        if has_tiles:
            smaller = Notice("smaller_tiles", "Memory is short: working in tiles of half the size.")
            self._rungs += [(replace(self._rungs[-1][0], tile_divisor=number), smaller) for number in (2, 4)]

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
def offloaded(pipeline: Any, device: torch.device) -> Iterator[None]:
    """Each network of `pipeline` is on `device` only while it works; afterwards all are there again."""
    pipeline.enable_model_cpu_offload(device=device)
    try:
        yield
    finally:
        pipeline.remove_all_hooks()
        for component in pipeline.components.values():
            if hasattr(component, "parameters"):
                component.to(device)
