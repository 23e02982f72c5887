"""From the device to the processor without stopping the device: what is read is there one step later.

A plain `.cpu()` or `.item()` lets a GPU run dry at every step, since the processor may only queue the next
network pass when the last one has ended. See PyTorch's CUDA semantics, "Asynchronous execution".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def begin_readback(tensor: torch.Tensor) -> torch.Tensor:
    """A copy on the processor, which is on its way where the tensor lies on a GPU: see `Arrival`."""
    import torch

    if tensor.device.type != "cuda":
        return tensor.cpu()
    target = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True)
    return target.copy_(tensor, non_blocking=True)


class Arrival:
    """A mark behind all that was queued on `device` until now. Where it computes at once, none is needed."""

    def __init__(self, device: torch.device) -> None:
        import torch

        self._event = torch.cuda.Event() if device.type == "cuda" else None
        if self._event is not None:
            self._event.record(torch.cuda.current_stream(device))

    def wait(self) -> None:
        """Returns when the device has done it."""
        if self._event is not None:
            self._event.synchronize()


def runs_behind(device: torch.device) -> bool:
    """True where work is queued, so that its results are better read a step later."""
    return device.type == "cuda"


def wait_for(device: torch.device) -> None:
    """Returns when everything begun with `begin_readback` has arrived."""
    Arrival(device).wait()
