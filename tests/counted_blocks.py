"""Blocks for tests of other processes; nothing heavy is imported, so that these start in a moment."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np

from engine.training.blocks import Block


@dataclass(frozen=True)
class Counted:
    """Block n holds the number n."""

    size: int = 2

    def open(self) -> Counted:
        return self

    def block(self, index: int) -> Block:
        return Block({"number": np.full(self.size, index)}, ((f"block {index}",),) * self.size)


@dataclass(frozen=True)
class Failing(Counted):
    """The second cannot be made."""

    def block(self, index: int) -> Block:
        if index == 1:
            raise ValueError("no such scene")
        return super().block(index)


@dataclass(frozen=True)
class Dying(Counted):
    """Its process ends as if it were killed."""

    def block(self, index: int) -> Block:
        os._exit(3)
