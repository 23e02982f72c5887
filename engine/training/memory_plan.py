"""How much memory a teaching takes, found before it begins, and how it is arranged to fit.

What a step keeps for its way back is not guessed: a network of the same configuration runs once on torch's
meta device, which has shapes and no numbers, and what it would have kept is counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from engine.api.errors import OutOfMemory
from engine.api.events import Notice
from engine.api.images import Extent
from engine.loras.lora import put_on, take_off, trainable
from engine.training.lora import NAME, beginning
from engine.training.telling import Told, answer

if TYPE_CHECKING:
    from engine.families.loaded_model import LoadedModel

BATCHES = (8, 4, 2, 1)
SHARE_OF_FREE = 0.7
"""Of the free memory that a plan may count on; the rest is for what nobody counts."""
BYTES_A_WEIGHT = 16
"""Of a weight that learns: itself, its gradient, and the two averages of Adam."""
LARGEST_BLOCK = 1 / 3
"""Of what all blocks keep: with checkpointing the block under way keeps its own."""


@dataclass(frozen=True)
class MemoryPlan:
    batch: int
    """Pictures a step."""
    checkpointing: bool
    """Blocks are computed again on the way back: less memory, a third more time."""
    needed_bytes: int
    """Beside the model itself."""
    free_bytes: int
    """0 where it cannot be told; then the plan is a hope."""

    def notice(self) -> Notice:
        """What is said before anything begins."""
        of = f" of {self.free_bytes / 1e9:.1f} GB that are free" if self.free_bytes else ""
        again = ", computing blocks again on the way back" if self.checkpointing else ""
        pictures = "1 picture" if self.batch == 1 else f"{self.batch} pictures"
        text = f"Memory: about {self.needed_bytes / 1e9:.1f} GB{of}; {pictures} a step{again}."
        return Notice(
            "memory_plan",
            text,
            {
                "batch": self.batch,
                "checkpointing": self.checkpointing,
                "needed_bytes": self.needed_bytes,
                "free_bytes": self.free_bytes,
            },
        )

    @contextmanager
    def arranged(self, model: LoadedModel) -> Iterator[None]:
        """Inside, the denoiser keeps no more than planned."""
        with computed_again(model.denoiser, self.checkpointing):
            yield


def plan(model: LoadedModel, size: Extent, rank: int, most: int, free_bytes: int, told: Told) -> MemoryPlan:
    """The largest batch up to `most` that fits into `free_bytes`; `told`: what the denoiser is told for one.

    Raises `OutOfMemory` with advice.
    """
    changes = beginning(model, rank, 0).values()
    learning = BYTES_A_WEIGHT * sum(change.down.numel() + change.up.numel() for change in changes)
    kept = whole = kept_bytes(model, size, rank, told, again=False)
    for again in (False, True):
        if again:  # counted only where it is needed: to count takes as long as a few steps
            kept = kept_bytes(model, size, rank, told, again) + round(whole * LARGEST_BLOCK)
        for batch in BATCHES:
            needed = learning + batch * kept
            fits = not free_bytes or needed <= SHARE_OF_FREE * free_bytes
            if fits and batch <= max(1, most):
                return MemoryPlan(batch, again, needed, free_bytes)
    needed = learning + kept
    raise OutOfMemory(
        f"Teaching {model.info.title} at {size} needs about {needed / 1e9:.1f} GB of memory beside the "
        f"model, and {free_bytes / 1e9:.1f} GB are free. Choose a smaller size, or close other programs."
    )


def kept_bytes(model: LoadedModel, size: Extent, rank: int, told: Told, again: bool) -> int:
    """What one picture of `size` keeps for the way back through the denoiser."""
    try:
        with _of_shapes(model, rank) as network:
            return _kept_by(network, model, size, told, again)
    except (NotImplementedError, RuntimeError):  # some look at the numbers, which shapes alone do not have
        with _itself(model, rank) as network:
            return _kept_by(network, model, size, told, again)


def _kept_by(network: Any, model: LoadedModel, size: Extent, told: Told, again: bool) -> int:
    kept, seen = 0, set()

    def count(tensor: torch.Tensor) -> torch.Tensor:
        nonlocal kept
        storage = tensor.untyped_storage()
        if storage._cdata not in seen and not isinstance(tensor, torch.nn.Parameter):
            seen.add(storage._cdata)
            kept += tensor.numel() * tensor.element_size()
        return tensor

    cell = model.space.cell_px
    with torch.device(network.device):
        latents = torch.zeros(1, model.space.channels, size.height // cell, size.width // cell)
        timesteps = torch.ones(1)
    with computed_again(network, again), torch.autograd.graph.saved_tensors_hooks(count, lambda it: it):
        said = answer(network, told.to(network.device), model.packing.pack(latents), timesteps)
    del said
    return kept


@contextmanager
def computed_again(network: Any, wanted: bool) -> Iterator[None]:
    """Inside, blocks are computed again on the way back, where `wanted` and the network can."""
    can = wanted and getattr(network, "_supports_gradient_checkpointing", False)
    if can:
        network.enable_gradient_checkpointing()
    try:
        yield
    finally:
        if can:
            network.disable_gradient_checkpointing()


@contextmanager
def _of_shapes(model: LoadedModel, rank: int) -> Iterator[Any]:
    """The denoiser with its LoRA, without numbers."""
    with torch.device("meta"):
        network = type(model.denoiser).from_config(model.denoiser.config)
    network = network.to(model.denoiser.dtype).requires_grad_(False)
    with _learning(network, model, rank):
        yield network


@contextmanager
def _itself(model: LoadedModel, rank: int) -> Iterator[Any]:
    """The denoiser itself; afterwards it wears nothing again."""
    with _learning(model.denoiser, model, rank):
        yield model.denoiser


@contextmanager
def _learning(network: Any, model: LoadedModel, rank: int) -> Iterator[None]:
    try:
        put_on(network, NAME, beginning(model, rank, 0))
        trainable(network, NAME)
        yield
    finally:
        take_off(network)
