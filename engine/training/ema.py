"""The slow average of the weights, which draws better than the weights themselves."""

from __future__ import annotations

import copy
from typing import Generic, TypeVar

import torch

Network = TypeVar("Network", bound=torch.nn.Module)


class Average(Generic[Network]):
    """A second network whose weights follow the first's (Polyak and Juditsky, 1992)."""

    def __init__(self, network: Network, decay: float) -> None:
        self.network = copy.deepcopy(network)
        self.network.eval().requires_grad_(False)
        self.decay = decay
        self._pairs = list(zip(self.network.parameters(), network.parameters(), strict=True))

    @torch.no_grad()
    def follow(self, step: int) -> None:
        """After `step` steps: at first quickly, so that random weights are soon forgotten."""
        decay = min(self.decay, (1 + step) / (10 + step))
        averages, weights = zip(*self._pairs, strict=True)
        torch._foreach_lerp_(averages, weights, 1 - decay)
