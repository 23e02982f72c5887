"""Steps of a picture that is written in tokens: shown by the vectors that those stand for."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.diffusion.latents.tokens import TokenSpace
from engine.diffusion.preview import PooledPreview, Preview

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


def token_preview(space: TokenSpace, of_vectors: Preview) -> TokenPreview:
    """Shows every step: where no linear map serves, a quarter's decoding is still little beside a step."""
    if isinstance(of_vectors, PooledPreview):
        of_vectors = replace(of_vectors, times=sys.maxsize)
    return TokenPreview(space, of_vectors)
