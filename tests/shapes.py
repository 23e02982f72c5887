"""Pictures of four coloured shapes with captions: all that a trainer needs to show that it learns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.training.export import Card
from engine.training.flow import SceneSource
from engine.training.tokenizer import Captions

COLOURS = {"red": (220, 40, 30), "green": (30, 180, 60), "blue": (40, 70, 220), "yellow": (240, 210, 40)}
SPANISH = {"red": "rojo", "green": "verde", "blue": "azul", "yellow": "amarillo"}
SHAPES = ("disc", "square", "bar", "ring")

CARD = Card("Shapes", "Four shapes.", "Cuatro formas.", "public domain", {"en": ("a red disc",)})


def draw_shape(shape: str, colour: str, side: int, x: float, y: float) -> NDArray[np.uint8]:
    """White paper with one shape around (x, y), fractions of the side."""
    across, down = np.meshgrid(np.arange(side) / side - x, np.arange(side) / side - y)
    far = np.hypot(across, down)
    inside = {
        "disc": far < 0.25,
        "square": np.maximum(abs(across), abs(down)) < 0.22,
        "bar": (abs(across) < 0.35) & (abs(down) < 0.1),
        "ring": (far < 0.3) & (far > 0.18),
    }[shape]
    return np.where(inside[..., None], COLOURS[colour], 255).astype(np.uint8)


@dataclass(frozen=True)
class ShapeScenes:
    """One of four pictures a scene, or shapes anywhere."""

    rows: Captions
    side: int
    seed: int
    still: bool = False
    captions: int = 2

    @property
    def tokens(self) -> int:
        return self.rows.length

    def draw(self, number: int, pixels: NDArray[np.uint8], tokens: NDArray[np.int16]) -> None:
        rng = np.random.default_rng([self.seed, number])
        which = int(rng.integers(4))
        shape, colour = SHAPES[which], list(COLOURS)[which]
        x, y = (0.5, 0.5) if self.still else rng.uniform(0.3, 0.7, 2)
        pixels[:] = draw_shape(shape, colour, self.side, x, y)
        tokens[0] = self.rows.ids(f"a {colour} {shape}")
        tokens[1] = self.rows.ids(f"un {shape} {SPANISH[colour]}")


@dataclass(frozen=True)
class Shapes:
    """A `Material` that needs no files."""

    still: bool = False
    prompts: tuple[str, ...] = ("a red disc", "a green square", "a blue bar", "a yellow ring")
    card: Card = CARD
    readme: str = "# Shapes\n"

    def texts(self, count: int) -> Iterator[str]:
        for number in range(count):
            colour, shape = list(COLOURS)[number % 4], SHAPES[number // 4 % 4]
            yield from (f"a {colour} {shape}", f"un {shape} {SPANISH[colour]}", f"a {colour} circle")

    def scenes(self, captions: Captions, side: int, seed: int) -> ShapeScenes:
        return ShapeScenes(captions, side, seed, self.still)

    def pairs(self, count: int) -> Iterator[tuple[str, str]]:
        for number in range(count):
            colour = list(COLOURS)[number % 4]
            yield f"a {colour} disc", f"a {colour} circle"

    def draw_held_out(
        self, source: SceneSource, number: int, pixels: NDArray[np.uint8], tokens: NDArray[np.int16]
    ) -> None:
        source.draw(1_000_000 + number, pixels, tokens)
