"""What training never shows: combinations kept for the test, by a rule that needs no list."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterator

from engine.training.scenes.scene import Scene

ONE_IN = 14
"""Of every kind of combination, one in so many is never sampled for training."""


def combinations(scene: Scene) -> Iterator[str]:
    """What a scene puts together: a thing with a colour, pose, place, weather or another thing."""
    for item in scene.items:
        if item.colour:
            yield f"{item.colour} {item.concept}"
        if item.pose and item.pose != "swimming":
            yield f"{item.concept} {item.pose}"
        if scene.horizon or scene.place in ("sky", "space", "underwater"):
            yield f"{item.concept} in {scene.place}"
        if scene.weather:
            yield f"{item.concept} and {scene.weather}"
    for one, other in itertools.combinations(sorted({item.concept for item in scene.items}), 2):
        yield f"{one} with {other}"
    if scene.count:
        yield f"{scene.count} of {scene.items[0].concept}"


def is_held_out(scene: Scene) -> bool:
    """Whether any of its combinations is kept for the test."""
    return any(is_kept(combination) for combination in combinations(scene))


def is_kept(combination: str) -> bool:
    return zlib.crc32(combination.encode()) % ONE_IN == 0
