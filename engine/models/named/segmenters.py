"""A segmenter in memory, with what it has seen of the pictures it was shown last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.api.segment import SegmenterType
from engine.models.kept.recent import Recent

if TYPE_CHECKING:
    import torch

MOST_PICTURES = 4
"""Whose embeddings are kept: 4 MB each of SAM, 24 MB of SAM 2."""

Seen = Mapping[str, Any]
"""Arguments of the network's `forward` in place of a picture."""


@dataclass(eq=False)
class LoadedSegmenter:
    """A network of transformers (`SamModel`, `SamHQModel`, `Sam2Model`), ready on its device."""

    network: Any
    type: SegmenterType
    side: int
    """Pixels of the square that it sees."""
    pictures: Recent[str, Seen] = field(default_factory=lambda: Recent(MOST_PICTURES))
    """By the picture's hash."""

    @property
    def device(self) -> torch.device:
        return next(self.network.parameters()).device

    @property
    def dtype(self) -> torch.dtype:
        return next(self.network.parameters()).dtype

    @property
    def layers(self) -> Any:
        """Of the part that looks at the picture, in their order: nearly all of the time is spent there."""
        encoder = self.network.vision_encoder
        return encoder.backbone.blocks if self.type is SegmenterType.SAM_2 else encoder.layers

    @property
    def bytes(self) -> int:
        return sum(number.numel() * number.element_size() for number in self.network.parameters())

    def embed(self, picture: torch.Tensor) -> Seen:
        """What it sees of `picture` (1 x 3 x side x side)."""
        found = self.network.get_image_embeddings(picture)
        if self.type is SegmenterType.SAM_HQ:
            return {"image_embeddings": found[0], "intermediate_embeddings": found[1]}
        return {"image_embeddings": found}
