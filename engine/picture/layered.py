"""A picture that was taken apart: its layers, and what one sees of them together."""

from __future__ import annotations

import numpy as np

from engine.api.images import Pixels, Stack, layers_in, read_only


def laid_together(stack: Stack, height: int) -> Pixels:
    """The layers of `stack`, each so high, over one another and over white."""
    seen = np.full((height, stack.shape[1], 3), 255.0, np.float32)
    for layer in layers_in(stack, height):
        opacity = layer[..., 3:].astype(np.float32) / 255
        seen += (layer[..., :3] - seen) * opacity
    return read_only((seen + 0.5).astype(np.uint8))
