"""What a starter model learns from: captions, scenes, and words that mean the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.training.export import Card
from engine.training.flow import SceneSource
from engine.training.tokenizer import Captions


class Material(Protocol):
    """The same at every call, in every process."""

    @property
    def prompts(self) -> tuple[str, ...]:
        """Sentences that previews draw."""
        ...

    @property
    def card(self) -> Card: ...

    @property
    def readme(self) -> str: ...

    def texts(self, count: int) -> Iterator[str]:
        """Captions for the tokenizer to learn its words from."""
        ...

    def scenes(self, captions: Captions, side: int, seed: int) -> SceneSource: ...

    def pairs(self, count: int) -> Iterator[tuple[str, str]]:
        """Captions, and the same in words that are never seen beside a picture; at most `count`."""
        ...

    def draw_held_out(
        self, source: SceneSource, number: int, pixels: NDArray[np.uint8], tokens: NDArray[np.int16]
    ) -> None:
        """Like `source.draw`, of scenes that it never gives."""
        ...
