"""Steps of a picture that is written in tokens: shown by the vectors that those stand for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.diffusion.latents.tokens import TokenSpace
from engine.diffusion.preview import Preview

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, eq=False)
class TokenPreview:
    """Implements `Preview`."""

    space: TokenSpace
    of_vectors: Preview
    """Of `space.vectors`."""

    def __call__(self, clean: torch.Tensor, step: int, total: int) -> torch.Tensor | None:
        return self.of_vectors(self.space.looked_up(clean), step, total)
