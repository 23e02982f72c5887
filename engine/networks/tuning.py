"""A denoiser made to work faster, and given back as it was: no number of it changes, only the order of sums.

Compiled are the blocks that repeat, one for all since they are alike, when they first run. Only what stands
inside a block: between two one can still cancel, and LoRAs and adapters come and go (what they change is
compiled anew).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any


@dataclass(frozen=True)
class Tuning:
    """How a denoiser works. The default is as it was loaded."""

    channels_last: bool = False
    """The channels of a pixel lie side by side: as convolutions on most hardware read them."""
    compiled: bool = False
    """Blocks that repeat are compiled for the card."""


def can_compile(device_type: str) -> bool:
    """On a card with Triton, which torch's compiler writes its kernels for.

    A processor would take most of a minute for it and gain two hundredths.
    """
    return device_type == "cuda" and find_spec("triton") is not None


class Tuned:
    """A denoiser and how it works now."""

    def __init__(self, network: Any) -> None:
        self._network = network
        self._tuning = Tuning()
        self._uncompile: Callable[[], None] | None = None

    def be(self, tuning: Tuning, backend: str = "inductor") -> None:
        """Let the network work as `tuning` says from now on."""
        if tuning.channels_last != self._tuning.channels_last:
            _lay_out(self._network, tuning.channels_last)
        if not tuning.compiled and self._uncompile is not None:
            self._uncompile()
            self._uncompile = None
        if tuning.compiled and self._uncompile is None:
            self._uncompile = _compile(self._network, backend)
        self._tuning = tuning


def _lay_out(network: Any, channels_last: bool) -> None:
    import torch

    # what inference mode has moved could not be learnt from ever after
    with torch.inference_mode(False), torch.no_grad():
        network.to(memory_format=torch.channels_last if channels_last else torch.contiguous_format)


def _compile(network: Any, backend: str) -> Callable[[], None]:
    """Gives what takes it back. What cannot be compiled runs as it is."""
    import torch

    names = getattr(network, "_repeated_blocks", None) or ()
    blocks = [module for module in network.modules() if type(module).__name__ in names]
    # an artist's card decides what fails here; the picture is drawn all the same
    torch._dynamo.config.suppress_errors = True
    for block in blocks:
        block.forward = torch.compile(block.forward, backend=backend)

    def take_back() -> None:
        for block in blocks:
            vars(block).pop("forward", None)
        # else its graphs hold the weights: https://github.com/huggingface/diffusers/issues/9530
        torch._dynamo.reset()

    return take_back
