"""How far two pictures are from each other, for the proof that a picture was made again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.api.images import pixels_hash
from engine.api.recipe import Recipe


@dataclass(frozen=True)
class Difference:
    """Between two pictures of the same size, over all three channels."""

    pixels: int
    """How many pixels differ in any channel."""
    total: int
    """How many there are."""
    largest: int
    """0 to 255."""
    mean: float
    """Mean absolute difference over all values, 0 to 255."""

    @property
    def is_none(self) -> bool:
        return self.pixels == 0


def compare_pixels(ours: NDArray[np.uint8], theirs: NDArray[np.uint8]) -> Difference | None:
    """The difference of two H x W x 3 pictures; None where their sizes differ."""
    if ours.shape != theirs.shape:
        return None
    distance = np.abs(ours.astype(np.int16) - theirs)
    height, width = ours.shape[:2]
    return Difference(
        int(distance.any(axis=2).sum()), height * width, int(distance.max(initial=0)), float(distance.mean())
    )


def has_recipe_pixels(recipe: Recipe, pixels: NDArray[np.uint8]) -> bool:
    """Whether these are, to the last bit, the pixels that `recipe` was written for."""
    return bool(recipe.pixels_sha256) and pixels_hash(pixels) == recipe.pixels_sha256
