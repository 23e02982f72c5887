"""The newest examples, on the device, so that a step waits for nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping

import torch

from engine.api.events import Event, Loading
from engine.training.blocks import Block, Blocks, Feed
from engine.training.plan import Plan

Tensors = Mapping[str, torch.Tensor]
"""Rows of examples, field by field."""
Take = Callable[[Block], Tensors]


class Examples:
    """A ring of blocks, and where more come from. Close it."""

    def __init__(self, blocks: Blocks, plan: Plan) -> None:
        self._plan, self._size, self._feed = plan, blocks.size, Feed(blocks, plan.workers)
        self._slots = math.ceil(max(plan.most, plan.first, 1) / blocks.size)
        self._slot = 0
        self._tensors: dict[str, torch.Tensor] = {}
        self.count = 0
        """Examples that can be drawn."""

    @property
    def blocks(self) -> int:
        """How many were taken since the first run began."""
        return self._feed.index

    def begin(self, take: Take, blocks: int) -> Generator[Event]:
        """The examples that a run begins with, or had when it stopped after `blocks`.

        Other processes are not asked to make old ones again: what they made for another task stays.
        """
        is_repeatable = self._plan.workers == 0
        if is_repeatable:
            self._feed.index = max(0, blocks - self._slots)
            self._slot, self.count = self._feed.index % self._slots, 0
        while self.count < self._plan.first or (is_repeatable and self._feed.index < blocks):
            self._add(take(self._feed.next()))
            yield Loading("examples", min(1.0, self.count / max(1, self._plan.first)))

    def refresh(self, take: Take, step: int) -> None:
        """At most one new block a step: where other processes make them, whenever one is there."""
        is_due = self._plan.workers > 0 or (step + 1) % self._plan.steps_a_block == 0
        if is_due and self._feed.is_ready:
            self._add(take(self._feed.next()))

    def rows(self, chosen: torch.Tensor) -> Tensors:
        return {name: tensor[chosen] for name, tensor in self._tensors.items()}

    def close(self) -> None:
        self._feed.close()
        self._tensors = {}

    def _add(self, rows: Tensors) -> None:
        begin = self._slot * self._size
        for name, tensor in rows.items():
            if name not in self._tensors:
                self._tensors[name] = tensor.new_empty((self._slots * self._size, *tensor.shape[1:]))
            self._tensors[name][begin : begin + self._size] = tensor
        self._slot = (self._slot + 1) % self._slots
        self.count = min(self.count + self._size, self._slots * self._size)
