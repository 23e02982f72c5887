"""Words hidden in pixels: NovelAI and others write the recipe into the lowest bits too.

https://github.com/NovelAI/novelai-image-metadata: column by column, of the alpha channel, or of red, green
and blue in turn.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

IN_ALPHA = (b"stealth_pnginfo", b"stealth_pngcomp")
IN_COLOURS = (b"stealth_rgbinfo", b"stealth_rgbcomp")
LENGTH = 15
"""Of the words that stand before hidden text, in bytes."""


def hides_text(rgb: NDArray[np.uint8], alpha: NDArray[np.uint8] | None) -> bool:
    """Whether the picture (H x W x 3, H x W) says at its beginning that text follows."""
    return _in_alpha(alpha) or _in_colours(rgb)


def without_hidden_text(
    rgb: NDArray[np.uint8], alpha: NDArray[np.uint8] | None
) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
    """The same picture, with the lowest bit of what hid text the same everywhere, which nobody sees."""
    if _in_alpha(alpha) and alpha is not None:
        alpha = alpha | np.uint8(1)
    if _in_colours(rgb):
        rgb = rgb & np.uint8(0xFE)
    return rgb, alpha


def _in_alpha(alpha: NDArray[np.uint8] | None) -> bool:
    return alpha is not None and _first_bytes(alpha.T.reshape(-1)) in IN_ALPHA


def _in_colours(rgb: NDArray[np.uint8]) -> bool:
    return _first_bytes(rgb.swapaxes(0, 1).reshape(-1)) in IN_COLOURS


def _first_bytes(values: NDArray[np.uint8]) -> bytes:
    return np.packbits(values[: 8 * LENGTH] & 1).tobytes()
